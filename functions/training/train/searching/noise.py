"""How surely one candidate loses less than another on the same rows."""

import numpy as np

from training.train.searching.folds import Folds

BLOCKS = 10


def standard_error(folds: Folds, mine: np.ndarray, best: np.ndarray) -> float:
    """The standard error of what `mine` loses more than `best`, both outputs in the order of y.

    Rows are paired. Where the metric is a mean over rows, theirs is the error of the mean (for
    rmse by the delta method: d rmse = d mse / (rmse + rmse)); else that of BLOCKS blocks of rows
    dealt at random, each scored by itself.
    """
    scorer, metric, y = folds.scorer, folds.metric, folds.y
    losses = [scorer.row_losses(metric, y, outputs) for outputs in (mine, best)]
    if losses[0] is None or losses[1] is None:
        return _by_blocks(folds, mine, best)
    error = float(np.std(losses[0] - losses[1], ddof=1) / np.sqrt(len(y)))
    if metric == "rmse":
        roots = sum(float(np.sqrt(np.mean(of))) for of in losses if of is not None)
        return error / roots if roots else 0.0
    return error


def _by_blocks(folds: Folds, mine: np.ndarray, best: np.ndarray) -> float:
    block = np.random.default_rng(folds.candidates.seed).permutation(len(folds.y)) % BLOCKS
    differences = []
    for k in range(BLOCKS):
        rows = block == k
        both = [folds.scorer.loss(folds.metric, folds.y[rows], o[rows]) for o in (mine, best)]
        differences.append(both[0] - both[1])
    return float(np.std(differences, ddof=1) / np.sqrt(BLOCKS))
