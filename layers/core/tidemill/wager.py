"""A bet that a challenger's losses are above the champion's: evidence that may be read any time."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tidemill.risk import TOLERATED

BOLDEST = 0.75
DOUBTED = 0.25


@dataclass(frozen=True)
class Wager:
    """What betting came to, over `rows` pairs of losses from 0 to 1; `ours` are the challenger's.

    A pair's gain is our loss less the champion's and a twentieth of it; each multiplies what is
    held by one plus the stake times the gain. The stake is settled by the pairs before alone, so
    that it grows beyond 1/p with a chance of at most p, however often one looks, unless our mean
    loss is more than a twentieth above the champion's (Ville's inequality; Waudby-Smith and Ramdas,
    Journal of the Royal Statistical Society B 86, 2024, whose approximate GRAPA stakes these are).
    `most` is the log of the most that was ever held.
    """

    rows: int = 0
    ours: float = 0.0
    theirs: float = 0.0
    squares: float = 0.0
    held: float = 0.0
    most: float = 0.0

    def add(self, pairs: Iterable[tuple[float, float]]) -> "Wager":
        """With more pairs of our and the champion's loss, in the order they became known."""
        found = self
        for ours, theirs in pairs:
            found = found.with_one(ours, theirs)
        return found

    def with_one(self, ours: float, theirs: float) -> "Wager":
        """The next pair."""
        gain = ours - (1 + TOLERATED) * theirs
        held = self.held + math.log1p(self._stake() * gain)
        return replace(
            self,
            rows=self.rows + 1,
            ours=self.ours + ours,
            theirs=self.theirs + theirs,
            squares=self.squares + gain**2,
            held=held,
            most=max(self.most, held),
        )

    def _stake(self) -> float:
        """The mean gain over the mean square, as if one pair of no gain had come before."""
        gains = self.ours - (1 + TOLERATED) * self.theirs
        best = gains / (self.squares + DOUBTED)
        return min(max(best, 0.0), BOLDEST / (1 + TOLERATED))
