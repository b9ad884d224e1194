"""Days of captured chances, by which answers of classes are estimated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.correction import Correction
from monitoring.measure.curves import curve, curve_from
from monitoring.measure.estimate import Said
from monitoring.measure.likeness import add_counted
from monitoring.measure.rows import CHANCE
from monitoring.measure.scores import Score, Vector
from monitoring.measure.tested import Tested

type Kept = dict[str, Any]


@dataclass(frozen=True)
class ByChances:
    """Confidence-based performance estimation, by test rows that are like the day's."""

    tested: Tested

    @property
    def reads(self) -> Mapping[str, str]:
        return self.tested.reads

    def count(self, rows: pa.Table) -> Kept | None:
        """Count the rows' chances and features; None where they give no chances of the classes."""
        labels = self.tested.labels
        wanted = [f"{CHANCE}{label}" for label in labels]
        if not {*wanted} <= {*rows.column_names}:
            return None
        chances = np.nan_to_num(np.column_stack([rows[name].to_numpy() for name in wanted]))
        answers = pc.fill_null(pc.index_in(rows["value"], pa.array(labels)), -1).to_numpy()
        return {
            **Said.of(chances, answers).to_document(),
            "features": self.tested.likeness.count(rows),
        }

    def add(self, kept: Kept, more: Kept) -> Kept:
        """Both together."""
        both = (Said.from_document(kept) + Said.from_document(more)).to_document()
        return {**both, "features": add_counted(kept.get("features"), more["features"])}

    def scores(self, metrics: Sequence[str], kept: Kept) -> dict[str, Score | None]:
        """The metrics that outcomes would show; None of too few rows."""
        said, corrections = Said.from_document(kept), self._corrections(kept)
        return {metric: said.estimate(metric, corrections) for metric in metrics}

    @property
    def loss(self) -> str:
        """Brier's loss, as a promise is of."""
        return "brier"

    def _corrections(self, kept: Kept) -> list[Correction]:
        features, found = kept.get("features"), self._usual
        weights = self.tested.likeness.weigh(features)
        if weights is not None:
            pairs = zip(self._usual, self._shown, strict=True)
            found = [curve_from(usual, *shown, weights).unlike(usual) for usual, shown in pairs]
        unheard = self.tested.likeness.unheard(features)
        return [each.unsure(unheard) for each in found]

    @property
    def _shown(self) -> list[tuple[Vector, Vector]]:
        """Chances and what came true: of two classes the second's, of more each one's."""
        truth, said = self.tested.truth, self.tested.said
        places = [1] if said.shape[1] == 2 else range(said.shape[1])
        return [(said[:, place], truth == place) for place in places]

    @cached_property
    def _usual(self) -> list[Correction]:
        return [curve(*shown) for shown in self._shown]
