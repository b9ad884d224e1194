"""ROC AUC and average precision of many resamples at once, sorting the scores only once.

With more than two classes both are macro averages, one class against the rest.
"""

import numpy as np

RANKING = frozenset({"roc_auc", "average_precision"})


def macro(metric: str, codes: np.ndarray, outputs: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The metric of each resample by outputs per class; of two, the second is the positive one.

    With more, the mean over the classes that the resample has both rows of and others; 0.5 where
    there is no such class.
    """
    if outputs.shape[1] == 2:
        return resampled(metric, codes, outputs[:, 1], counts)
    total, known = np.zeros(len(counts)), np.zeros(len(counts))
    for k in range(outputs.shape[1]):
        rows = counts @ (codes == k)
        there = (rows > 0) & (rows < counts.sum(axis=1))
        if there.any():
            values = resampled(metric, (codes == k).astype(int), outputs[:, k], counts)
            total += np.where(there, values, 0.0)
            known += there
    return np.where(known > 0, total / np.maximum(known, 1), 0.5)


def once(metric: str, codes: np.ndarray, outputs: np.ndarray) -> float:
    """The metric of the rows as they are."""
    return float(macro(metric, codes, outputs, np.ones((1, len(codes)), dtype=np.int64))[0])


def resampled(metric: str, codes: np.ndarray, scores: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The metric of each resample, given by how often it counts each row (resamples x rows).

    `codes` are 0 and 1. Ties are one step of the curve, as in scikit-learn; a resample with one
    class only has no curve and counts as 0.5.
    """
    order = np.argsort(-scores, kind="stable")
    positive = codes[order].astype(bool)
    if not positive.any():
        return np.full(len(counts), 0.5)
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    drawn = counts[:, order]
    function = _precisions if metric == "average_precision" else _areas
    with np.errstate(divide="ignore", invalid="ignore"):
        values = function(positive, ends, drawn)
    total = drawn[:, positive].sum(axis=1)
    return np.where((total > 0) & (total < drawn.sum(axis=1)), values, 0.5)


def _precisions(positive: np.ndarray, ends: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The mean, over positive rows, of the precision among all rows down to their score."""
    places = np.flatnonzero(positive)
    down_to = ends[np.searchsorted(ends, places)]
    last = np.searchsorted(places, down_to, side="right") - 1
    gains = drawn[:, places]
    hits = np.cumsum(gains, axis=1)
    found: np.ndarray = hits[:, last] / np.maximum(np.cumsum(drawn, axis=1)[:, down_to], 1)
    means: np.ndarray = (gains * found).sum(axis=1) / hits[:, -1]
    return means


def _areas(positive: np.ndarray, ends: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The share of pairs of a positive and another row in which the positive one scores higher."""
    hits = np.cumsum(np.where(positive, drawn, 0), axis=1)[:, ends]
    alarms = np.cumsum(np.where(positive, 0, drawn), axis=1)[:, ends]
    gains, steps = np.diff(hits, axis=1, prepend=0), np.diff(alarms, axis=1, prepend=0)
    areas: np.ndarray = (steps * (hits - gains / 2)).sum(axis=1) / (hits[:, -1] * alarms[:, -1])
    return areas
