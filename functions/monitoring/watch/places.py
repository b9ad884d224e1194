"""Which of a column's cells numbers fall in, without a search for each."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

SLOTS = 4_096
MOST_STEPS = 4

type Numbers = npt.NDArray[np.float64]
type Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Places:
    """Slots of equal width between the first and the last edge, and how many edges come before.

    Only the edges in a number's own slot are compared with it; where too many share one, all
    numbers are searched for.
    """

    edges: Numbers
    scale: float = 0.0
    before: Codes | None = None
    steps: int = 0

    @classmethod
    def between(cls, edges: Numbers) -> Self:
        width = float(edges[-1] - edges[0]) if len(edges) > 1 else 0.0
        if not 1e-200 < width < 1e200:
            return cls(edges)
        scale = (SLOTS - 1) / width
        slots = _slots(edges, float(edges[0]), scale)
        before = np.searchsorted(slots, np.arange(SLOTS))
        steps = int(np.bincount(slots).max())
        return cls(edges, scale, before, steps) if steps <= MOST_STEPS else cls(edges)

    def of(self, numbers: Numbers) -> Codes:
        """The number of edges that are not above each number; one more than all edges for NaN."""
        if self.before is None:
            found = np.searchsorted(self.edges, numbers, side="right")
            found[np.isnan(numbers)] = len(self.edges) + 1
            return found
        missing = np.isnan(numbers)
        known = np.where(missing, self.edges[0], numbers) if missing.any() else numbers
        found = self.before[_slots(known, float(self.edges[0]), self.scale)]
        beyond = np.append(self.edges, np.nan)
        for _ in range(self.steps):
            found += known >= beyond[found]
        found[missing] = len(self.edges) + 1
        return found


def _slots(numbers: Numbers, first: float, scale: float) -> Codes:
    with np.errstate(over="ignore"):
        shares = (numbers - first) * scale
    np.clip(shares, 0, SLOTS - 1, out=shares)
    return shares.astype(np.int64)
