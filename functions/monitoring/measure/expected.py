"""The contract's metrics of counted cells, of which some came true: expected, or drawn many times.

Shapes: `rows` is places by 2 by cells, rows by whether that place was answered and by cells of its
chance, which rise; `hits` has draws before that. There is one place, the second class, where
classes are two, else one a class.
"""

import numpy as np

from monitoring.measure.scores import EPSILON, RANKING, Vector

LABELS = frozenset({"accuracy", "balanced_accuracy", "precision", "recall", "f1"})
LOSSES = frozenset({"brier", "log_loss"})


def metric_of(name: str, rows: Vector, hits: Vector, chances: Vector) -> Vector:
    """A metric's value of each draw; `chances` are the cells'."""
    if name in RANKING:
        found = _ranked(name, rows.sum(axis=1), hits.sum(axis=2))
    elif name in LOSSES:
        found = _loss(name, rows, hits, chances)
    else:
        found = _label(name, rows, hits)
    return found


def _label(name: str, rows: Vector, hits: Vector) -> Vector:
    """As `scores.label_metric`, of tables given by their diagonals and sums."""
    right, truth, said = hits[:, :, 1].sum(axis=2), hits.sum(axis=(2, 3)), rows[:, 1].sum(axis=1)
    total = rows[0].sum()
    if len(rows) == 1:
        both = (total - truth - said + right, total - truth, total - said)
        right, truth, said = (
            np.concatenate([other, own], axis=-1)
            for other, own in zip(both, (right, truth, said), strict=True)
        )
    if name == "accuracy":
        return np.asarray(right.sum(axis=1) / total)
    said = np.broadcast_to(said, truth.shape)
    if name == "balanced_accuracy":
        return _mean(_shares(right, truth), truth > 0)
    parts = {"precision": (right, said), "recall": (right, truth), "f1": (2 * right, truth + said)}
    values = _shares(*parts[name])
    return values[:, 1] if len(rows) == 1 else _mean(values, (truth > 0) | (said > 0))


def _loss(name: str, rows: Vector, hits: Vector, chances: Vector) -> Vector:
    own, given = hits.sum(axis=2), rows.sum(axis=1)
    if name == "brier":
        lost = own * (1 - chances) ** 2 + (given - own) * chances**2
    else:
        safe = np.clip(chances, EPSILON, 1 - EPSILON)
        lost = -own * np.log(safe)
        if len(rows) == 1:
            lost = lost - (given - own) * np.log1p(-safe)
    return np.asarray(lost.sum(axis=(1, 2)) / given[0].sum())


def _ranked(name: str, rows: Vector, hits: Vector) -> Vector:
    """The mean over places of ROC AUC or average precision, a cell being one step."""
    rows, hits = rows[..., ::-1], hits[..., ::-1]
    so_far, all_so_far = np.cumsum(hits, axis=2), np.cumsum(rows, axis=1)
    there, total = so_far[..., -1], all_so_far[..., -1]
    if name == "average_precision":
        precision = _shares(so_far, np.broadcast_to(all_so_far, so_far.shape))
        values = _shares((hits * precision).sum(axis=2), there)
    else:
        misses = rows - hits
        below = (total - there)[..., None] - np.cumsum(misses, axis=2) + misses / 2
        values = _shares((hits * below).sum(axis=2), there * (total - there))
    known = (there > 0) & (there < total)
    return np.where(known.any(axis=1), _mean(values, known), 0.5)


def _mean(values: Vector, among: Vector) -> Vector:
    return _shares((values * among).sum(axis=1), among.sum(axis=1))


def _shares(part: Vector, whole: Vector) -> Vector:
    found: Vector = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
    return found
