"""Days of captured chances, by which answers of classes are estimated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.correction import Correction
from monitoring.measure.estimate import Said
from monitoring.measure.rows import CHANCE
from monitoring.measure.scores import Score

type Kept = dict[str, Any]


@dataclass(frozen=True)
class ByChances:
    """Confidence-based performance estimation; a correction for each place of `Said`.

    `labels` are the model's classes in its order, as answers spell them; empty where the captured
    chances alone tell.
    """

    corrections: Sequence[Correction]
    labels: Sequence[str] = ()
    reads: Mapping[str, str] = field(default_factory=dict)

    def count(self, rows: pa.Table) -> Kept | None:
        """Count the rows' chances; None where they give none of these classes."""
        given = [name for name in rows.column_names if name.startswith(CHANCE)]
        wanted = [f"{CHANCE}{label}" for label in self.labels] or given
        places = 1 if len(wanted) == 2 else len(wanted)
        if len(wanted) < 2 or not {*wanted} <= {*given} or places != len(self.corrections):
            return None
        chances = np.nan_to_num(np.column_stack([rows[name].to_numpy() for name in wanted]))
        labels = pa.array([name.removeprefix(CHANCE) for name in wanted])
        answers = pc.fill_null(pc.index_in(rows["value"], labels), -1).to_numpy()
        return Said.of(chances, answers).to_document()

    def add(self, kept: Kept, more: Kept) -> Kept:
        """Both together."""
        return (Said.from_document(kept) + Said.from_document(more)).to_document()

    def score(self, metric: str, kept: Kept) -> Score | None:
        """The metric that outcomes would show; None of too few rows."""
        return Said.from_document(kept).estimate(metric, self.corrections)

    def loss(self, kept: Kept) -> Score | None:
        """Brier's loss, as a promise is of."""
        return self.score("brier", kept)
