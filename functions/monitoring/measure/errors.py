"""Days of expected errors, by which answers that are numbers are estimated.

Direct loss estimation: a small model, made in training, expects a row's absolute and squared error
by its features and by what was answered; test rows that are like the day's say how those
expectations are to be read, and how far single errors lie from them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.expectations import Reading
from monitoring.measure.likeness import add_counted
from monitoring.measure.rows import FEATURE, floats
from monitoring.measure.scores import LEAST_ROWS, Score, Vector
from monitoring.measure.tested import Tested
from tidemill.artifact import Artifact

ABSOLUTE, SQUARED = "absolute", "squared"
OF_METRIC = {"mae": ABSOLUTE, "rmse": SQUARED}
MOST_OUTSIDE, FAR = 0.05, 10.0
LOW, HIGH = 0.025, 0.975

type Kept = dict[str, Any]


@dataclass(frozen=True)
class ByErrors:
    """Expected errors by an artifact for each loss; `ranges` are of features as training saw them.

    `answer` is what the artifacts call the answer.
    """

    artifacts: Mapping[str, Artifact]
    tested: Tested
    ranges: Mapping[str, tuple[float, float]]
    answer: str

    @property
    def reads(self) -> Mapping[str, str]:
        return self.tested.reads

    def count(self, rows: pa.Table) -> Kept | None:
        """Sums of what is expected, and how many rows leave what training saw."""
        answers = pc.cast(rows["value"], pa.float64()).to_numpy()
        sums = {}
        for loss, artifact in self.artifacts.items():
            expected = expect(artifact, self._columns(artifact, rows, answers))
            sums[loss] = [float(expected.sum()), float((expected**2).sum())]
        return {
            "rows": rows.num_rows,
            "outside": self._outside(rows),
            "sums": sums,
            "features": self.tested.likeness.count(rows),
        }

    def add(self, kept: Kept, more: Kept) -> Kept:
        """Both together."""
        sums = {
            loss: [a + b for a, b in zip(kept["sums"][loss], own, strict=True)]
            for loss, own in more["sums"].items()
        }
        counts = {name: kept[name] + more[name] for name in ("rows", "outside")}
        features = add_counted(kept.get("features"), more["features"])
        return {**counts, "sums": sums, "features": features}

    def scores(self, metrics: Sequence[str], kept: Kept) -> dict[str, Score | None]:
        """The metrics that outcomes would show; None of too few rows, and of other metrics."""
        readings = self._readings(kept.get("features"))
        return {metric: _score(metric, kept, readings) for metric in metrics}

    @property
    def loss(self) -> str:
        """The absolute error, as a promise is of."""
        return "mae"

    def _readings(self, features: Kept | None) -> dict[str, Reading]:
        """By loss, for a day of such features."""
        likeness = self.tested.likeness
        weights, unheard = likeness.weigh(features), likeness.unheard(features)
        found = self._usual
        if weights is not None:
            found = {
                loss: Reading.of(*shown, weights).unlike(self._usual[loss])
                for loss, shown in self._shown.items()
            }
        return {loss: reading.unsure(unheard) for loss, reading in found.items()}

    @cached_property
    def _shown(self) -> dict[str, tuple[Vector, Vector]]:
        """What was expected of the test's rows, and what came of it."""
        tested, errors = self.tested, np.abs(self.tested.truth - self.tested.said)
        losses = {ABSOLUTE: errors, SQUARED: errors**2}
        return {
            loss: (expect(a, self._columns(a, tested.features, tested.said)), losses[loss])
            for loss, a in self.artifacts.items()
        }

    @cached_property
    def _usual(self) -> dict[str, Reading]:
        return {loss: Reading.of(*shown) for loss, shown in self._shown.items()}

    def _columns(
        self, artifact: Artifact, rows: pa.Table, answers: Vector
    ) -> dict[str, pa.ChunkedArray]:
        """What a model of losses reads."""
        names = [name for name in artifact.signature.names if name != self.answer]
        columns = {name: rows[f"{FEATURE}{name}"] for name in names}
        return columns | {self.answer: pa.chunked_array([answers])}

    def _outside(self, rows: pa.Table) -> int:
        """Rows of which a number lies beyond all that training saw."""
        beyond = np.zeros(rows.num_rows, bool)
        for name, (least, most) in self.ranges.items():
            numbers = floats(rows[f"{FEATURE}{name}"])
            beyond |= (numbers < least) | (numbers > most)
        return int(beyond.sum())


def _score(metric: str, kept: Kept, readings: Mapping[str, Reading]) -> Score | None:
    """None of too few rows, and of other metrics.

    Where many rows leave what training saw, bounds are as wide as if the error of each of them
    were nothing, or ten times as large.
    """
    if metric not in OF_METRIC or kept["rows"] < LEAST_ROWS:
        return None
    loss, rows = OF_METRIC[metric], int(kept["rows"])
    value, draws = readings[loss].drawn(rows, *kept["sums"][loss])
    if loss == SQUARED:
        value, draws = float(np.sqrt(value)), np.sqrt(draws)
    low, high = np.quantile(draws, [LOW, HIGH], method="weibull")
    share = kept["outside"] / rows
    if share > MOST_OUTSIDE:
        low, high = low * (1 - share), high * (1 + FAR * share)
    return Score(rows, value, min(float(low), value), max(float(high), value))


def expect(artifact: Artifact, columns: Mapping[str, pa.ChunkedArray]) -> Vector:
    """What a model of losses expects of rows, at least nothing."""
    names = artifact.signature.names
    if artifact.evaluator == "kernel":
        given = {n: _cells(c, artifact.vocabularies.get(n)) for n, c in columns.items()}
        rows = len(next(iter(given.values())))
        found = np.frombuffer(artifact.scores(given, rows).outputs)
    else:
        cells = zip(*(columns[name].to_pylist() for name in names), strict=True)
        said = artifact.predict([dict(zip(names, row, strict=True)) for row in cells])
        found = np.array([each.value for each in said], float)
    return np.maximum(found, 0.0)


def _cells(column: pa.ChunkedArray, codes: Mapping[str, int] | None) -> Vector:
    """Floats, NaN being missing; of a category its codes, -1 being missing."""
    if codes is None:
        return floats(column)
    texts, unknown = column.to_pylist(), len(codes)
    cells = [-1 if text is None else codes.get(text, unknown) for text in texts]
    return np.array(cells, np.int32)
