"""How far a model's loss on some rows may be from its loss on all such rows, beside other models'.

Rows are drawn again as often as there are (Efron's bootstrap), the same ones for every model; or
the variance is known without drawing, which is much less work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Protocol

import numpy as np

from training.train.measuring import delong, ranking
from training.train.measuring.counts import Counts
from training.train.measuring.metrics import Scorer

CELLS, LEAST_DRAWS, MOST_DRAWS = {True: 2_500_000, False: 6_000_000}, 200, 1000
CHUNK_CELLS = 2_000_000
SURE = 0.975
LEAST_OF_A_KIND = 10

type Vector = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one model says of the rows, and the scorer that knows its threshold."""

    outputs: Vector
    scorer: Scorer

    def at(self, rows: Vector) -> "Answers":
        """What it says of some of the rows."""
        return Answers(self.outputs[rows], self.scorer)

    def loss(self, metric: str, y: Vector) -> float:
        """The metric turned so that lower is better."""
        return self.scorer.loss(metric, y, self.outputs)


class Uncertainty(Protocol):
    """What is known of the losses of several models, by role."""

    @property
    def losses(self) -> dict[str, float]:
        """Each model's loss on the rows as they are."""

    @property
    def draws(self) -> int:
        """How often rows were drawn; 0 where the variance is known without."""

    def bounds(self, role: str, rival: str | None = None) -> tuple[float, float]:
        """95 % bounds of the role's loss, or of how much larger the rival's is."""

    def better(self, role: str, rival: str) -> float:
        """The probability that the role's loss is the smaller one."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Losses of the same resamples of the rows, by role."""

    losses: dict[str, float]
    again: dict[str, Vector]

    @property
    def draws(self) -> int:
        return len(next(iter(self.again.values())))

    def bounds(self, role: str, rival: str | None = None) -> tuple[float, float]:
        found = self.again[role] if rival is None else self.again[rival] - self.again[role]
        low, high = np.quantile(found, [1 - SURE, SURE])
        return float(low), float(high)

    def better(self, role: str, rival: str) -> float:
        found = self.again[rival] - self.again[role]
        return float(np.mean(found > 0) + np.mean(found == 0) / 2)


@dataclass(frozen=True, slots=True)
class Normal:
    """How far each row moves each loss: the sum of the squares is a normal variance."""

    losses: dict[str, float]
    influences: dict[str, Vector]
    draws: int = 0

    def bounds(self, role: str, rival: str | None = None) -> tuple[float, float]:
        difference, error = self._spread(role, rival)
        reach = NormalDist().inv_cdf(SURE) * error
        return difference - reach, difference + reach

    def better(self, role: str, rival: str) -> float:
        difference, error = self._spread(role, rival)
        if not error:
            return float(np.sign(difference) + 1) / 2
        return NormalDist().cdf(difference / error)

    def _spread(self, role: str, rival: str | None) -> tuple[float, float]:
        loss, moved = self.losses[role], self.influences[role]
        if rival is not None:
            loss, moved = self.losses[rival] - loss, self.influences[rival] - moved
        return loss, float(np.sqrt(np.square(moved).sum()))


def study(
    metric: str, y: Vector, models: Mapping[str, Answers], seed: int, *, quick: bool = False
) -> Uncertainty:
    """The models' losses on the rows, and how uncertain they are.

    By DeLong's variance for ROC AUC of two classes with ten rows of each at least, else by
    drawing rows again, 200 to 1,000 times, seldom where rows are many. `quick` takes a first-order
    variance for what is a mean over rows, and draws 200 times for what is not.
    """
    losses = {role: model.loss(metric, y) for role, model in models.items()}
    moved = {role: _influences(metric, y, model, quick=quick) for role, model in models.items()}
    known = {role: values for role, values in moved.items() if values is not None}
    if len(known) == len(models):
        return Normal(losses, known)
    cells = CELLS[metric in ranking.RANKING] // len(y)
    draws = LEAST_DRAWS if quick else max(LEAST_DRAWS, min(MOST_DRAWS, cells))
    rng, parts = np.random.default_rng(seed), dict[str, list[Vector]]({role: [] for role in models})
    while draws > 0:
        counts = _draw(rng, min(draws, max(1, CHUNK_CELLS // len(y))), len(y))
        draws -= len(counts)
        for role, model in models.items():
            parts[role].append(_again(metric, y, model, counts))
    return Drawn(losses, {role: np.concatenate(values) for role, values in parts.items()})


def _draw(rng: np.random.Generator, draws: int, n: int) -> Vector:
    """How often each row is drawn (draws x rows)."""
    drawn = rng.integers(n, size=(draws, n)) + n * np.arange(draws)[:, None]
    return np.bincount(drawn.ravel(), minlength=draws * n).reshape(draws, n)


def _influences(metric: str, y: Vector, model: Answers, *, quick: bool) -> Vector | None:
    """How far each row moves the loss; None where that is not taken for granted."""
    scorer = model.scorer
    if metric == "roc_auc" and len(scorer.classes) == 2:
        positive = scorer.codes(y) == 1
        if min(positive.sum(), (~positive).sum()) < LEAST_OF_A_KIND:
            return None
        return -delong.influences(positive, model.outputs[:, 1])
    of_rows = scorer.row_losses(metric, y, model.outputs) if quick else None
    if of_rows is None:
        return None
    moved: Vector = (of_rows - of_rows.mean()) / len(y)
    return moved / max(2 * np.sqrt(of_rows.mean()), 1e-300) if metric == "rmse" else moved


def _again(metric: str, y: Vector, model: Answers, counts: Vector) -> Vector:
    """The loss of each draw."""
    scorer, outputs, n = model.scorer, model.outputs, len(y)
    if metric in ranking.RANKING:
        return -ranking.macro(metric, scorer.codes(y), outputs, counts)
    of_rows = scorer.row_losses(metric, y, outputs)
    if of_rows is not None:
        # Errors order models as accuracy does; the loss is accuracy itself, turned round.
        means: Vector = counts @ of_rows / n - (metric == "accuracy")
        return np.sqrt(means) if metric == "rmse" else means
    if metric == "r2":
        sums = counts @ np.column_stack([np.square(y - outputs), y - y.mean(), (y - y.mean()) ** 2])
        shares: Vector = sums[:, 0] / np.maximum(sums[:, 2] - sums[:, 1] ** 2 / n, 1e-300)
        return shares - 1
    classes = len(scorer.classes)
    pairs = np.eye(classes**2)[scorer.codes(y) * classes + scorer.answers(outputs)]
    tables = (counts @ pairs).reshape(len(counts), classes, classes)
    return np.array([-Counts(table).score(metric) for table in tables])
