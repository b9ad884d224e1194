"""What to be careful about, and what else was noted."""

from collections.abc import Iterator

from training.train.report import figures
from training.train.report.elements import Cell, Html, join, listed, name
from training.train.report.findings import ROLES, Findings
from training.train.report.words import Metric, standing

FEW_ROWS, FAR_OFF = 100, 0.1
WORST = 3


def warnings(found: Findings) -> Html:
    """A box of warnings and one of notes; nothing where there are none."""
    warned = listed(_warned(found))
    metric = found.metric
    told = (str(note).replace(metric.key, metric.name) for note in found.part("notes") or ())
    notes = listed(told)
    return join(
        Html(f'<div class="card box bad"><h2>Be careful</h2>{warned}</div>') if warned else "",
        Html(f'<div class="card box"><h2>Noted</h2>{notes}</div>') if notes else "",
    )


def _warned(found: Findings) -> Iterator[Cell]:
    search = found.part("search") or {}
    if (found.part("delivered") or "complete") != "complete" or search.get("cut_short"):
        scored = figures.counted(search.get("completed", 0), "candidate")
        yield (
            f"The best so far: time ran out with {scored} scored. More time, or a faster instance, "
            "may find a better model."
        )
    yield from _sampled(found)
    yield from _worse(found)
    yield from _suspects(found)
    off = (found.part("calibration") or {}).get("expected_calibration_error") or 0.0
    if off > FAR_OFF:
        yield f"Probabilities are off by {figures.share(off)} on average, on the test rows."
    rows = found.evaluation["rows"]["test"]
    if rows < FEW_ROWS:
        yield f"Only {figures.counted(rows, 'test row')}: every number on this page is uncertain."


def _sampled(found: Findings) -> Iterator[Cell]:
    if sample := found.part("sample"):
        bound = f" that fits in {sample['bound_mb']:,} MB" if sample.get("bound_mb") else ""
        yield f"Trained on a sample{bound}: {sample['rows']:,} of {sample['rows_of']:,} rows."


def _worse(found: Findings) -> Iterator[Cell]:
    for role, comparison in (found.part("comparisons") or {}).items():
        if comparison and standing(comparison) == "surely worse":
            yield f"Surely worse than {ROLES.get(role, role)}."
    worse = [
        part
        for part in found.part("slices") or ()
        if part.get("comparison") and standing(part["comparison"]) == "surely worse"
    ]
    for part in worse[:WORST]:
        yield join(
            "Surely worse than the champion where ",
            name(part["column"]),
            " is ",
            name(part["value"]),
            f" ({figures.counted(part['rows'], 'row')}).",
        )
    if len(worse) > WORST:
        yield f"And in {len(worse) - WORST:,} more slices."


def _suspects(found: Findings) -> Iterator[Cell]:
    for suspect in found.part("suspects") or ():
        score = figures.number(suspect["score"])
        measure = Metric(str(suspect.get("metric", "score"))).name
        yield join(
            name(suspect["column"]),
            f" alone predicts the target with {measure} {score}: does it leak what is to be "
            "predicted? Say so in the contract, with leakage: true or false.",
        )
