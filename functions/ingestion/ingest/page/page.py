"""A drop's profile as one HTML page that needs no network and no script, for a phone or a desk."""

from collections.abc import Container, Sequence
from html import escape

from ingestion.ingest.page import figures
from ingestion.ingest.page.cards import card
from ingestion.ingest.page.charts import share
from ingestion.ingest.page.style import STYLE
from tidemill.contract import Column, Source
from tidemill.page import page
from tidemill.profile import ColumnProfile, Profile

WIDE = 200
INDEXED = 8
LISTED = 100


def profile_page(  # noqa: PLR0913 - all that is said of a drop
    profile: Profile,
    *,
    title: str,
    facts: Sequence[tuple[str, str]],
    faults: Sequence[tuple[str, int]],
    source: Source,
    hidden: Container[str] = (),
) -> str:
    """The page: `facts` are names and values, `faults` broken rules and their cells.

    The columns that are `hidden` went on as pseudonyms.

    Every column of the source has a card; those of wide tables are brief.
    """
    none = ColumnProfile(kind="id")
    found = [
        (f"c{k}", name, column, profile.columns.get(name, none))
        for k, (name, column) in enumerate(source.columns.items())
    ]
    brief = len(found) > WIDE
    cards = (card(*entry, hidden=entry[1] in hidden, brief=brief) for entry in found)
    body = [
        f"<h1>{escape(title)}</h1>",
        _section(f"<h2>The drop</h2>{_headline(profile, faults)}{_facts(facts)}"),
        _faults(faults),
        _index(found) if len(found) > INDEXED else "",
        f"<main>{''.join(cards)}</main>",
    ]
    return page(title, style=STYLE, body="\n".join(body))


def _headline(profile: Profile, faults: Sequence[tuple[str, int]]) -> str:
    cells = sum(column.count for column in profile.columns.values())
    nulls = sum(column.nulls for column in profile.columns.values())
    cards = [
        (f"{profile.rows:,}", "rows"),
        (f"{len(profile.columns):,}", "columns"),
        (figures.share(nulls / cells if cells else 0.0), "of cells missing"),
        (f"{sum(count for _, count in faults):,}", "cells refused"),
    ]
    html = "".join(f"<div><b>{value}</b><span>{name}</span></div>" for value, name in cards)
    return f'<div class="cards">{html}</div>'


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts
    )
    return f'<div class="table"><table><tbody>{rows}</tbody></table></div>' if rows else ""


def _faults(faults: Sequence[tuple[str, int]]) -> str:
    if not faults:
        return _section("<h2>Broken rules</h2><p>None: every cell keeps the contract.</p>")
    ordered = sorted(faults, key=lambda fault: -fault[1])
    top = max(ordered[0][1], 1)
    rows = "".join(
        f'<tr><td><bdi>{escape(rule)}</bdi></td><td class="m">{share(count / top, "gap")}</td>'
        f'<td class="n">{count:,}</td></tr>'
        for rule, count in ordered[:LISTED]
    )
    rest = sum(count for _, count in ordered[LISTED:])
    more = f"<p>And {len(ordered) - LISTED:,} more rules, {rest:,} cells.</p>" if rest else ""
    return _section(
        "<h2>Broken rules</h2><table><thead><tr><th>column and rule</th><th></th>"
        f'<th class="n">cells</th></tr></thead><tbody>{rows}</tbody></table>{more}'
    )


def _index(found: Sequence[tuple[str, str, Column, ColumnProfile]]) -> str:
    lines = []
    for anchor, name, column, profile in found:
        gaps = f", {figures.share(profile.nulls / profile.count)} missing" if profile.nulls else ""
        lines.append(
            f'<li><a href="#{anchor}"><bdi>{escape(name) or "(no name)"}</bdi></a>'
            f" <small>{column.type}{gaps}</small></li>"
        )
    folded = f"<summary>{len(found):,} columns</summary><ul>{''.join(lines)}</ul>"
    return _section(f'<nav aria-label="Columns"><details open>{folded}</details></nav>')


def _section(html: str) -> str:
    return f'<section class="card">{html}</section>'
