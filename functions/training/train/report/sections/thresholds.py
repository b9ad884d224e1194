"""Two classes: what every threshold would bring, and the one that was chosen."""

import numpy as np

from training.train.report import curves, figures
from training.train.report.charts.figure import figure
from training.train.report.charts.plane import Axis, Plane
from training.train.report.curves import Counts
from training.train.report.elements import Card, Html, join, said, table
from training.train.report.findings import Findings

STEPS, TOLD = 120, 11
AIMS = {
    "half": "one half",
    "f1": "chosen for the best F1",
    "accuracy": "chosen for the best accuracy",
    "balanced_accuracy": "chosen for the best balanced accuracy",
    "cost": "chosen for what errors cost",
}


def roc(found: Findings) -> Card | None:
    """The ROC curve, the chosen threshold marked."""
    if not found.binary:
        return None
    now = _now(found)
    plane = Plane(_unit("false positive rate"), _unit("true positive rate"))
    area = found.evaluation["models"]["challenger"]["test"].get("roc_auc")
    about = f"ROC curve; the area under it is {figures.number(area)}"
    points = curves.roc(found.codes, found.outputs[:, 1])
    spot = (float(now.alarms[0]), float(now.recall[0]))
    chart = plane.draw(
        plane.line([(0, 0), (1, 1)], "guide"),
        plane.line(points, "one"),
        plane.dots([spot], "two", "diamond"),
        about=about,
    )
    numbers = _told(points, "false positive rate", "true positive rate")
    text = f"Area {figures.number(area)}; the dashed line is guessing, with one half."
    return Card("ROC", join(said(text), figure(chart, legend=_legend(), numbers=numbers)))


def precision_recall(found: Findings) -> Card | None:
    """Precision and recall, the chosen threshold marked."""
    if not found.binary:
        return None
    now = _now(found)
    plane = Plane(_unit("recall"), _unit("precision"))
    mean = found.evaluation["models"]["challenger"]["test"].get("average_precision")
    usual = now.positives / now.rows
    points = curves.precision_recall(found.codes, found.outputs[:, 1])
    spot = (float(now.recall[0]), float(now.precision[0]))
    about = f"Precision and recall; the average precision is {figures.number(mean)}"
    chart = plane.draw(
        plane.line([(0, usual), (1, usual)], "guide"),
        plane.line(points, "one"),
        plane.dots([spot], "two", "diamond"),
        about=about,
    )
    numbers = _told(points, "recall", "precision")
    text = (
        f"Average precision {figures.number(mean)}; guessing has {figures.share(usual)} (dashed)."
    )
    return Card(
        "Precision and recall",
        join(said(text), figure(chart, legend=_legend(), numbers=numbers)),
    )


def by_threshold(found: Findings) -> Card | None:
    """Precision and recall of every threshold."""
    if not found.binary:
        return None
    grid, at = _grid(found), found.threshold or 0.0
    counts = _counts(found, grid)
    plane = Plane(
        Axis("threshold", 0.0, float(grid[-1])),
        Axis("precision and recall", 0.0, 1.0, percent=True),
    )
    columns = {"precision": counts.precision, "recall": counts.recall}
    lines = [
        plane.line(zip(grid.tolist(), column.tolist(), strict=True), kind)
        for column, kind in zip(columns.values(), ("one", "two"), strict=True)
    ]
    chart = plane.draw(_upright(plane, at), *lines, about="Precision and recall by threshold")
    legend = {"precision": "line one", "recall": "line two", "chosen": "line guide"}
    rows = [
        [f"{grid[k]:.3f}", figures.share(counts.precision[k]), figures.share(counts.recall[k])]
        for k in range(0, STEPS + 1, STEPS // (TOLD - 1))
    ]
    now, aim = _now(found), (found.part("decision") or {}).get("aim", "half")
    text = join(
        f"From {figures.number(at)} on ({AIMS.get(aim, aim)}), the answer is ",
        Html(f"<bdi>{join(found.positive)}</bdi>"),
        f": {figures.share(float(now.precision[0]))} of those answers are right, and "
        f"{figures.share(float(now.recall[0]))} of such rows are found.",
    )
    numbers = table(["threshold", "precision", "recall"], rows, about="By threshold")
    return Card("The threshold", join(said(text), figure(chart, legend=legend, numbers=numbers)))


def cost(found: Findings) -> Card | None:
    """What errors cost at every threshold, where the contract says what each costs."""
    costs = (found.part("decision") or {}).get("costs")
    if not costs or not found.binary:
        return None
    each = float(costs["false_positive"]), float(costs["false_negative"])
    grid = _grid(found)
    per_row = _counts(found, grid).cost(*each)
    now = float(_now(found).cost(*each)[0])
    plane = Plane(
        Axis("threshold", 0.0, float(grid[-1])),
        Axis.around("cost per row", [0.0, *per_row.tolist()], margin=0.02),
    )
    chart = plane.draw(
        plane.line(zip(grid.tolist(), per_row.tolist(), strict=True), "one"),
        plane.dots([(found.threshold or 0.0, now)], "two", "diamond"),
        about=f"Cost per row by threshold; {figures.number(now)} at the chosen one",
    )
    rows = [
        [f"{grid[k]:.3f}", figures.number(float(per_row[k]))]
        for k in range(0, STEPS + 1, STEPS // (TOLD - 1))
    ]
    numbers = table(["threshold", "cost per row"], rows, about="Cost by threshold")
    body = figure(chart, legend=_legend(), numbers=numbers)
    return Card("What errors cost", join(said(_costs(found, each, per_row, now)), body))


def _costs(found: Findings, each: tuple[float, float], per_row: np.ndarray, now: float) -> str:
    least = float(per_row.min())
    blind = float(min(per_row[0], _none(found, each)))
    return (
        f"A false positive costs {figures.number(each[0])}, a false negative "
        f"{figures.number(each[1])}: {figures.number(now)} per test row at the chosen threshold, "
        f"{figures.number(least)} at the best for these rows. Answering none or all of them would "
        f"cost {figures.number(blind)}."
    )


def _grid(found: Findings) -> np.ndarray:
    """Thresholds from none to a little above the highest probability."""
    top = max(float(found.outputs[:, 1].max()), found.threshold or 0.0) * 1.05
    return np.linspace(0.0, min(top, 1.0), STEPS + 1)


def _none(found: Findings, each: tuple[float, float]) -> float:
    """The cost of never answering the positive class."""
    return float(_counts(found, np.array([np.inf])).cost(*each)[0])


def _counts(found: Findings, thresholds: np.ndarray) -> Counts:
    return Counts.of(found.codes, found.outputs[:, 1], thresholds)


def _now(found: Findings) -> Counts:
    return _counts(found, np.array([found.threshold]))


def _unit(label: str) -> Axis:
    return Axis(label, 0.0, 1.0, percent=True)


def _upright(plane: Plane, at: float) -> str:
    return plane.line([(at, plane.y.low), (at, plane.y.high)], "guide")


def _legend() -> dict[str, str]:
    return {"the chosen threshold": "diamond two"}


def _told(points: curves.Curve, across: str, up: str) -> Html:
    """A curve at a few places."""
    picked = sorted({round(k) for k in np.linspace(0, len(points) - 1, TOLD)})
    rows = [[figures.share(points[k][0]), figures.share(points[k][1])] for k in picked]
    return table([across, up], rows, about=f"{up} by {across}")
