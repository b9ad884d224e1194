"""A model's loss while it serves, beside what its test promised: harm, none, or not known yet."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

TOLERATED = 0.05
DOUBT = 0.05
MOST_WEIGHT = 0.5

Verdict = Literal["harm", "no harm", "not known"]
Basis = Literal["outcomes", "estimate", ""]
Change = Literal["concept", "data", ""]


@dataclass(frozen=True)
class Loss:
    """A mean loss over `rows` predictions and what bounds it."""

    value: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True)
class Harm:
    """`basis` is what the verdict rests on: `outcomes`, `estimate`, or nothing.

    `change` says what kind of drift did harm, where that can be told.
    """

    verdict: Verdict
    basis: Basis
    change: Change
    reason: str


@dataclass(frozen=True)
class Losses:
    """Sums over losses from 0 to 1 as they come, from which bounds follow that hold at any time.

    The predictable plug-in empirical-Bernstein confidence sequence (Waudby-Smith and Ramdas,
    Journal of the Royal Statistical Society B 86, 2024, theorem 2), by which Podkopaev and Ramdas
    (Tracking the risk of a deployed model, ICLR 2022) hold a model to its test.
    """

    rows: int = 0
    total: float = 0.0
    squares: float = 0.0
    weights: float = 0.0
    weighted: float = 0.0
    slack: float = 0.0
    doubt: float = DOUBT

    def add(self, losses: Iterable[float]) -> "Losses":
        """The sums with more losses, in the order in which they became known."""
        found = self
        for loss in losses:
            found = found.with_one(loss)
        return found

    def with_one(self, loss: float) -> "Losses":
        """The next loss; its weight depends on those before alone."""
        rows = self.rows + 1
        mean = (0.5 + self.total) / rows
        variance = (0.25 + self.squares) / rows
        weight = math.sqrt(2 * math.log(2 / self.doubt) / (variance * rows * math.log(1 + rows)))
        weight = min(weight, MOST_WEIGHT)
        total = self.total + loss
        after = (0.5 + total) / (rows + 1)
        return replace(
            self,
            rows=rows,
            total=total,
            squares=self.squares + (loss - after) ** 2,
            weights=self.weights + weight,
            weighted=self.weighted + weight * loss,
            slack=self.slack + (loss - mean) ** 2 * (-math.log1p(-weight) - weight),
        )

    def bounds(self, scale: float = 1.0) -> Loss | None:
        """The mean in its own unit, bounded at all times together, but for a chance of `doubt`."""
        if not self.rows:
            return None
        middle = self.weighted / self.weights
        reach = (math.log(2 / self.doubt) + self.slack) / self.weights
        low, high = max(middle - reach, 0.0), min(middle + reach, 1.0)
        return Loss(scale * self.total / self.rows, scale * low, scale * high, self.rows)


def harmed(
    promised: Loss | None,
    *,
    realised: Loss | None = None,
    estimated: Loss | None = None,
    drifted: bool | None = None,
) -> Harm:
    """Whether predictions are worse than the champion's test promised: by outcomes, or estimated.

    Losses are of one unit, lower is better. Harm is a loss that is surely above the upper bound of
    the test's by more than a twentieth; there is none where it surely is not. Outcomes count
    before estimates, which see no change in what the target means: where outcomes show harm that
    the estimate does not, or where no feature `drifted`, the concept has changed.
    """
    if promised is None:
        return Harm("not known", "", "", "the champion's test promises no loss to compare with")
    limit = promised.high * (1 + TOLERATED)
    by_outcomes, by_estimate = _compare(realised, limit), _compare(estimated, limit)
    if realised and by_outcomes != "not known":
        change: Change = ""
        if by_outcomes == "harm" and by_estimate == "harm":
            change = "data"
        elif by_outcomes == "harm" and (by_estimate == "no harm" or drifted is False):
            change = "concept"
        return Harm(by_outcomes, "outcomes", change, _said("realised", realised, limit))
    if estimated and by_estimate != "not known":
        change = "data" if by_estimate == "harm" else ""
        return Harm(by_estimate, "estimate", change, _said("estimated", estimated, limit))
    if realised or estimated:
        return Harm("not known", "", "", f"too little is known to tell from the limit {limit:.4g}")
    return Harm("not known", "", "", "no outcomes have come, and nothing can be estimated")


def _compare(loss: Loss | None, limit: float) -> Verdict:
    if loss is None:
        return "not known"
    if loss.low > limit:
        return "harm"
    return "no harm" if loss.high <= limit else "not known"


def _said(kind: str, loss: Loss, limit: float) -> str:
    return (
        f"{kind} loss {loss.value:.4g} ({loss.low:.4g} to {loss.high:.4g}, {loss.rows} rows), "
        f"and {limit:.4g} is the limit"
    )
