"""Test rows, weighed until their features are on the whole what a day's are.

What a model's chances and errors mean is known of its test. Where features have moved, that is of
other rows than a day's, and those of the test's rows that are like the day's count for more then.
Of all weights with which the means of features and of their squares are the day's, those are taken
that leave rows most alike (entropy balancing: Hainmueller 2012); for bell curves that moved it is
the ratio of their densities. It is right while features mean for the target what they meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.rows import FEATURE, floats
from monitoring.measure.scores import Vector

MOST_PARTS, MOST_VALUES, LEAST_SHARE = 150, 8, 0.01
OF_NUMBER, OF_REST = 3, 2
FURTHEST = 4.0
QUARTILES, QUARTILE = (25, 50, 75), 0.6745
EVIDENT, CHANCE = 3.5, 2.0
STEPS, SETTLED, FIRMNESS, SMALLEST_STEP = 30, 1e-4, 1e-3, 1e-3

type Counted = dict[str, Any]


@dataclass(frozen=True)
class Scale:
    """By what features are counted: numbers by their middle and width, categories by values."""

    numbers: Mapping[str, tuple[float, float]]
    values: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, rows: pa.Table, reads: Mapping[str, str]) -> Self:
        """Of the features of a test; as many as 150 parts hold."""
        numbers: dict[str, tuple[float, float]] = {}
        values: dict[str, tuple[str, ...]] = {}
        free = MOST_PARTS
        for name, kind in reads.items():
            column = rows[f"{FEATURE}{name}"]
            if kind == "category":
                found = _frequent(column)
                if found and len(found) + OF_REST <= free:
                    values[name], free = found, free - len(found) - OF_REST
            elif free >= OF_NUMBER and (scale := _middle_and_width(floats(column))):
                numbers[name], free = scale, free - OF_NUMBER
        return cls(numbers, values)

    @property
    def mark(self) -> str:
        """The same for the same parts alone."""
        return sha256(repr((self.numbers, self.values)).encode()).hexdigest()[:8]

    def parts(self, rows: pa.Table) -> Vector:
        """Rows by parts.

        Of a number where it lies, the square of that, and whether it is missing; of a category
        whether it is each of the values, another one, or missing.
        """
        columns: list[Vector] = []
        for name, (middle, width) in self.numbers.items():
            cells = floats(rows[f"{FEATURE}{name}"])
            with np.errstate(over="ignore"):
                place = np.nan_to_num(np.clip((cells - middle) / width, -FURTHEST, FURTHEST))
            columns += [place, place**2, np.isnan(cells)]
        for name, known in self.values.items():
            column = rows[f"{FEATURE}{name}"]
            found = pc.index_in(column, pa.array(known, pa.string()))
            codes = pc.fill_null(found, -1).to_numpy()
            gone = pc.is_null(column).to_numpy()
            columns += [codes == code for code in range(len(known))]
            columns += [(codes < 0) & ~gone, gone]
        if not columns:
            return np.empty((rows.num_rows, 0))
        return np.column_stack(columns).astype(float)


@dataclass(frozen=True)
class Likeness:
    """The parts of test rows, to which those of others are compared."""

    scale: Scale
    parts: Vector

    @classmethod
    def of(cls, rows: pa.Table, reads: Mapping[str, str]) -> Self:
        scale = Scale.of(rows, reads)
        return cls(scale, scale.parts(rows))

    def count(self, rows: pa.Table) -> Counted:
        """Sums over rows, which add up."""
        parts = self.scale.parts(rows).sum(axis=0).tolist()
        return {"scale": self.scale.mark, "rows": rows.num_rows, "parts": parts}

    def weigh(self, counted: Counted | None) -> Vector | None:
        """The test rows' weights, together as many rows as they are worth (Kish 1965).

        None where chance explains how the counted rows differ: where no part, of up to 150,
        is 3.5 standard errors away. Of what differs two are left out: chance may have brought them.
        """
        gaps = self._gaps(counted)
        if counted is None or gaps is None:
            return None
        shown = self._spread > 0
        gaps, parts = gaps[shown], self.parts[:, shown]
        unsure = np.sqrt(self._spread[shown] * (1 / len(parts) + 1 / counted["rows"]))
        if not (np.abs(gaps) > EVIDENT * unsure).any():
            return None
        moved = np.sign(gaps) * np.maximum(np.abs(gaps) - CHANCE * unsure, 0.0)
        weights = _tilt(parts - parts.mean(axis=0), moved)
        worth: Vector = weights / float(np.square(weights).sum())
        return worth

    def unheard(self, counted: Counted | None) -> float:
        """Of which share of the rows a cell is such as no test row has: missing, or another value.

        Of single features the largest; no weights can make the test like these.
        """
        gaps = self._gaps(counted)
        if gaps is None:
            return 0.0
        return float(np.abs(gaps[self._spread <= 0]).max(initial=0.0))

    def _gaps(self, counted: Counted | None) -> Vector | None:
        """From the test's means to those of counted rows; None of none, or of another scale."""
        if not counted or not counted["rows"] or counted["scale"] != self.scale.mark:
            return None
        if not self.parts.size:  # no feature tells anything
            return None
        gaps: Vector = np.array(counted["parts"]) / counted["rows"] - self.parts.mean(axis=0)
        return gaps

    @cached_property
    def _spread(self) -> Vector:
        spread: Vector = self.parts.var(axis=0)
        return spread


