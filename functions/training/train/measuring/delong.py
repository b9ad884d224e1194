"""The uncertainty of ROC AUC without resampling.

DeLong, DeLong and Clarke-Pearson (Biometrics 1988), by midranks as in Sun and Xu (IEEE Signal
Processing Letters 2014): O(n log n).
"""

from typing import Any

import numpy as np

type Vector = np.ndarray[Any, Any]


def area(positive: Vector, scores: Vector) -> float:
    """ROC AUC of scores for positive and other rows, ties counting half; both must be there."""
    hits = int(positive.sum())
    ranks = midranks(scores)[positive].sum()
    return float((ranks - hits * (hits + 1) / 2) / (hits * (len(scores) - hits)))


def influences(positive: Vector, scores: Vector) -> Vector:
    """How far each row moves ROC AUC: they sum to 0, and the sum of their squares is its variance.

    Of paired models, the variance of the difference is that of the rows' differences. Two rows of
    either kind are needed.
    """
    ranks, hits, others = midranks(scores), int(positive.sum()), int((~positive).sum())
    moved = np.empty(len(scores))
    for kind, own, opposite in ((positive, hits, others), (~positive, others, hits)):
        placed = (ranks[kind] - midranks(scores[kind])) / opposite
        moved[kind] = (placed - placed.mean()) / np.sqrt(own * (own - 1))
    moved[~positive] *= -1
    return moved


def midranks(values: Vector) -> Vector:
    """Ranks from 1 up, the middle one for equal values."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Vector = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks
