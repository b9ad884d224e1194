"""Whether probabilities mean what they say."""

import numpy as np

from training.train.report import figures
from training.train.report.charts.figure import figure
from training.train.report.charts.plane import Axis, Plane
from training.train.report.curves import Bin, reliability
from training.train.report.elements import Card, Html, join, said, table
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
    bins = _bins(found)
    rows = [[figures.share(b.predicted), figures.share(b.observed), f"{b.rows:,}"] for b in bins]
    numbers = table(["predicted", "came", "rows"], rows, about="Calibration")
    legend = {
        "rows of like probability": "dot one",
        "how frequent each probability is": "area faint",
    }
    text = "On the dashed line, probabilities keep their word."
    words = f"{text} {_words(found, bins)} {_corrected(found)}"
    body = figure(_chart(found, bins), legend=legend, numbers=numbers)
    return Card("Calibration", join(said(words), body))


def _chart(found: Findings, bins: list[Bin]) -> Html:
    end = min(1.0, max(max(b.predicted, b.observed) for b in bins) * 1.1 or 1.0)
    plane = Plane(
        Axis("predicted probability", 0.0, end, percent=True),
        Axis("what came", 0.0, end, percent=True),
    )
    points = [(b.predicted, b.observed) for b in bins]
    return plane.draw(
        plane.bars(_spread(found, end), "faint"),
        plane.line([(0, 0), (end, end)], "guide"),
        plane.line(points, "one"),
        plane.dots(points, "one big"),
        about="Predicted probabilities against observed shares",
    )


def _corrected(found: Findings) -> str:
    """How probabilities were corrected, and what that brought."""
    given = found.part("calibration") or {}
    method, loss = given.get("method", ""), given.get("log_loss")
    text = METHODS.get(method, "")
    if not loss or method == "none":
        return text
    before, after = figures.number(loss["before"]), figures.number(loss["after"])
    return f"{text} Log loss went from {before} to {after}."


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
