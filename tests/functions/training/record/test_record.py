"""How a run ended, written down once, with all that it cost."""

import json
from typing import Any

import pytest

from tests.functions.training.conftest import Mill
from tidemill.events import DatasetReady, ModelRegistered, RunRefused
from tidemill.records import RunRecord, now
from training.record.record import Ending, Execution, record, settle

JOBS = [
    {"name": "j1", "instance": "ml.m5.large", "spot": True, "training_seconds": 1800,
     "billable_seconds": 600},
    {"name": "j2", "instance": "ml.m5.large", "spot": False, "training_seconds": 1800,
     "billable_seconds": 1800},
]  # fmt: skip
MODEL = {
    "package_arn": "arn:aws:sagemaker:r:1:model-package/tidemill-dev-shells/12",
    "artifact_uri": "s3://m/a",
    "artifact_sha256": "0",
    "report_uri": "s3://m/r",
    "metrics": {"rmse": 2.1},
    "verdict": {"passed": True, "reasons": ["fine"]},
}


def end(mill: Mill, outcome: str, **more: Any) -> RunRecord:  # noqa: ANN401 - fields
    if mill.registry.run("shells", "run") is None:
        mill.run("run", started_at=now())
    ending = Ending.model_validate(
        {"pipeline": "shells", "dataset_version": "v1", "run": "run", "outcome": outcome} | more
    )
    return record(ending, registry=mill.registry, bus=mill.bus, region="us-east-1")


def test_the_bill_is_over_every_attempt(mill: Mill) -> None:
    """Spot and on-demand seconds add up; savings are of the whole."""
    run = end(mill, "completed", jobs=JOBS, model=MODEL)
    assert run.cost_usd == pytest.approx(0.115 * 2400 / 3600, abs=1e-6)
    assert (run.training_seconds, run.billable_seconds) == (3600, 2400)
    assert run.spot_savings_percent == 33.3
    assert (run.training_job, run.spot) == ("j2", False)


@pytest.mark.parametrize(
    ("improvement", "per_point"), [(0.5, 0.153334), (0.0, None), (-1.0, None), (None, None)]
)
def test_what_a_point_of_the_metric_cost(
    mill: Mill, improvement: float | None, per_point: float | None
) -> None:
    """The bill over what the loss came down; none where it did not."""
    model = MODEL | {"improvement": improvement, "delivered": "best so far"}
    run = end(mill, "completed", jobs=JOBS, model=model)
    assert run.cost_per_metric_point == per_point
    assert run.delivered == "best so far"


def test_every_host_is_paid_for(mill: Mill) -> None:
    """SageMaker tells the seconds of one host, and bills those of all."""
    run = end(mill, "completed", jobs=[JOBS[0] | {"instances": 3}], model=MODEL)
    assert run.cost_usd == pytest.approx(3 * 0.019167, abs=1e-5)
    assert run.billable_seconds == 600


def test_a_model_knows_what_it_was_made_of(mill: Mill) -> None:
    """The lineage of its package stands in its record."""
    end(mill, "completed", jobs=JOBS, model=MODEL | {"lineage": {"seed": "7"}})
    assert mill.registry.model("shells", 12).lineage == {"seed": "7"}


def test_a_failed_run_has_its_bill_too(mill: Mill) -> None:
    """What was used is paid for."""
    run = end(mill, "failed", jobs=JOBS[:1], failure={"error": "E", "cause": "c"})
    assert (run.state, run.cost_usd) == ("failed", pytest.approx(0.019167))


def test_a_model_is_recorded_under_its_package_version(mill: Mill) -> None:
    """With the dataset's contract and baseline, and told of."""
    run = end(mill, "completed", jobs=JOBS, model=MODEL)
    model = mill.registry.model("shells", 12)
    assert (run.model_version, run.verdict.passed) == (12, True)
    assert model.contract_version == mill.registry.contract("shells").version
    assert model.profile_uri == "s3://data/v1/profile.json"
    (told,) = mill.told(ModelRegistered)
    assert (told.model_version, told.run, told.passed) == (12, "run", True)


def test_telling_it_twice_changes_nothing(mill: Mill) -> None:
    """A retried record gives the same run and one model."""
    first = end(mill, "completed", jobs=JOBS, model=MODEL)
    again = end(mill, "completed", jobs=JOBS, model=MODEL)
    assert again.model_copy(update={"finished_at": first.finished_at}) == first
    assert len(mill.registry.models("shells")) == 1


@pytest.mark.parametrize(
    ("error", "cause", "sentence"),
    [
        ("BudgetExceededError", json.dumps({"errorMessage": "2 h = $0.23"}),
         "BudgetExceededError: 2 h = $0.23"),
        ("E", json.dumps({"FailureReason": "AlgorithmError: rings"}), "E: AlgorithmError: rings"),
        ("TrainingJobFailed", "AlgorithmError: rings", "TrainingJobFailed: AlgorithmError: rings"),
        ("E", "E: said already", "E: said already"),
        ("E", "", "E: "),
        ("E", "[1]", "E: [1]"),
        ("E", "7", "E: 7"),
        ("E", json.dumps({"other": 1}), 'E: {"other": 1}'),
        ("E", json.dumps({"errorMessage": None}), 'E: {"errorMessage": null}'),
    ],
)  # fmt: skip
def test_a_failure_is_one_sentence(mill: Mill, error: str, cause: str, sentence: str) -> None:
    """Whatever a Catch hands on: a Lambda's JSON, a job's reason, or nothing."""
    run = end(mill, "failed", failure={"error": error, "cause": cause})
    assert run.reason == sentence


def test_a_refused_run_is_told_of(mill: Mill) -> None:
    """It cost nothing and has no bill."""
    run = end(mill, "refused", failure={"error": "E", "cause": "too dear"})
    assert (run.state, run.cost_usd) == ("refused", None)
    assert mill.told(RunRefused)[0].reason == "E: too dear"


def ended(status: str) -> Execution:
    request = {"pipeline": "shells", "dataset_version": "v1", "run": "run"}
    detail = {"status": status, "input": json.dumps(request), "cause": None}
    return Execution.from_event({"detail": detail})


def test_an_execution_that_was_aborted_ends_its_run(mill: Mill) -> None:
    """Nobody waits for it, and its estimate does not count for ever."""
    mill.run("run", started_at=now())
    run = settle(ended("ABORTED"), registry=mill.registry, bus=mill.bus, region="us-east-1")
    assert run is not None
    assert (run.state, run.reason) == ("failed", "ExecutionABORTED: unsaid")


def test_an_execution_that_recorded_its_run_is_left_alone(mill: Mill) -> None:
    """A failed workflow has said why itself."""
    end(mill, "failed", failure={"error": "E", "cause": "c"})
    assert settle(ended("FAILED"), registry=mill.registry, bus=mill.bus, region="us-east-1") is None


def test_data_that_came_during_a_run_are_announced_when_it_ends(mill: Mill) -> None:
    """The newest version only, and not when it has been trained on."""
    mill.dataset("v2")
    mill.dataset("v3")
    end(mill, "failed", failure={"error": "E", "cause": "c"})
    assert [event.dataset_version for event in mill.told(DatasetReady)] == ["v3"]
