"""How a classifier does class by class, and whether its probabilities come true."""

from typing import Any

import numpy as np

from training.train.measuring import ranking
from training.train.measuring.counts import Counts
from training.train.measuring.metrics import Scorer

BINS = 10


def by_class(scorer: Scorer, y: np.ndarray, outputs: np.ndarray) -> dict[str, Any]:
    """`confusion` (rows by class, then by answer) and `per_class` of these rows.

    Average precision and ROC AUC are of one class against the rest; None for a class that the
    rows have none of, or nothing else.
    """
    counts, codes = Counts(scorer.confusion(y, outputs)), scorer.codes(y)
    found = [
        {
            "label": label,
            "rows": int(counts.table[k].sum()),
            "precision": float(counts.precision[k]),
            "recall": float(counts.recall[k]),
            "f1": float(counts.f1[k]),
            **{metric: _against_rest(metric, codes == k, outputs[:, k]) for metric in _RANKED},
        }
        for k, label in enumerate(scorer.classes)
    ]
    confusion = {"labels": list(scorer.classes), "counts": counts.table.tolist()}
    return {"per_class": found, "confusion": confusion}


def reliability(scorer: Scorer, y: np.ndarray, outputs: np.ndarray) -> dict[str, Any]:
    """What was predicted beside what came true, in ten bins of as many rows each.

    Of two classes it is the second's probability, of more the likeliest's. The expected
    calibration error is the mean distance of both, weighted by rows (Naeini et al., 2015).
    """
    codes = scorer.codes(y)
    if outputs.shape[1] == 2:
        predicted, came_true = outputs[:, 1], codes == 1
    else:
        predicted, came_true = outputs.max(axis=1), codes == outputs.argmax(axis=1)
    order = np.argsort(predicted, kind="stable")
    bins = [
        {
            "predicted": float(predicted[rows].mean()),
            "observed": float(came_true[rows].mean()),
            "rows": len(rows),
        }
        for rows in np.array_split(order, min(BINS, len(order)))
    ]
    gaps = [abs(one["predicted"] - one["observed"]) * one["rows"] for one in bins]
    return {"bins": bins, "expected_calibration_error": float(sum(gaps) / len(y))}


_RANKED = ("average_precision", "roc_auc")


def _against_rest(metric: str, there: np.ndarray, probabilities: np.ndarray) -> float | None:
    if there.all() or not there.any():
        return None
    outputs = np.column_stack([1.0 - probabilities, probabilities])
    return ranking.once(metric, there.astype(int), outputs)
