"""Whether probabilities mean what they say."""

import numpy as np

from training.train.report import figures
from training.train.report.charts.figure import figure
from training.train.report.charts.plane import Axis, Plane
from training.train.report.curves import Bin, reliability
from training.train.report.elements import Card, join, said, table
from training.train.report.findings import Findings

TALLEST, BARS = 5, 40
METHODS = {
    "none": "They are as the model gave them.",
    "sigmoid": "They were corrected by a sigmoid.",
    "isotonic": "They were corrected by steps that only rise (isotonic).",
}


def calibration(found: Findings) -> Card | None:
    """Predicted probabilities against what came, with the number of rows below."""
    if not found.classes or not len(found.y):
        return None
    bins, given = _bins(found), found.part("calibration") or {}
    end = min(1.0, max(max(b.predicted, b.observed) for b in bins) * 1.1 or 1.0)
    plane = Plane(
        Axis("predicted probability", 0.0, end, percent=True),
        Axis("what came", 0.0, end, percent=True),
    )
    bars = _spread(found, end)
    points = [(b.predicted, b.observed) for b in bins]
    chart = plane.draw(
        plane.bars(bars, "faint"),
        plane.line([(0, 0), (end, end)], "guide"),
        plane.line(points, "one"),
        plane.dots(points, "one big"),
        about="Predicted probabilities against observed shares",
    )
    rows = [[figures.share(b.predicted), figures.share(b.observed), f"{b.rows:,}"] for b in bins]
    numbers = table(["predicted", "came", "rows"], rows, about="Calibration")
    legend = {
        "rows of like probability": "dot one",
        "how frequent each probability is": "area faint",
    }
    text = f"On the dashed line, probabilities keep their word. {_words(found, bins)}"
    corrected = METHODS.get(given.get("method", ""), "")
    loss = given.get("log_loss")
    if loss and given.get("method") != "none":
        corrected += (
            f" Log loss went from {figures.number(loss['before'])} to "
            f"{figures.number(loss['after'])}."
        )
    body = figure(chart, legend=legend, numbers=numbers)
    return Card("Calibration", join(said(f"{text} {corrected}"), body))


def _bins(found: Findings) -> list[Bin]:
    """As given, or tenths of the positive class's probability, or of the top label's."""
    given = (found.part("calibration") or {}).get("bins")
    if given:
        bins = [Bin(b["predicted"], b["observed"], b["rows"]) for b in given if b["rows"]]
        return sorted(bins, key=lambda b: b.predicted)
    came = found.codes == (1 if found.binary else found.outputs.argmax(axis=1))
    return reliability(came, _scores(found))


def _scores(found: Findings) -> np.ndarray:
    """The positive class's probability, or the likeliest label's."""
    scores: np.ndarray = found.outputs[:, 1] if found.binary else found.outputs.max(axis=1)
    return scores


def _spread(found: Findings, end: float) -> list[tuple[float, float, float]]:
    """A low histogram of all probabilities up to an end."""
    counts, edges = np.histogram(_scores(found), BARS, (0.0, end))
    heights = counts / max(counts.max(), 1) * end / TALLEST
    return list(zip(edges[:-1].tolist(), edges[1:].tolist(), heights.tolist(), strict=True))


def _words(found: Findings, bins: list[Bin]) -> str:
    rows = sum(b.rows for b in bins)
    error = (found.part("calibration") or {}).get("expected_calibration_error")
    if error is None:
        error = sum(b.rows * abs(b.predicted - b.observed) for b in bins) / rows
    usual = max(bins, key=lambda b: b.rows)
    return (
        f"On average they are off by {figures.share(error)}; of the {usual.rows:,} rows with about "
        f"{figures.share(usual.predicted)}, it was {figures.share(usual.observed)}."
    )
