"""One training run from channels to a verified model, in the order it happens."""

import io
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tidemill.artifact import Artifact
from tidemill.artifact.document import unpack
from tidemill.contract import LOWER_IS_BETTER
from training.train import evaluate, parity
from training.train.candidates import Candidates, Estimator
from training.train.channels import Dataset
from training.train.export import export, versions
from training.train.folds import Folds
from training.train.journal import Journal
from training.train.leaks import find_suspects
from training.train.metrics import Scorer
from training.train.preparation import Preparation
from training.train.search import Search
from training.train.selection import choose
from training.train.settings import RunSettings

SEARCH_SHARE = 0.6
SINGLE_THREAD_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a run leaves behind; `test_outputs` are the challenger's, for the report."""

    artifact: bytes
    pipeline: bytes
    evaluation: dict[str, Any]
    test_outputs: np.ndarray


def train(
    dataset: Dataset, settings: RunSettings, checkpoints: Path, champion: bytes | None
) -> Delivery:
    """Search, choose, refit on train and validation, export, verify, measure."""
    # Threads cost more than they bring on small data, and much more on shared cores.
    threads = 1 if len(dataset.train) < SINGLE_THREAD_ROWS else None
    with threadpool_limits(threads):
        return _train(dataset, settings, checkpoints, champion)


def _train(
    dataset: Dataset, settings: RunSettings, checkpoints: Path, champion: bytes | None
) -> Delivery:
    started = time.monotonic()
    suspects = find_suspects(dataset, settings.contract)
    folds = _folds(dataset, settings)
    journal = Journal.open(checkpoints, _study_name(settings))
    deadline = started + SEARCH_SHARE * settings.max_seconds
    cut_short = Search(folds, journal, settings.trials, deadline).run()
    choice = choose(dataset, folds, journal)
    development = dataset.development
    model = choice.recipe.make(folds.candidates).fit(development.X, development.y)
    data = export(model, dataset, settings)
    artifact = Artifact.load(data)
    verified = parity.check(model, artifact, unpack(data)[1], dataset)
    measured = evaluate.measure(artifact, champion, dataset, folds)
    evaluation = {
        **_identity(settings, dataset),
        "models": evaluate.models(measured, choice, dataset, folds),
        "comparisons": evaluate.comparisons(measured, dataset, folds),
        "champion_dataset_version": measured.champion_version,
        "chosen": {**choice.recipe.to_json(), "shortlist_losses": choice.losses},
        "search": _history(journal, cut_short=cut_short),
        "importances": evaluate.importances(model, dataset, folds),
        "parity": verified.to_json(),
        "suspects": [suspect.to_json() for suspect in suspects],
        "training_seconds": round(time.monotonic() - started, 3),
        "artifact_bytes": len(data),
        "notes": [*dataset.notes, *measured.notes],
    }
    return Delivery(data, _dump(model), evaluation, measured.outputs["challenger"])


def _folds(dataset: Dataset, settings: RunSettings) -> Folds:
    preparation = Preparation(
        settings.task, len(dataset.train), dataset.numeric, dataset.categorical
    )
    candidates = Candidates(settings.task, settings.metric, preparation, settings.seed)
    scorer = Scorer(settings.task, dataset.classes)
    return Folds(dataset.train, candidates, scorer, settings.metric, forward=dataset.forward)


def _study_name(settings: RunSettings) -> str:
    parts = settings.pipeline, settings.dataset_version, settings.contract.version, settings.metric
    return "-".join([*parts, str(settings.seed)]).replace("/", "_")


def _identity(settings: RunSettings, dataset: Dataset) -> dict[str, Any]:
    return {
        "pipeline": settings.pipeline,
        "dataset_version": settings.dataset_version,
        "contract_version": settings.contract.version,
        "task": settings.task,
        "target": settings.contract.target,
        "metric": settings.metric,
        "lower_is_better": settings.metric in LOWER_IS_BETTER,
        "classes": dataset.classes,
        "rows": {n: len(getattr(dataset, n)) for n in ("train", "validation", "test")},
        "seed": settings.seed,
        "versions": versions(),
    }


def _history(journal: Journal, *, cut_short: bool) -> dict[str, Any]:
    trials = [
        {
            "trial": trial.number,
            "state": trial.state.name.lower(),
            "loss": trial.value,
            "params": dict(trial.params),
        }
        for trial in journal.finished()
    ]
    return {
        "trials": trials,
        "completed": len(journal.complete()),
        "pruned": len(trials) - len(journal.complete()),
        "resumed": journal.resumed,
        "cut_short": cut_short,
    }


def _dump(model: Estimator) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(model, buffer, compress=3)
    return buffer.getvalue()
