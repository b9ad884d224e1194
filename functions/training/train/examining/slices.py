"""Where the model is weak: slices of the test rows, those that are surely worse first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from tidemill.evaluation import Slice
from training.train.examining.comparison import compare
from training.train.examining.segments import Segment
from training.train.examining.uncertainty import Answers, study

LEAST_ROWS, LEAST_OF_A_KIND = 30, 5
KEPT, NAMED = 30, 5
CONFIDENCE = 0.95
# Average precision falls with the share of positives alone, so other slices would never be last.
ORDERED_BY = {"average_precision": "roc_auc"}

type Vector = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Sliced:
    """The slices kept, worst first, how many were looked at, and which are surely worse."""

    kept: tuple[Slice, ...]
    looked_at: int
    worse: tuple[Slice, ...]

    def note(self, metric: str) -> str:
        """In words what the slices say; of many slices some are worse by chance."""
        if not self.looked_at:
            return "no slice of the test rows is large enough to tell anything"
        said = f"{self.looked_at} slices of the test rows were looked at"
        if not self.worse:
            return f"{said}: none is surely worse than the whole"
        named = ", ".join(
            f"{s.column} = {s.value} ({metric} {s.scores['challenger']:.4g})"
            for s in self.worse[:NAMED]
        )
        more = f" and {len(self.worse) - NAMED} more" if len(self.worse) > NAMED else ""
        return f"{said}; surely worse than the whole: {named}{more}"


@dataclass(frozen=True, slots=True)
class Slicer:
    """The models on the test rows, by role; the challenger is the one that is looked at."""

    metric: str
    y: Vector
    models: Mapping[str, Answers]
    seed: int

    def slice(self, segments: Iterable[Segment]) -> Sliced:
        """Score the segments of 30 rows and more, the one most surely worse than the whole first.

        Classes need five rows in it and five outside. The rest are left out, but for gated ones,
        which are kept without scores: whoever judges must know of them. With the others some 30
        are kept. Surely worse is at 95 %, by Bonferroni's correction for all that were looked at.
        """
        whole = {m: self.models["challenger"].loss(m, self.y) for m in {self.metric, self._order}}
        scored, small = [], []
        for segment in segments:
            if self._tells(segment.rows):
                scored.append((self._behind(segment.rows, whole), segment))
            elif segment.gated:
                small.append(_unscored(segment))
        scored.sort(key=lambda pair: -pair[0])
        sure = NormalDist().inv_cdf(1 - (1 - CONFIDENCE) / max(1, len(scored)))
        slices = [
            (errors, self._scored(segment))
            for k, (errors, segment) in enumerate(scored)
            if k < KEPT or segment.gated
        ]
        return Sliced(
            kept=(*(found for _, found in slices), *small),
            looked_at=len(scored),
            worse=tuple(found for errors, found in slices if errors > sure),
        )

    @property
    def _order(self) -> str:
        return ORDERED_BY.get(self.metric, self.metric)

    def _tells(self, rows: Vector) -> bool:
        scorer = self.models["challenger"].scorer
        if len(rows) < LEAST_ROWS or not scorer.classes:
            return len(rows) >= LEAST_ROWS
        if self.metric in {"log_loss", "brier", "accuracy"}:
            return True
        counts = np.bincount(scorer.codes(self.y[rows]), minlength=len(scorer.classes))
        return int(np.sort(counts)[-2]) >= LEAST_OF_A_KIND

    def _behind(self, rows: Vector, whole: Mapping[str, float]) -> float:
        """By how many standard errors the challenger loses more on these rows than on all."""
        mine = {"challenger": self.models["challenger"].at(rows)}
        found = study(self._order, self.y[rows], mine, self.seed, quick=True)
        low, high = found.bounds("challenger")
        error = (high - low) / (2 * NormalDist().inv_cdf(0.975))
        behind = found.losses["challenger"] - whole[self._order]
        return behind / error if error > 0 else 0.0

    def _scored(self, segment: Segment) -> Slice:
        y, rows = self.y[segment.rows], segment.rows
        models = {role: model.at(rows) for role, model in self.models.items()}
        scores = {r: m.scorer.score(self.metric, y, m.outputs) for r, m in models.items()}
        comparison = None
        if "champion" in models:
            pair = {role: models[role] for role in ("challenger", "champion")}
            found = study(self.metric, y, pair, self.seed, quick=True)
            comparison = compare(found, "challenger", "champion")
        return Slice(
            column=segment.column,
            value=segment.value,
            rows=len(rows),
            scores=scores,
            comparison=comparison,
        )


def _unscored(segment: Segment) -> Slice:
    return Slice(column=segment.column, value=segment.value, rows=len(segment.rows), scores={})