def add_counted(kept: Counted | None, more: Counted) -> Counted:
    """Both together; the newer alone where the other was not counted, or by another scale."""
    if kept is None or kept["scale"] != more["scale"]:
        return more
    parts = [a + b for a, b in zip(kept["parts"], more["parts"], strict=True)]
    return {**more, "rows": kept["rows"] + more["rows"], "parts": parts}


def _tilt(parts: Vector, target: Vector) -> Vector:
    """Weights that sum to one, with which the parts' means are the target; by Newton's method.

    A little firmness lets go of what no weights can reach.
    """
    place = np.zeros(parts.shape[1])

    def cost(at: Vector) -> float:
        powers = parts @ at
        most = powers.max()
        total = most + np.log(np.exp(powers - most).mean())
        return float(total - target @ at + FIRMNESS / 2 * at @ at)

    def weights(at: Vector) -> Vector:
        powers = parts @ at
        found = np.exp(powers - powers.max())
        shares: Vector = found / float(found.sum())
        return shares

    reached = cost(place)
    for _ in range(STEPS):
        now = weights(place)
        means = now @ parts
        bend = (parts * now[:, None]).T @ parts - np.outer(means, means)
        bend += FIRMNESS * np.eye(len(place))
        step = np.linalg.solve(bend, means - target + FIRMNESS * place)
        share = 1.0
        while (new := cost(place - share * step)) >= reached and share > SMALLEST_STEP:
            share /= 2
        if share <= SMALLEST_STEP:
            break
        place, reached = place - share * step, new
        if np.abs(step).max() < SETTLED:
            break
    return weights(place)


def _frequent(column: pa.ChunkedArray) -> tuple[str, ...]:
    """The values of at least a hundredth of the rows, by name; the eight most frequent of many."""
    counts = pc.value_counts(column.combine_chunks().drop_null()).to_pylist()
    often = [each for each in counts if each["counts"] >= LEAST_SHARE * len(column)]
    often.sort(key=lambda each: (-each["counts"], each["values"]))
    return tuple(sorted(each["values"] for each in often[:MOST_VALUES]))


def _middle_and_width(cells: Vector) -> tuple[float, float] | None:
    """By quartiles, or by the deviation where half of the cells are alike; None where all are."""
    known = cells[np.isfinite(cells)]
    if not len(known) or known.min() == known.max():
        return None
    with np.errstate(over="ignore"):
        low, middle, high = np.percentile(known, QUARTILES)
        width = (high - low) / (2 * QUARTILE) or known.std()
    return (float(middle), float(width)) if np.isfinite([middle, width]).all() else None
