"""What the model looks at, and what it leaves."""

from training.train.report import figures
from training.train.report.charts.rows import bars
from training.train.report.elements import (
    MOST,
    Card,
    Cell,
    folded,
    join,
    listed,
    long_table,
    name,
    said,
)
from training.train.report.findings import Findings

SHOWN = 15


def importances(found: Findings) -> Card | None:
    """Permutation importances, most first."""
    given = found.part("importances")
    if not given:
        return None
    pairs = sorted(given.items(), key=lambda pair: -pair[1])
    drawn = bars([max(value, 0.0) for _, value in pairs])
    rows: list[list[Cell]] = [
        [name(column), bar, figures.number(value) if value else "0"]
        for (column, value), bar in zip(pairs, drawn, strict=True)
    ]
    head = ["feature", "", f"{found.metric.name}"]
    text = f"How much worse {found.metric.name} gets when a feature's values are shuffled."
    idle = sum(value <= 0 for _, value in pairs)
    if idle:
        text += f" {idle:,} of {len(pairs):,} make no difference."
    shown = long_table(head, rows, SHOWN, about="Importances", kind="drawn")
    return Card("Importances", join(said(text), shown))


def features(found: Findings) -> Card | None:
    """Which features were kept, and why others were not."""
    given = found.part("features")
    if not given:
        return None
    kept, left = given.get("kept") or [], given.get("left_out") or {}
    text = f"{len(kept):,} features are used, {len(left):,} were left out."
    reasons: list[list[Cell]] = [[name(column), name(reason)] for column, reason in left.items()]
    parts: list[Cell] = [said(text)]
    if reasons:
        head = ["left out", "because"]
        parts.append(long_table(head, reasons, SHOWN, about="Features left out", kind="words"))
    if kept:
        names = [name(column) for column in kept[:MOST]]
        more = [f"and {len(kept) - MOST:,} more"] if len(kept) > MOST else []
        parts.append(folded("Features used", listed([*names, *more], "names")))
    return Card("Features", join(*parts))
