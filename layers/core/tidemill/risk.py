"""A model's loss while it serves, beside what its test promised: harm, none, or not known yet."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self

TOLERATED = 0.05
DOUBT = 0.05
RATES = tuple(0.75 * 0.5**step for step in range(6))

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

    What is bounded is the mean of the losses' expectations so far, which may change as they come:
    running risk, as Podkopaev and Ramdas hold a model to its test (Tracking the risk of a deployed
    model, ICLR 2022). By Howard, Ramdas, McAuliffe and Sekhon (Annals of Statistics 49, 2021,
    theorem 4) the sum of deviations from it stays under each line (log(1/a) + psi(rate) squares) /
    rate but for a chance of a, where `squares` are of what each loss is off the mean before it.
    """

    rows: int = 0
    total: float = 0.0
    squares: float = 0.0
    doubt: float = DOUBT

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> Self | None:
        """As they were kept; None of those that an earlier version kept, of other sums."""
        return cls(**kept) if kept.keys() == {field.name for field in fields(cls)} else None

    def add(self, losses: Iterable[float]) -> "Losses":
        """The sums with more losses, in the order in which they became known."""
        found = self
        for loss in losses:
            found = found.with_one(loss)
        return found

    def with_one(self, loss: float) -> "Losses":
        """The next loss, beside the mean of those before and of one half."""
        rows = self.rows + 1
        before = (0.5 + self.total) / rows
        squares = self.squares + (loss - before) ** 2
        return replace(self, rows=rows, total=self.total + loss, squares=squares)

    def bounds(self, scale: float = 1.0) -> Loss | None:
        """The mean in its own unit, bounded at all times together, but for a chance of `doubt`."""
        if not self.rows:
            return None
        mean, reach = self.total / self.rows, self._reach() / self.rows
        low, high = max(mean - reach, 0.0), min(mean + reach, 1.0)
        return Loss(scale * mean, scale * low, scale * high, self.rows)

    def _reach(self) -> float:
        """The lowest of the lines, among which and both sides `doubt` is shared."""
        doubt = math.log(2 * len(RATES) / self.doubt)
        return min((doubt + (-math.log1p(-rate) - rate) * self.squares) / rate for rate in RATES)


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
    known = {"realised": realised, "estimated": estimated}
    said = [_said(kind, loss, limit) for kind, loss in known.items() if loss]
    if said:
        return Harm("not known", "", "", f"too little is known to tell: {'; '.join(said)}")
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
