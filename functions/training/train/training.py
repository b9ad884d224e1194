"""One training run from channels to a verified model, in the order it happens."""

import io
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tidemill.artifact import Artifact
from tidemill.artifact.document import unpack
from tidemill.contract import LOWER_IS_BETTER
from training.train.clock import Clock, Forecast
from training.train.deciding.decision import decide, scorer_for
from training.train.examining.examination import Examination
from training.train.examining.expected_errors import errors_of
from training.train.examining.leaks import find_suspects
from training.train.exporting import parity
from training.train.exporting.export import export, versions
from training.train.rows.channels import Dataset
from training.train.searching import imbalance
from training.train.searching.candidates import Candidates, Estimator, losses_for
from training.train.searching.features import screen
from training.train.searching.folds import Folds
from training.train.searching.journal import Journal
from training.train.searching.recipe import Recipe
from training.train.searching.runner import Here, Runner
from training.train.searching.search import Search
from training.train.searching.selection import choose
from training.train.settings import RunSettings

USABLE_SHARE = 0.9
SINGLE_THREAD_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a run leaves behind; `test_outputs` are the challenger's, for the report.

    `files` lie beside the artifact by their names.
    """

    artifact: bytes
    pipeline: bytes
    evaluation: dict[str, Any]
    test_outputs: np.ndarray
    files: dict[str, bytes] = field(default_factory=dict)


def train(  # noqa: PLR0913 - the data, the champion, and what there is to work with
    dataset: Dataset,
    settings: RunSettings,
    checkpoints: Path,
    champion: bytes | None,
    *,
    clock: Clock | None = None,
    runner: Runner | None = None,
) -> Delivery:
    """Search, choose, refit on train and validation, export, verify, measure.

    The search stops in time for the rest to be done within `settings.max_seconds` of the clock.
    """
    clock, runner = clock or Clock.resume(checkpoints, ""), runner or Here()
    with threadpool_limits(threads_for(dataset)):
        return _train(dataset, settings, checkpoints, champion, clock, runner)


def threads_for(dataset: Dataset) -> int | None:
    """Threads cost more than they bring on small data, and much more on shared cores."""
    return 1 if len(dataset.train) < SINGLE_THREAD_ROWS else None


def _train(  # noqa: PLR0913, PLR0917 - as above
    dataset: Dataset,
    settings: RunSettings,
    checkpoints: Path,
    champion: bytes | None,
    clock: Clock,
    runner: Runner,
) -> Delivery:
    started = time.monotonic()
    suspects = find_suspects(dataset, settings.contract)
    screening = screen(_folds(dataset, settings))
    folds = screening.folds
    journal = Journal.open(checkpoints, _study_name(settings))
    deadline = USABLE_SHARE * settings.max_seconds
    forecast = Forecast(clock, deadline, runner.width)
    cut_short = Search(folds, journal, settings.trials, deadline, runner, forecast).run()
    choice = choose(folds, journal)
    decision = decide(choice, folds, settings.contract)
    model = decision.over(choice.recipe.fit(folds.candidates, dataset.development, journal))
    delivered = dataset.delivered(model)
    data = export(model, dataset, settings)
    artifact = Artifact.load(data)
    verified = parity.check(delivered, artifact, unpack(data)[1], dataset)
    examination = Examination(choice, decision, dataset, folds, settings.contract)
    examined = examination.of(model, artifact, len(data), champion)
    errors = errors_of(choice, folds, dataset, settings, examined.outputs)
    evaluation = {
        **_identity(settings, dataset),
        **examined.findings,
        "chosen": {**choice.recipe.to_json(), "shortlist_losses": choice.losses},
        "selection": choice.to_json(),
        "features": screening.told(choice.recipe),
        **_imbalance(dataset, folds, choice.recipe),
        "expected_errors": errors.findings,
        "search": {**_history(journal, cut_short=cut_short), "instances": runner.width},
        "delivered": "best so far" if cut_short else "complete",
        "parity": verified.to_json(),
        "suspects": [suspect.to_json() for suspect in suspects],
        "training_seconds": round(time.monotonic() - started, 3),
        "artifact_bytes": len(data),
        "notes": [*dataset.notes, *examined.notes],
    }
    return Delivery(data, _dump(delivered), evaluation, examined.outputs, errors.files)


def _folds(dataset: Dataset, settings: RunSettings) -> Folds:
    regression, targets = settings.task == "regression", dataset.targets
    candidates = Candidates(
        settings.task,
        settings.metric,
        dataset.preparation,
        settings.seed,
        losses=losses_for(settings.metric, targets) if regression else (),
        treatments=imbalance.treatments(
            settings.task, targets, settings.contract.training.imbalance, settings.metric
        ),
    )
    return Folds(
        dataset.train,
        dataset.validation,
        candidates,
        scorer_for(settings.contract, settings.task, settings.metric, dataset.classes),
        settings.metric,
        forward=dataset.forward,
        groups=dataset.groups,
    )


def _imbalance(dataset: Dataset, folds: Folds, recipe: Recipe) -> dict[str, Any]:
    if not dataset.classes:
        return {}
    tried = folds.candidates.treatments
    return {"imbalance": imbalance.findings(dataset.train.y, tried, recipe.to_json())}


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
        "unit": settings.contract.columns()[settings.contract.target].unit,
        "seed": settings.seed,
        "training": settings.contract.training.model_dump(mode="json"),
        "versions": versions(),
    }


def _history(journal: Journal, *, cut_short: bool) -> dict[str, Any]:
    trials = [
        {
            "trial": trial.number,
            "state": trial.state.name.lower(),
            "loss": trial.value,
            "params": dict(trial.params),
            **trial.user_attrs,
        }
        for trial in journal.finished()
    ]
    return {
        "trials": trials,
        "completed": len(journal.complete()),
        "pruned": sum(trial["state"] == "pruned" for trial in trials),
        "failed": sum(trial["state"] == "fail" for trial in trials),
        "resumed": journal.resumed,
        "cut_short": cut_short,
    }


def _dump(model: Estimator) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(model, buffer, compress=3)
    return buffer.getvalue()
