"""Whether a model's probabilities are corrected, and how: what is better on rows held out."""

from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np

from training.train.deciding.calibration import ISOTONIC_ROWS, Correction, fit
from training.train.measuring.metrics import log_losses

PARTS = 4
ENOUGH_ROWS = 20_000
LEAST_OF_A_CLASS = 10
LEAST_GAIN = 0.005

type Method = Literal["none", "sigmoid", "isotonic"]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A correction, None where there is none, and the log losses of rows it was not learnt from."""

    method: Method
    correction: Correction | None
    before: float
    after: float

    def apply(self, outputs: np.ndarray) -> np.ndarray:
        """Corrected probabilities per class."""
        return self.correction.apply(outputs) if self.correction else outputs

    def left_out(self) -> Self:
        """The same without its correction."""
        return replace(self, method="none", correction=None, after=self.before)


@dataclass(frozen=True, slots=True)
class Unlearnt:
    """Rows the model had not seen: their classes as positions, the outputs, and in which part."""

    codes: np.ndarray
    outputs: np.ndarray
    part: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray, outputs: np.ndarray, seed: int) -> Self:
        """Deal the rows to PARTS, each class evenly; 20,000 drawn at random are enough."""
        rng = np.random.default_rng(seed)
        rows = np.sort(rng.permutation(len(codes))[:ENOUGH_ROWS])
        codes, outputs = codes[rows], outputs[rows]
        part = np.empty(len(codes), dtype=int)
        part[np.lexsort((rng.random(len(codes)), codes))] = np.arange(len(codes)) % PARTS
        return cls(codes, outputs, part)

    def losses(self) -> np.ndarray:
        """Log losses row by row of the outputs as they are."""
        return log_losses(self.codes, self.outputs)

    def corrected_losses(self, method: Method) -> np.ndarray:
        """Log losses row by row, each after a correction that was learnt from the other parts."""
        losses = np.empty(len(self.codes))
        for k in range(PARTS):
            held = self.part == k
            correction = fit(method, self.codes[~held], self.outputs[~held])
            losses[held] = log_losses(self.codes[held], correction.apply(self.outputs[held]))
        return losses


def calibrate(wanted: str, codes: np.ndarray, outputs: np.ndarray, seed: int) -> Calibration:
    """The calibration a contract wants, learnt from rows that the model had not seen.

    `auto` takes a method where it lowers the log loss of rows held out from it by more than two
    standard errors and half a percent, sigmoid first; isotonic needs 1,000 rows and has to beat
    sigmoid likewise. With fewer than ten rows of some class nothing is corrected unasked. A
    contract that asks for isotonic gets sigmoid below 1,000 rows.
    """
    rows = Unlearnt.of(codes, outputs, seed)
    best: Method = "none"
    losses = before = rows.losses()
    for method in _methods(wanted, codes, outputs.shape[1]):
        found = rows.corrected_losses(method)
        if wanted != "auto" or _clearly_less(found, losses):
            best, losses = method, found
    correction = None if best == "none" else fit(best, rows.codes, rows.outputs)
    return Calibration(best, correction, float(before.mean()), float(losses.mean()))


def _methods(wanted: str, codes: np.ndarray, classes: int) -> list[Method]:
    enough = len(codes) >= ISOTONIC_ROWS
    if wanted == "auto":
        rarest = np.bincount(codes, minlength=classes).min()
        if rarest < LEAST_OF_A_CLASS:
            return []
        return ["sigmoid", "isotonic"] if enough else ["sigmoid"]
    if wanted == "isotonic" and enough:
        return ["isotonic"]
    return [] if wanted == "none" else ["sigmoid"]


def _clearly_less(found: np.ndarray, losses: np.ndarray) -> bool:
    gain = losses - found
    error = float(gain.std(ddof=1) / np.sqrt(len(gain)))
    return float(gain.mean()) > max(2 * error, LEAST_GAIN * float(losses.mean()))
