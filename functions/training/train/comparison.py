"""Is one model better than another on the same rows? A paired bootstrap says how surely."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from train.metrics import Scorer

SLOW = 400
MEMORY_CELLS = 4_000_000


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
        resampled = self._by_rows(challenger, rival)
        if resampled is None:
            resampled = self._by_metric(challenger, rival)
        low, high = np.quantile(resampled, [0.025, 0.975])
        difference = self._loss(rival) - self._loss(challenger)
        return Comparison(
            difference=float(difference),
            low=float(low),
            high=float(high),
            probability_better=float(np.mean(resampled > 0) + np.mean(resampled == 0) / 2),
            resamples=len(resampled),
        )

    def _loss(self, outputs: np.ndarray, rows: np.ndarray | None = None) -> float:
        if rows is None:
            return self.scorer.loss(self.metric, self.y, outputs)
        return self.scorer.loss(self.metric, self.y[rows], outputs[rows])

    def _by_rows(self, challenger: np.ndarray, rival: np.ndarray) -> np.ndarray | None:
        ours = self.scorer.row_losses(self.metric, self.y, challenger)
        theirs = self.scorer.row_losses(self.metric, self.y, rival)
        if ours is None or theirs is None:
            return None
        rng, n = np.random.default_rng(self.seed), len(self.y)
        chunk = max(1, min(200, MEMORY_CELLS // n))
        means = []
        for _ in range(max(200, min(2000, 100_000_000 // n)) // chunk):
            # Drawing n rows with replacement is drawing how often each row is counted.
            counts = rng.multinomial(n, np.full(n, 1 / n), size=chunk) / n
            means.append(np.stack([counts @ ours, counts @ theirs]))
        mine, rivals = np.concatenate(means, axis=1)
        if self.metric == "rmse":
            mine, rivals = np.sqrt(mine), np.sqrt(rivals)
        differences: np.ndarray = rivals - mine
        return differences

    def _by_metric(self, challenger: np.ndarray, rival: np.ndarray) -> np.ndarray:
        rng, n = np.random.default_rng(self.seed), len(self.y)
        draws = (rng.integers(n, size=n) for _ in range(SLOW))
        return np.array([self._loss(rival, r) - self._loss(challenger, r) for r in draws])
