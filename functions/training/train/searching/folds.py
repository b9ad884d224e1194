"""Cross-validation on rows not learnt from: the same folds for every candidate."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)

from training.train.measuring.metrics import Scorer
from training.train.measuring.ranking import RANKING
from training.train.rows.channels import Channel
from training.train.searching.candidates import Candidates, Params
from training.train.searching.curve import Curve, Trying, Unseen
from training.train.searching.fitting import Estimator, Place, Prepared, prepare

FOLDS = 3
MANY_ROWS = 10_000
KEPT_BYTES = 256_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of train to learn from, and the rows held out: of train, or the validation channel."""

    learn: np.ndarray
    held: np.ndarray | None


class Shelf(dict[Any, Prepared]):
    """Prepared rows that several candidates share; it holds so much and travels empty."""

    def put(self, key: object, made: Prepared) -> Prepared:
        """Keep what was made, in place of everything before when there is no room."""
        if sum(map(_size, self.values())) + _size(made) > KEPT_BYTES:
            self.clear()
        self[key] = made
        return made

    def __reduce__(self) -> tuple[type["Shelf"], tuple[()]]:
        return Shelf, ()


@dataclass(frozen=True)
class Folds:
    """How a candidate is scored on rows it has not seen.

    The first fold learns from all of train and is tried on the validation channel; each of FOLDS
    others is tried on a part of train, and of MANY_ROWS only one part is. With `forward`, rows
    stand in the order of time, and each fold learns from what was before it, the latest first; with
    `groups`, a label per row of train, no group is both learnt from and held out.
    """

    channel: Channel
    validation: Channel
    candidates: Candidates
    scorer: Scorer
    metric: str
    forward: bool = False
    groups: np.ndarray | None = None
    shelf: Shelf = field(default_factory=Shelf, compare=False, repr=False)

    @cached_property
    def parts(self) -> list[Part]:
        """The folds, in the order they are scored."""
        whole = Part(np.arange(len(self.channel)), None)
        inner = [Part(learn, held) for learn, held in self._splits()]
        if self._ahead:
            inner.reverse()
        return [whole, *inner[: 1 if len(self.channel) >= MANY_ROWS else None]]

    @cached_property
    def held(self) -> np.ndarray:
        """The rows of train that some fold holds out, in their order."""
        return np.sort(np.concatenate([p.held for p in self.parts if p.held is not None]))

    @property
    def y(self) -> np.ndarray:
        """The targets of all rows that are held out: those of train, then validation."""
        return np.concatenate([self.channel.y[self.held], self.validation.y])

    def curve(self, params: Params, fold: int, place: Place) -> Curve:
        """Fit a candidate to one fold; its outputs for the rows held out, round by round."""
        part = self.parts[fold]
        pipeline = self.candidates.make(params)
        data = self._prepared(pipeline, params, fold)
        trying = Trying(self.scorer, self.metric, self._tried(part).y, data)
        drawn = trying.draw(pipeline.steps[-1][1], place)
        share = len(part.learn) / len(self.channel)
        return drawn.costing(share * self.candidates.cost({**params, "max_iter": drawn.rounds}))

    def unseen(self, curves: Sequence[Curve], rounds: int) -> Unseen:
        """The outputs of all folds after so many rounds, put together."""
        out_of_fold = self._blank()
        for part, curve in zip(self.parts[1:], curves[1:], strict=True):
            out_of_fold[part.held] = curve.after(rounds)
        return Unseen(out_of_fold, curves[0].after(rounds))

    def fits(self, unseen: Unseen) -> bool:
        """Whether outputs are of these rows and classes."""
        validation = (len(self.validation), *self._blank().shape[1:])
        shapes = unseen.out_of_fold.shape, unseen.validation.shape
        return shapes == (self._blank().shape, validation)

    def pooled(self, unseen: Unseen) -> np.ndarray:
        """Outputs in the order of `y`."""
        return np.concatenate([unseen.out_of_fold[self.held], unseen.validation])

    def loss(self, unseen: Unseen) -> float:
        """What outputs lose over all rows held out; a ranking is of one fold's rows at a time."""
        if self.metric not in RANKING:
            return self.scorer.loss(self.metric, self.y, self.pooled(unseen))
        losses, sizes = [], []
        for part in self.parts:
            y = self._tried(part).y
            given = unseen.validation if part.held is None else unseen.out_of_fold[part.held]
            losses.append(self.scorer.loss(self.metric, y, given))
            sizes.append(len(y))
        return float(np.average(losses, weights=sizes))

    def _tried(self, part: Part) -> Channel:
        if part.held is None:
            return self.validation
        return Channel(self.channel.X.iloc[part.held], self.channel.y[part.held])

    def _prepared(self, pipeline: Estimator, params: Params, fold: int) -> Prepared:
        key = (fold, *(params.get(name) for name in ("family", "degree", "features", "balance")))
        if (kept := self.shelf.get(key)) is not None:
            return kept
        part = self.parts[fold]
        rows, y = self.channel.X.iloc[part.learn], self.channel.y[part.learn]
        return self.shelf.put(key, prepare(pipeline, rows, y, self._tried(part).X))

    def _blank(self) -> np.ndarray:
        width = len(self.scorer.classes)
        return np.zeros((len(self.channel), width) if width else len(self.channel))

    @property
    def _first(self) -> int:
        return len(self.channel) - FOLDS * (len(self.channel) // (FOLDS + 1))

    @property
    def _ahead(self) -> bool:
        """Whether to go forward in time; not where the oldest rows are all of one class."""
        first = self.channel.y[: self._first]
        return self.forward and (not self.scorer.classes or len(np.unique(first)) > 1)

    def _splits(self) -> list[tuple[np.ndarray, np.ndarray]]:
        y, rows = self.channel.y, np.zeros(len(self.channel))
        if self._ahead:
            return list(TimeSeriesSplit(FOLDS).split(rows))
        often = min(np.unique(y, return_counts=True)[1]) if self.scorer.classes else 0
        shuffled: dict[str, Any] = {"shuffle": True, "random_state": self.candidates.seed}
        if self.groups is not None and len(np.unique(self.groups)) >= FOLDS:
            grouped = StratifiedGroupKFold if often >= FOLDS else GroupKFold
            return list(grouped(FOLDS, **shuffled).split(rows, y, self.groups))
        kind = StratifiedKFold if often >= FOLDS else KFold
        return list(kind(FOLDS, **shuffled).split(rows, y))


def _size(made: Prepared) -> int:
    """Bytes; a sparse matrix has most of them in its data."""
    parts: list[Any] = [made.X, made.y, made.held]
    return sum(int(p.data.nbytes if hasattr(p, "nnz") else p.nbytes) for p in parts)
