"""How well one column alone foretells the target, on rows that it was not fitted to."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ingest.draft.look import Look
from tidemill.references import NUMBERS

ROWS, LEAST_ROWS, LEAST_OTHERS = 20_000, 100, 10
BINS, CATEGORIES, CLASSES = 64, 200, 200
type Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
type Ints = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Strength:
    """What a column foretells: `skill` is 1 where it is always right, 0 where it is of no use."""

    skill: float
    said: str


class Foresight:
    """A target whose known rows are halved: one half to fit, one to measure."""

    def __init__(self, target: Look, *, classes: bool) -> None:
        known = np.flatnonzero(np.asarray(pc.is_valid(target.values)))
        rows = np.random.default_rng(0).permutation(known)[:ROWS]
        self._target = target
        self._fit, self._test = rows[: len(rows) // 2], rows[len(rows) // 2 :]
        self._labels = _codes(target.values) if classes else None
        self._numbers = None if classes else target.numbers
        self._usable = len(rows) >= LEAST_ROWS and (not classes or 1 < target.distinct <= CLASSES)

    def of(self, column: Look) -> Strength | None:
        """How well the column foretells the target; None where that cannot be told.

        Numbers are cut into at most 64 bins, categories into 200; each bin answers with its
        majority, or with its mean. Missing cells are a bin of their own.
        """
        if not self._usable or column.kind not in {*NUMBERS, "bool", "category"}:
            return None
        if column.values.equals(self._target.values):
            return Strength(1.0, "the same in every row")
        bins = self._category_bins(column) if column.kind == "category" else self._bins(column)
        return self._accuracy(bins) if self._labels is not None else self._determination(bins)

    def _category_bins(self, column: Look) -> Ints:
        codes = _codes(column.values)
        counts = np.bincount(codes[self._fit] + 1)
        frequent = np.argsort(-counts, kind="stable")[:CATEGORIES]
        bins = np.full(max(int(codes.max()) + 2, len(counts)), CATEGORIES)
        bins[frequent] = np.arange(len(frequent))
        found: Ints = bins[codes + 1]
        return found

    def _bins(self, column: Look) -> Ints:
        cells = column.numbers
        fit = self._fit[~np.isnan(cells[self._fit])]
        edges = self._edges(cells[fit], fit)
        bins = np.searchsorted(edges, cells, side="left").astype(np.int64)
        return np.where(np.isnan(cells), BINS + 1, bins)

    def _edges(self, cells: Floats, rows: Ints) -> Floats:
        """Where the class changes if that is seldom, so that a sharp bound is met; quantiles."""
        if self._labels is not None and len(cells):
            order = np.argsort(cells, kind="stable")
            cells, labels = cells[order], self._labels[rows][order]
            changes = np.flatnonzero((labels[1:] != labels[:-1]) & (cells[1:] != cells[:-1]))
            if len(changes) < BINS:
                edges: Floats = (cells[changes] + cells[changes + 1]) / 2
                return edges
        if not len(cells):
            return cells
        inner = np.linspace(0, 1, BINS + 1)[1:-1]
        return np.unique(np.quantile(cells, inner, method="lower"))

    def _accuracy(self, bins: Ints) -> Strength | None:
        assert self._labels is not None  # noqa: S101 - asked for classes only
        fit, test = self._labels[self._fit], self._labels[self._test]
        width, classes = int(bins.max()) + 1, int(self._labels.max()) + 1
        pairs = np.bincount(bins[self._fit] * classes + fit, minlength=width * classes)
        table = pairs.reshape(width, classes)
        usual = int(np.bincount(fit, minlength=classes).argmax())
        answers = np.where(table.any(axis=1), table.argmax(axis=1), usual)
        right, base = (
            float(np.mean(answers[bins[self._test]] == test)),
            float(np.mean(test == usual)),
        )
        if np.sum(test != usual) < LEAST_OTHERS:
            return None
        skill = (right - base) / (1 - base)
        return Strength(skill, f"right in {percent(right)} of rows it was not fitted to")

    def _determination(self, bins: Ints) -> Strength | None:
        """The better of the R² of the values and that of their ranks, which a long tail hides."""
        assert self._numbers is not None  # noqa: S101 - asked for numbers only
        known = np.concatenate([self._fit, self._test])
        ranks = np.zeros(len(self._numbers))
        ranks[known] = np.unique(self._numbers[known], return_inverse=True)[1]
        found = [self._r_squared(bins, values) for values in (self._numbers, ranks)]
        best = max((r for r in found if r is not None), default=None)
        return None if best is None else Strength(best, f"R² {round_down(best)}")

    def _r_squared(self, bins: Ints, values: Floats) -> float | None:
        fit, test = values[self._fit], values[self._test]
        width = int(bins.max()) + 1
        counts = np.bincount(bins[self._fit], minlength=width)
        sums = np.bincount(bins[self._fit], weights=fit, minlength=width)
        means = np.where(counts > 0, sums / np.maximum(counts, 1), fit.mean())
        spread = float(np.sum((test - test.mean()) ** 2))
        left = float(np.sum((test - means[bins[self._test]]) ** 2))
        return 1 - left / spread if spread > 0 else None


def percent(share: float) -> str:
    """A share for people: never 100 % of what is not all, nor 0 % of what is something."""
    if 0 < share < 0.01 or 0.99 < share < 1:
        return f"{min(max(share, 0.0001), 0.9999):.2%}".replace("%", " %")
    return f"{share:.0%}".replace("%", " %")


def round_down(share: float) -> str:
    """Two digits, more where they would say 1."""
    return f"{int(share * 1e4) / 1e4:.4g}" if share > 0.99 else f"{int(share * 100) / 100:.2f}"


def _codes(values: pa.Array) -> Ints:
    """A number for each distinct value, -1 where it is missing."""
    encoded = pc.dictionary_encode(values)
    return np.asarray(pc.fill_null(pc.cast(encoded.indices, pa.int64()), -1))
