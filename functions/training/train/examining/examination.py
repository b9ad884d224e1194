"""Everything that a run finds out about the model it delivers, in the words of an evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tidemill.artifact import Artifact
from tidemill.contract import Contract
from training.train.deciding.decision import Decision
from training.train.examining import evaluate
from training.train.examining.importances import importances
from training.train.examining.learning import learning_curve
from training.train.examining.segments import segments
from training.train.examining.slices import Sliced, Slicer
from training.train.examining.uncertainty import Answers
from training.train.rows.channels import Dataset
from training.train.searching.candidates import Estimator
from training.train.searching.folds import Folds
from training.train.searching.selection import Choice

ROLES = ("challenger", "champion", "default")


@dataclass(frozen=True, slots=True)
class Examined:
    """`findings` are keys of the evaluation; `outputs` are the challenger's on the test rows."""

    findings: dict[str, Any]
    notes: list[str]
    outputs: np.ndarray


@dataclass(frozen=True, slots=True)
class Examination:
    """What a model is examined with."""

    choice: Choice
    decision: Decision
    dataset: Dataset
    folds: Folds
    contract: Contract

    def of(
        self, model: Estimator, artifact: Artifact, size: int, champion: bytes | None
    ) -> Examined:
        """Examine the fitted model, exported as an artifact of so many bytes, beside its rivals."""
        dataset, folds = self.dataset, self.folds
        measured = evaluate.measure(artifact, champion, dataset, folds)
        mine, seed = measured.answers["challenger"], folds.candidates.seed
        looked = importances(model, dataset, mine, folds.metric, seed)
        sliced = self._slices(measured.answers, looked)
        curve = learning_curve(self.choice, dataset, folds)
        metrics = [folds.metric, *self.contract.gate.require]
        findings = {
            "models": evaluate.models(
                measured, self.decision.corrected(self.choice), dataset, folds
            ),
            **self.decision.findings(dataset.test, mine.outputs),
            **evaluate.uncertainty(measured, dataset, metrics, seed),
            "champion_dataset_version": measured.champion_version,
            "agreement": evaluate.agreement(measured),
            "importances": looked,
            "slices": [found.model_dump() for found in sliced.kept],
            "learning_curve": [point.to_json() for point in curve.points] if curve else [],
            "serving": evaluate.serving(artifact, size, dataset).model_dump(),
        }
        notes = [*measured.notes, sliced.note(folds.metric), *([curve.note] if curve else [])]
        return Examined(findings, notes, mine.outputs)

    def _slices(self, answers: Mapping[str, Answers], looked: Mapping[str, float]) -> Sliced:
        models = {role: answers[role] for role in ROLES if role in answers}
        folds, test = self.folds, self.dataset.test
        slicer = Slicer(folds.metric, test.y, models, folds.candidates.seed)
        frame = pd.concat([test.raw, self.dataset.described], axis=1)
        return slicer.slice(segments(frame, self.contract, looked))
