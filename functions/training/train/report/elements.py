"""The pieces a page is made of. Text is escaped here, once: what is `Html` has been."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

LONGEST = 120
MOST = 200


class Html(str):
    """Markup that is safe to write as it stands."""

    __slots__ = ()


type Cell = str | Html
type Rows = Iterable[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Card:
    """A titled part of the page; a wide one has a row of its own."""

    title: str
    body: Html
    wide: bool = False


def join(*parts: Cell) -> Html:
    """Parts one after the other, text escaped."""
    return Html("".join(map(safe, parts)))


def safe(text: Cell) -> Html:
    """Text as markup."""
    return text if isinstance(text, Html) else Html(escape(text))


def name(text: object) -> Html:
    """A name that the data chose: in its own direction; a very long one is told in a tooltip."""
    full = spelt(text)
    if not full.strip():
        return Html("<i>empty</i>")
    if len(full) <= LONGEST:
        return Html(f"<bdi>{escape(full)}</bdi>")
    return Html(f'<bdi title="{escape(full)}">{escape(full[: LONGEST - 1])}…</bdi>')


def spelt(value: object) -> str:
    """A label as the data spell it: truth values in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def said(*parts: Cell, kind: str = "") -> Html:
    """A paragraph."""
    attribute = f' class="{kind}"' if kind else ""
    return Html(f"<p{attribute}>{join(*parts)}</p>")


def listed(items: Iterable[Cell], kind: str = "") -> Html:
    """A list, or nothing where there is nothing to tell."""
    found = [f"<li>{safe(item)}</li>" for item in items]
    attribute = f' class="{kind}"' if kind else ""
    return Html(f"<ul{attribute}>{''.join(found)}</ul>" if found else "")


def table(head: Sequence[Cell], rows: Rows, *, about: str, kind: str = "") -> Html:
    """A table whose first column names its rows; `about` tells what it is to who cannot see it.

    Its `kind` is `drawn` when the second column is a chart, `words` when the last one is text.
    """
    top = "".join(f'<th scope="col">{safe(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{safe(first)}</th>'
        + "".join(f"<td>{safe(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return Html(
        f'<div class="table {kind}" role="region" tabindex="0" aria-label="{escape(about)}"><table>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def long_table(
    head: Sequence[Cell], rows: Sequence[Sequence[Cell]], shown: int, *, about: str, kind: str = ""
) -> Html:
    """The first rows of a table; more are to be unfolded, and very many are only counted."""
    first = table(head, rows[:shown], about=about, kind=kind)
    rest = rows[shown:MOST]
    if not rest:
        return first
    more = table(head, rest, about=f"{about}, more", kind=kind)
    uncounted = len(rows) - shown - len(rest)
    note = said(f"And {uncounted:,} more that are not told here.") if uncounted else Html("")
    return join(first, folded(f"{len(rest):,} more", join(more, note)))


def facts(pairs: Mapping[str, Cell]) -> Html:
    """Names and values."""
    rows = "".join(
        f"<div><dt>{escape(key)}</dt><dd>{safe(value)}</dd></div>" for key, value in pairs.items()
    )
    return Html(f"<dl>{rows}</dl>")


def folded(summary: str, body: Html) -> Html:
    """What is opened by who wants it."""
    return Html(f"<details><summary>{escape(summary)}</summary>{body}</details>")
