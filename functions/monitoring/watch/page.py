"""A report of drift as one HTML page that needs no network and no script."""

from html import escape

import numpy as np

from monitoring.watch.chart import shares_chart
from monitoring.watch.columns import ANSWER
from monitoring.watch.comparison import Comparison
from monitoring.watch.evidence import Finding
from monitoring.watch.grid import COARSE, Grid
from monitoring.watch.tally import Counts, Tally
from tidemill.page import page

MOST, LONGEST = 30, 40
SAID = {
    "place": "values lie {way}",
    "spread": "values lie {wide}",
    "share": "the share of {cell} went {way}",
    "missing": "{more} values are missing",
    "unseen": "values that training never saw: {cell}",
}
STYLE = """\
main { display: grid; gap: 1rem; align-items: start; margin-top: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); }
ul { margin: 0 0 .5rem; padding-left: 1rem; color: var(--soft); font-size: .9rem; }
.was { fill: var(--soft); opacity: .55; }
.is { fill: var(--warm); }
"""
KEY = (
    "<p><b>Grey</b>: what the champion was trained on. <b>Orange</b>: this window. Of each column"
    " stands first what chance explains least. Effects are in standard deviations.</p>"
)


def drift_page(seen: Comparison) -> str:
    """What drifted, since when and where, with the shares before and now of each column."""
    drifted = seen.drift.drifted
    seasonal = seen.window.seasonal
    summary = (
        f"{seen.window.features.rows:,} rows from {seen.window.begun[:16]} to {seen.at[:16]},"
        f" against {seen.baseline.tally.rows:,} rows of training: {len(drifted)} of"
        f" {len(seen.drift.scores)} columns drifted."
    )
    if seasonal:
        summary += f" Both are of the same season; {seasonal.left_out:,} rows are of one that"
        summary += " training has too few rows of, and are left out."
    title = f"Drift of {seen.pipeline}"
    articles = "\n".join(_article(column, seen) for column in drifted[:MOST])
    head = (
        f'<h1>{escape(title)}</h1>\n<section class="card"><p>{escape(summary)}</p>{KEY}</section>'
    )
    return page(title, style=STYLE, body=f"{head}\n<main>{articles}</main>")


def _article(column: str, seen: Comparison) -> str:
    own = [finding for finding in seen.drift.findings if finding.column == column][:4]
    said = "".join(f"<li>{escape(say(finding))}</li>" for finding in own)
    name = "predictions" if column == ANSWER else column
    return (
        f"<article><h2>{escape(name)}</h2><p>since {escape(seen.since[column][:16])}; stability"
        f" index {seen.drift.scores.get(column, 0.0):.3f}{_together(own[0])}</p><ul>{said}</ul>"
        f"{_chart(own[0], seen)}</article>"
    )


def _together(finding: Finding) -> str:
    if finding.windows == 1:
        return ""
    return (
        f"; seen in {finding.windows} windows together, {finding.rows:,} rows from"
        f" {escape(finding.since[:16])}, of which this chart has the newest"
    )


def say(finding: Finding) -> str:
    """A finding in words."""
    up = finding.effect > 0
    words = {
        "way": "higher" if up else "lower",
        "wide": "further apart" if up else "closer together",
        "more": "more" if up else "fewer",
        "cell": finding.cell or "many, each seen once",
    }
    chance = finding.log_chance / np.log(10)
    where = f"where {finding.segment}, " if finding.segment else ""
    told = SAID[finding.aspect].format(**words)
    return f"{where}{told}: by {finding.effect:+.2f}, chance 10^{chance:.0f}"


def _chart(finding: Finding, seen: Comparison) -> str:
    """Shares of the column's cells, in the segment where it was found; none of answers."""
    if finding.column == ANSWER:
        return ""
    grid, tallies = seen.baseline.grid, (seen.baseline.tally, seen.window.features)
    before, now = (_cells(tally, grid, finding) for tally in tallies)
    ends = _ends(grid, finding.column)
    return shares_chart(_shares(before), _shares(now), ends, finding.column)


def _cells(tally: Tally, grid: Grid, finding: Finding) -> Counts:
    place = grid.columns.index(finding.column)
    labels = [segment.label for segment in grid.segments]
    if finding.segment not in labels:
        return tally.cells[grid.starts[place] : grid.starts[place + 1]]
    blocks = tally.cells[grid.starts[-1] :].reshape(len(labels), len(grid.columns), COARSE + 1)
    found: Counts = blocks[labels.index(finding.segment), place]
    return found


def _shares(cells: Counts) -> list[float]:
    found: list[float] = (cells / max(int(cells.sum()), 1)).tolist()
    return found


def _ends(grid: Grid, column: str) -> tuple[str, str]:
    if column in grid.names:
        return (next(iter(grid.names[column]), "")[:LONGEST], "missing")
    edges = grid.edges[column]
    return (f"{edges[0]:g}", f"{edges[-1]:g}, missing") if len(edges) else ("", "missing")
