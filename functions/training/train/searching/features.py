"""Which features look as if a model could do without them; the search tries whether it can."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from training.train.measuring.metrics import Scorer
from training.train.measuring.outputs import predict
from training.train.rows.channels import Channel
from training.train.searching.candidates import QUICK, Candidates
from training.train.searching.fitting import Estimator
from training.train.searching.folds import Folds
from training.train.searching.recipe import Recipe

ROWS = 1500
MOST_FEATURES = 100
ROUNDS = 40
SAME = 0.9999


@dataclass(frozen=True, slots=True)
class Screening:
    """Features that look idle, each with the reason, and folds whose candidates know of them."""

    folds: Folds
    idle: dict[str, str] = field(default_factory=dict)

    def told(self, recipe: Recipe) -> dict[str, object]:
        """What the recipe keeps and leaves out, as JSON types."""
        fewer = all(params.get("features") == "fewer" for params in recipe.params.values())
        left_out = self.idle if fewer else {}
        kept = [name for name in self.folds.candidates.features if name not in left_out]
        return {"kept": kept, "left_out": left_out}


def screen(folds: Folds) -> Screening:
    """Numbers that order rows as another one does, and features that predict nothing by themselves.

    The latter are those whose shuffling makes a quick model's losses grow by less than one standard
    error, on rows it has not learnt from, whichever half of 3,000 it learnt from. More than 100
    features are not looked at, and never all are idle.
    """
    channel, candidates, scorer = folds.channel, folds.candidates, folds.scorer
    names = candidates.features
    if not 1 < len(names) <= MOST_FEATURES:
        return Screening(folds)
    rng = np.random.default_rng(candidates.seed)
    rows = rng.permutation(len(channel))[: 2 * ROWS]
    halves = np.array_split(rows, 2)
    idle = dict(_repeated(channel.X.iloc[rows], candidates.preparation.numeric))
    lean = replace(candidates, preparation=candidates.preparation.without(idle))
    gains = [_gains(channel, lean, scorer, half, rng) for half in (halves, halves[::-1])]
    silent = [name for name in names if name not in idle and all(g[name] < 1 for g in gains)]
    idle |= dict.fromkeys(silent, "shuffling it costs nothing")
    if len(idle) == len(names):
        return Screening(folds)
    knowing = replace(candidates, idle=frozenset(idle))
    return Screening(replace(folds, candidates=knowing), idle)


def _repeated(frame: pd.DataFrame, numeric: list[str]) -> Iterator[tuple[str, str]]:
    ranks = frame[numeric].rank(pct=True).fillna(-1.0)
    alike = np.abs(np.corrcoef(ranks.to_numpy(), rowvar=False)).reshape(len(numeric), -1)
    for k, name in enumerate(numeric):
        before = [other for j, other in enumerate(numeric[:k]) if alike[k, j] > SAME]
        if before:
            yield name, f"orders rows as {before[0]} does"


def _gains(
    channel: Channel,
    candidates: Candidates,
    scorer: Scorer,
    halves: list[np.ndarray],
    rng: np.random.Generator,
) -> dict[str, float]:
    """By how many standard errors the mean loss grows when a feature is shuffled."""
    learn, tried = halves
    model = candidates.make(QUICK | {"max_iter": ROUNDS})
    model.fit(channel.X.iloc[learn], channel.y[learn])
    frame, y = channel.X.iloc[tried].reset_index(drop=True), channel.y[tried]
    before = _losses(model, frame, y, scorer)
    gains = {}
    for name in candidates.features:
        shuffled = frame.assign(**{name: frame[name].to_numpy()[rng.permutation(len(frame))]})
        more = _losses(model, shuffled, y, scorer) - before
        error = float(np.std(more) / np.sqrt(len(more)))
        gains[name] = float(np.mean(more)) / error if error else 0.0
    return gains


def _losses(model: Estimator, frame: pd.DataFrame, y: np.ndarray, scorer: Scorer) -> np.ndarray:
    metric = "log_loss" if scorer.classes else "rmse"
    losses = scorer.row_losses(metric, y, predict(model, frame, scorer.classes))
    return np.zeros(len(y)) if losses is None else losses
