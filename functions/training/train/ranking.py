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
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    drawn = counts[:, order]
    hits = np.cumsum(np.where(positive, drawn, 0), axis=1)[:, ends]
    alarms = np.cumsum(np.where(positive, 0, drawn), axis=1)[:, ends]
    gains = np.diff(hits, axis=1, prepend=0)
    total, others = hits[:, -1:], alarms[:, -1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric == "average_precision":
            precision = np.where(hits > 0, hits / (hits + alarms), 0.0)
            values = (gains / total * precision).sum(axis=1)
        else:
            steps = np.diff(alarms, axis=1, prepend=0)
            values = (steps * (hits - gains / 2)).sum(axis=1) / (total * others)[:, 0]
    return np.where((total > 0) & (others > 0), values[:, None], 0.5)[:, 0]
