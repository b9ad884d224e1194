"""Is one model better than another on the same rows? A paired bootstrap says how surely."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from training.train import ranking
from training.train.metrics import Scorer
from training.train.ranking import RANKING

SLOW = 400
MEMORY_CELLS = 4_000_000

type Pair = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much lower the challenger's loss is, in the metric's unit; above zero is better.

    `low` and `high` bound it with 95 % confidence; `probability_better` is the share of
    resamples in which the challenger wins.
    """

    difference: float
    low: float
    high: float
    probability_better: float
    resamples: int

    def to_json(self) -> dict[str, Any]:
        """The comparison as JSON types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Paired:
    """The rows two models are compared on."""

    scorer: Scorer
    metric: str
    y: np.ndarray
    seed: int

    def compare(self, challenger: np.ndarray, rival: np.ndarray) -> Comparison:
        """Resample rows, both models' outputs together, and compare their losses each time."""
        both = challenger, rival
        if self.metric in RANKING or self.scorer.row_losses(self.metric, self.y, rival) is not None:
            resampled = np.concatenate([self._differences(both, drawn) for drawn in self._draws()])
        else:
            resampled = self._by_metric(both)
        low, high = np.quantile(resampled, [0.025, 0.975])
        return Comparison(
            difference=float(self._loss(rival) - self._loss(challenger)),
            low=float(low),
            high=float(high),
            probability_better=float(np.mean(resampled > 0) + np.mean(resampled == 0) / 2),
            resamples=len(resampled),
        )

    def _draws(self) -> Iterator[np.ndarray]:
        """How often each row is counted, in chunks of resamples that fit in memory."""
        rng, n = np.random.default_rng(self.seed), len(self.y)
        chunk = max(1, min(200, MEMORY_CELLS // n))
        for _ in range(max(200, min(2000, 100_000_000 // n)) // chunk):
            drawn = rng.integers(n, size=(chunk, n)) + n * np.arange(chunk)[:, None]
            yield np.bincount(drawn.ravel(), minlength=chunk * n).reshape(chunk, n)

    def _differences(self, both: Pair, drawn: np.ndarray) -> np.ndarray:
        mine, rivals = (self._resampled_losses(outputs, drawn) for outputs in both)
        differences: np.ndarray = rivals - mine
        return differences

    def _resampled_losses(self, outputs: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        if self.metric in RANKING:
            return -ranking.resampled(self.metric, self.scorer.codes(self.y), outputs[:, 1], drawn)
        losses = self.scorer.row_losses(self.metric, self.y, outputs)
        means: np.ndarray = drawn @ losses / len(self.y)
        return np.sqrt(means) if self.metric == "rmse" else means

    def _by_metric(self, both: Pair) -> np.ndarray:
        rng, n = np.random.default_rng(self.seed), len(self.y)
        differences = []
        for _ in range(SLOW):
            rows = rng.integers(n, size=n)
            mine, rivals = (self._loss(outputs, rows) for outputs in both)
            differences.append(rivals - mine)
        return np.array(differences)

    def _loss(self, outputs: np.ndarray, rows: np.ndarray | None = None) -> float:
        if rows is None:
            return self.scorer.loss(self.metric, self.y, outputs)
        return self.scorer.loss(self.metric, self.y[rows], outputs[rows])
