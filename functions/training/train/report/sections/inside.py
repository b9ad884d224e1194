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

SHOWN, NAMED = 12, 40


def importances(found: Findings) -> Card | None:
    """Permutation importances, most first."""
    given = found.part("importances")
    if not given:
        return None
    pairs = sorted(given.items(), key=lambda pair: -pair[1])
    drawn = bars([max(value, 0.0) for _, value in pairs])
    told = figures.aligned([value for _, value in pairs])
    rows: list[list[Cell]] = [
        [name(column), bar, value]
        for (column, _), bar, value in zip(pairs, drawn, told, strict=True)
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
    if not left:
        text = f"All {len(kept):,} features are used."
    reasons: list[list[Cell]] = [[name(column), name(reason)] for column, reason in left.items()]
    parts: list[Cell] = [said(text)]
    if reasons:
        head = ["left out", "because"]
        parts.append(long_table(head, reasons, SHOWN, about="Features left out", kind="words"))
    if kept:
        names = [name(column) for column in kept[:MOST]]
        more = [f"and {len(kept) - MOST:,} more"] if len(kept) > MOST else []
        used = listed([*names, *more], "names")
        parts.append(used if len(kept) <= NAMED and not left else folded("Features used", used))
    return Card("Features", join(*parts))
