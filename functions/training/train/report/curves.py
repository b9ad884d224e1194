"""Curves over the probabilities of a model, on bounded numbers of points."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

POINTS = 160
BINS = 10

type Curve = list[tuple[float, float]]


def roc(codes: np.ndarray, scores: np.ndarray) -> Curve:
    """False and true positive rates, from the strictest threshold on."""
    false, true, _ = roc_curve(codes, scores)
    return thinned(false, true)


def precision_recall(codes: np.ndarray, scores: np.ndarray) -> Curve:
    """Recall and precision, from the strictest threshold on."""
    precision, recall, _ = precision_recall_curve(codes, scores)
    return thinned(recall[::-1], precision[::-1])


def thinned(across: np.ndarray, up: np.ndarray) -> Curve:
    """At most `POINTS` of a curve, evenly along it, its ends among them."""
    along = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(across)) + np.abs(np.diff(up)))])
    wanted = np.linspace(0.0, along[-1], POINTS)
    kept = np.unique(np.append(np.searchsorted(along, wanted), [0, len(along) - 1]))
    kept = kept[kept < len(along)]
    return list(zip(across[kept].tolist(), up[kept].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Counts:
    """What a binary model answers at thresholds: arrays of one length, counts of rows."""

    thresholds: np.ndarray
    true_positive: np.ndarray
    false_positive: np.ndarray
    positives: int
    rows: int

    @classmethod
    def of(cls, codes: np.ndarray, scores: np.ndarray, thresholds: np.ndarray) -> "Counts":
        """A row is answered as positive from the threshold on."""
        hits, others = np.sort(scores[codes == 1]), np.sort(scores[codes != 1])
        true = len(hits) - np.searchsorted(hits, thresholds, side="left")
        false = len(others) - np.searchsorted(others, thresholds, side="left")
        return cls(thresholds, true, false, len(hits), len(scores))

    @property
    def precision(self) -> np.ndarray:
        """Right answers among the positive ones; one where there are none."""
        answered = self.true_positive + self.false_positive
        return np.where(answered > 0, self.true_positive / np.maximum(answered, 1), 1.0)

    @property
    def recall(self) -> np.ndarray:
        """Positive rows that are found."""
        found: np.ndarray = self.true_positive / max(self.positives, 1)
        return found

    @property
    def alarms(self) -> np.ndarray:
        """Negative rows that are taken for positive ones."""
        taken: np.ndarray = self.false_positive / max(self.rows - self.positives, 1)
        return taken

    def cost(self, false_positive: float, false_negative: float) -> np.ndarray:
        """What errors cost, per row."""
        missed = self.positives - self.true_positive
        total: np.ndarray = self.false_positive * false_positive + missed * false_negative
        return total / self.rows


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of like probability: what was predicted of them, and what came."""

    predicted: float
    observed: float
    rows: int


def reliability(came: np.ndarray, scores: np.ndarray) -> list[Bin]:
    """Tenths of the probabilities that have rows; `came` is 1 where what was predicted did."""
    place = np.minimum((scores * BINS).astype(int), BINS - 1)
    return [
        Bin(float(scores[here].mean()), float(came[here].mean()), int(here.sum()))
        for here in (place == k for k in range(BINS))
        if here.any()
    ]
