"""ROC AUC and average precision of many resamples at once, sorting the scores only once."""

import numpy as np

RANKING = frozenset({"roc_auc", "average_precision"})


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
