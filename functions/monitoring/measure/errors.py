"""Days of expected errors, by which answers that are numbers are estimated.

Direct loss estimation: a small model, made in training, expects a row's absolute and squared error
by its features and by what was answered; the test says how those expectations are to be read, and
how far single errors lie from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.rows import FEATURE
from monitoring.measure.scores import LEAST_ROWS, Score, Vector
from tidemill.artifact import Artifact

ABSOLUTE, SQUARED = "absolute", "squared"
OF_METRIC = {"mae": ABSOLUTE, "rmse": SQUARED}
MOST_OUTSIDE, FAR = 0.05, 10.0
DRAWS = 1_000
LOW, HIGH = 0.025, 0.975
LEAST = 1e-12
SEED = 1971

type Kept = dict[str, Any]


@dataclass(frozen=True)
class Reading:
    """How expected losses are to be read: `ratio` times them, as the test showed.

    `spread` is the covariance of an offset from that and of the ratio, `noise` the variance of a
    loss by the square of its expectation.
    """

    ratio: float
    spread: Vector
    noise: float

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """As training recorded it."""
        spread = np.array(document["spread"], float)
        return cls(document["ratio"], spread, document["noise"])

    def drawn(self, rows: int, total: float, squares: float) -> tuple[float, Vector]:
        """The mean loss of rows whose expectations have these sums, and draws of it.

        A mean of losses is drawn from a gamma distribution: it is above zero, and skewed where
        rows are few.
        """
        rng, place = np.random.default_rng(SEED), np.array([1.0, total / rows])
        value = max(self.ratio * place[1], LEAST)
        unsure = max(float(place @ self.spread @ place), 0.0)
        means = np.maximum(value + np.sqrt(unsure) * rng.normal(size=DRAWS), LEAST)
        unlike = self.noise * squares / total**2 if total > 0 else 0.0
        shape = 1 / max(unlike, LEAST)
        return value, means * rng.gamma(shape, 1 / shape, DRAWS)


@dataclass(frozen=True)
class ByErrors:
    """Expected errors by an artifact for each loss; `ranges` are of features as training saw them.

    `reads` has the types of the features, `answer` is what the artifacts call the answer.
    """

    artifacts: Mapping[str, Artifact]
    readings: Mapping[str, Reading]
    ranges: Mapping[str, tuple[float, float]]
    reads: Mapping[str, str]
    answer: str

    def count(self, rows: pa.Table) -> Kept | None:
        """Sums of what is expected, and how many rows leave what training saw."""
        answers = pc.cast(rows["value"], pa.float64()).to_numpy()
        columns = {name: rows[f"{FEATURE}{name}"] for name in self.reads}
        sums = {}
        for loss, artifact in self.artifacts.items():
            expected = expect(artifact, columns | {self.answer: pa.chunked_array([answers])})
            sums[loss] = [float(expected.sum()), float((expected**2).sum())]
        return {"rows": rows.num_rows, "outside": self._outside(columns), "sums": sums}

    def add(self, kept: Kept, more: Kept) -> Kept:
        """Both together."""
        sums = {
            loss: [a + b for a, b in zip(kept["sums"][loss], own, strict=True)]
            for loss, own in more["sums"].items()
        }
        counts = {name: kept[name] + more[name] for name in ("rows", "outside")}
        return {**counts, "sums": sums}

    def score(self, metric: str, kept: Kept) -> Score | None:
        """The metric that outcomes would show; None of too few rows, and of other metrics.

        Where many rows leave what training saw, bounds are as wide as if the error of each of them
        were nothing, or ten times as large.
        """
        if metric not in OF_METRIC or kept["rows"] < LEAST_ROWS:
            return None
        loss, rows = OF_METRIC[metric], int(kept["rows"])
        value, draws = self.readings[loss].drawn(rows, *kept["sums"][loss])
        if loss == SQUARED:
            value, draws = float(np.sqrt(value)), np.sqrt(draws)
        low, high = np.quantile(draws, [LOW, HIGH], method="weibull")
        share = kept["outside"] / rows
        if share > MOST_OUTSIDE:
            low, high = low * (1 - share), high * (1 + FAR * share)
        return Score(rows, value, min(float(low), value), max(float(high), value))

    def loss(self, kept: Kept) -> Score | None:
        """The absolute error, as a promise is of."""
        return self.score("mae", kept)

    def _outside(self, columns: Mapping[str, pa.ChunkedArray]) -> int:
        """Rows of which a number lies beyond all that training saw."""
        beyond = np.zeros(len(next(iter(columns.values()), [])), bool)
        for name, (least, most) in self.ranges.items():
            numbers = _floats(columns[name])
            beyond |= (numbers < least) | (numbers > most)
        return int(beyond.sum())


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
        return _floats(column)
    texts, unknown = column.to_pylist(), len(codes)
    cells = [-1 if text is None else codes.get(text, unknown) for text in texts]
    return np.array(cells, np.int32)


def _floats(column: pa.ChunkedArray) -> Vector:
    found: Vector = np.ascontiguousarray(pc.cast(column, pa.float64()).to_numpy(), dtype=float)
    return found
