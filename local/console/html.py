"""Pieces of a page. What is not `Markup` is escaped: names of files and columns are anybody's."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

BASE = "/_tidemill/console"
NONE = Markup('<span class="none">–</span>')  # noqa: RUF001 - a dash
GOOD = {"OK", "accepted", "completed", "promoted", "done", "SUCCEEDED", "closed", "scored"}
BAD = {"ALARM", "failed", "quarantined", "rejected", "rolled_back", "FAILED", "TIMED_OUT", "open"}
BAD |= {"ABORTED", "refused"}
PAGES = {"": "Overview", "/executions": "Executions", "/alarms": "Alarms"}


def page(title: str, main: Markup, *, dashboards: Sequence[str]) -> str:
    """A whole document; the script asks for it again and again and swaps what is in `main`."""
    return FRAME.format(
        title=title,
        base=BASE,
        pages=_links((name, path) for path, name in PAGES.items()),
        main=Markup("<h1>{}</h1>").format(title) + main,
        dashboards=_links((f"Dashboard {name}", f"/dashboards/{name}") for name in dashboards),
    )


def _links(found: Iterable[tuple[str, str]]) -> Markup:
    each = Markup("<li>{}</li>")
    return Markup("").join(each.format(link(text, path)) for text, path in found)


def link(text: object, path: str) -> Markup:
    """To a page of the console."""
    return Markup('<a href="{}{}">{}</a>').format(BASE, quote(path) or "/", text)


def section(title: str, *parts: Markup) -> Markup:
    return Markup("<section><h2>{}</h2>{}</section>").format(title, Markup("").join(parts))


def state(word: object) -> Markup:
    """A word for what a thing is in, with a colour that says no more than the word."""
    kind = "good" if word in GOOD else "bad" if word in BAD else "even"
    return Markup('<span class="state-word {}">{}</span>').format(kind, word)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], empty: str) -> Markup:
    """Rows under headings, which on a phone stand beside each cell; `empty` says it has none."""
    found = [_row(headings, row) for row in rows]
    if not found:
        return Markup('<p class="none">{}</p>').format(empty)
    heads = [Markup('<th scope="col">{}</th>').format(heading) for heading in headings]
    return Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(
        Markup("").join(heads), Markup("").join(found)
    )


def _row(headings: Sequence[str], row: Sequence[object]) -> Markup:
    cell = Markup('<td data-heading="{}">{}</td>')
    pairs = zip(headings, row, strict=True)
    cells = [cell.format(heading, NONE if v in (None, "") else v) for heading, v in pairs]
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))


def moment(value: object) -> object:
    """A moment as people read it, in UTC: a datetime, seconds, or what a record says."""
    if isinstance(value, int | float):
        value = datetime.fromtimestamp(value, UTC)
    if isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat()
    if not isinstance(value, str):
        return value
    return Markup('<time datetime="{}">{}</time>').format(value, value[:19].replace("T", " "))


def usd(value: float | None) -> str:
    return "" if value is None else f"${value:,.6f}".rstrip("0").rstrip(".")


def facts(pairs: Mapping[str, Any]) -> Markup:
    """Names and values, such as metrics; nothing nested."""
    items = [
        Markup("<dt>{}</dt><dd>{}</dd>").format(name, NONE if value is None else value)
        for name, value in pairs.items()
    ]
    return Markup("<dl>{}</dl>").format(Markup("").join(items))


FRAME = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Tidemill</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{base}/console.css">
<script type="module" src="{base}/console.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the page</a>
<header>
<strong>Tidemill, local cloud</strong>
<nav aria-label="Pages"><ul>{pages}</ul></nav>
<p class="live"><span id="live" role="status">as of when it was loaded</span>
<button type="button" id="pause" aria-pressed="false" hidden>Pause</button></p>
</header>
<main id="main" tabindex="-1">{main}</main>
<footer><nav aria-label="Dashboards"><ul>{dashboards}</ul></nav></footer>
</body>
</html>
""")
