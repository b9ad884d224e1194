"""Parts of the test rows on which the model does worse."""

from collections.abc import Mapping, Sequence
from typing import Any

from training.train.report import figures
from training.train.report.charts.rows import whiskers
from training.train.report.elements import Card, Cell, Html, join, long_table, name, said
from training.train.report.findings import Findings
from training.train.report.words import capital, standing

SHOWN = 8
ORDERED_BY = {"average_precision": "by ROC AUC, which does not fall with the share of positives"}
KINDS = {"surely better": "good", "surely worse": "bad"}

type Slice = Mapping[str, Any]


def slices(found: Findings) -> Card | None:
    """Worst first, as they were found; against the champion where there is one."""
    given: Sequence[Slice] = found.part("slices") or ()
    if not given:
        return None
    metric = found.metric
    overall = found.evaluation["models"]["challenger"]["test"][metric.key]
    ordered = f" {ORDERED_BY[metric.key]}" if metric.key in ORDERED_BY else ""
    text = (
        f"{capital(metric.name)} on parts of the test rows, the most surely worse{ordered} first; "
        f"the dashed line is the whole, {metric.spelt(overall)}. "
    )
    rival = any(part.get("comparison") for part in given)
    if rival:
        text += "With the champion on the same rows: above zero, this model is better."
    rows = _rows(given, found, overall, rival=rival)
    head = ["where", metric.name, "", *(["against the champion"] if rival else [])]
    shown = long_table(head, rows, SHOWN, about="Slices, worst first", kind="drawn")
    return Card("Slices", join(said(text), shown))


def _rows(
    given: Sequence[Slice], found: Findings, overall: float, *, rival: bool
) -> list[list[Cell]]:
    scores = [part["scores"].get("challenger") for part in given]
    drawn = whiskers(
        [None if score is None else (score, score, score) for score in scores],
        at=overall,
        kinds=[_kind(score, overall, found) for score in scores],
    )
    return [
        [
            join(
                name(part["column"]),
                ": ",
                name(part["value"]),
                Html(f"<small>{figures.counted(part['rows'], 'row')}</small>"),
            ),
            chart,
            figures.number(score) if score is not None else "too few rows",
            *([_against(part)] if rival else []),
        ]
        for part, score, chart in zip(given, scores, drawn, strict=True)
    ]


def _kind(score: float | None, overall: float, found: Findings) -> str:
    return "bad" if score is not None and found.metric.worse(score, overall) else "one"


def _against(part: Slice) -> Html:
    comparison = part.get("comparison")
    if not comparison:
        return Html(figures.NONE)
    word = standing(comparison)
    kind = KINDS.get(word, "even")
    spread = f"{figures.signed(comparison['low'])} to {figures.signed(comparison['high'])}"
    return Html(
        f'<span class="{kind}">{word}</span>'
        f"<small>{figures.signed(comparison['difference'])}</small><small>{spread}</small>"
    )
