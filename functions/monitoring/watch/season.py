"""Rows by the hour, weekday or month they are of, and training rows in the mix of a window.

With nothing drifting, rows of one phase are exchangeable, be they of the baseline or of a window.
Where training rows are drawn so that every phase has the same share as in the window, the pooled
rows are dealt within phases, and sums over the window spread no more than if they were dealt
freely: the tests' chances stay upper bounds, while the season's turn is in both alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.watch.grid import Grid
from monitoring.watch.tally import Tally, count

UNKNOWN = -1
LEAST_ROWS = 50
CLOSELY = 100_000
PARTS = {"hour": pc.hour, "weekday": pc.day_of_week, "month": pc.month}

type By = Literal["hour", "weekday", "month"]
type Phases = npt.NDArray[np.int64]
type Mix = Mapping[int, int]


def phases_of(moments: pa.Array | pa.ChunkedArray, by: By) -> Phases:
    """The hour, weekday (Monday is 0) or month of each moment in UTC; -1 where there is none."""
    if pa.types.is_string(moments.type):
        moments = pa.array([_moment(text) for text in moments.to_pylist()], pa.timestamp("us"))
    # Without its zone, which is UTC: pyarrow looks for a zone's rules where Lambda has none.
    plain = pc.cast(pc.cast(moments, pa.int64()), pa.timestamp(moments.type.unit))
    found: Phases = pc.fill_null(PARTS[by](plain), UNKNOWN).to_numpy(zero_copy_only=False)
    return found


def mix_of(phases: Phases) -> dict[int, int]:
    """How many rows are of each phase."""
    found, times = np.unique(phases, return_counts=True)
    return dict(zip(found.tolist(), times.tolist(), strict=True))


def known_phases(phases: Phases) -> dict[int, int]:
    """The phases that training has rows enough of to compare others with, and how many."""
    rows = mix_of(phases[phases != UNKNOWN])
    return {phase: times for phase, times in rows.items() if times >= LEAST_ROWS}


@dataclass(frozen=True)
class Seasonal:
    """What a window's rows are of: how many of each phase, and the champion's answers by phase.

    `left_out` counts rows of phases that training has too few of, which are compared with nothing.
    """

    mix: Mix
    answers: Mapping[int, Tally]
    left_out: int = 0

    def merge(self, other: Self, grid: Grid) -> "Seasonal":
        mix = {
            phase: self.mix.get(phase, 0) + other.mix.get(phase, 0)
            for phase in self.mix.keys() | other.mix.keys()
        }
        answers = dict(self.answers)
        for phase, tally in other.answers.items():
            answers[phase] = answers[phase].merge(tally, grid) if phase in answers else tally
        return Seasonal(mix, answers, self.left_out + other.left_out)

    def to_document(self) -> dict[str, Any]:
        answers = {str(phase): tally.to_document() for phase, tally in self.answers.items()}
        mix = {str(phase): times for phase, times in self.mix.items()}
        return {"mix": mix, "answers": answers, "left_out": self.left_out}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        mix = {int(phase): times for phase, times in document["mix"].items()}
        answers = {int(p): Tally.from_document(found) for p, found in document["answers"].items()}
        return cls(mix, answers, document["left_out"])


@dataclass(frozen=True)
class Seasons:
    """Training rows with their phases, to be counted on a grid that they did not make."""

    rows: pa.Table
    phases: Phases
    grid: Grid
    drawn: dict[str, Tally] = field(default_factory=dict)

    def alike(self, mix: Mix, name: str) -> Tally:
        """Count as many rows as there are in the mix of a window; `name` decides by chance which.

        The multiple of the mix is whole where it is one or more, so that shares are the same; below
        one, a row more or less of a phase is by chance.
        """
        if name not in self.drawn:
            self.drawn.clear()
            chosen = self._draw(mix, np.random.default_rng(int(name, 16)))
            self.drawn[name] = count(self.rows.take(pa.array(chosen)), self.grid, CLOSELY)
        return self.drawn[name]

    def _draw(self, mix: Mix, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        places = {phase: np.flatnonzero(self.phases == phase) for phase in mix}
        times = min(len(places[phase]) / wanted for phase, wanted in mix.items())
        times = float(int(times)) if times >= 1 else times
        chosen = [
            rng.choice(places[phase], int(times * wanted + rng.random() * (times < 1)), False)
            for phase, wanted in mix.items()
        ]
        return np.sort(np.concatenate(chosen))


def _moment(text: str | None) -> datetime | None:
    """A moment in UTC, without its zone; without an offset it is in UTC."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
