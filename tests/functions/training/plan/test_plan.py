"""What a job will be, or why there will be none, before it costs anything."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.functions.training.conftest import Mill
from tidemill.costs import CostLine, DayCost
from tidemill.errors import (
    BudgetExceededError,
    ConstantTargetError,
    RegistryError,
    TooFewRowsError,
    TooLargeForInstanceError,
    UnknownPriceError,
)
from tidemill.events import BudgetExceeded
from tidemill.records import RunRequest, now
from training.plan.plan import Job, plan

REQUEST = RunRequest(pipeline="shells", dataset_version="v1", run="run")


def make(mill: Mill, request: RunRequest = REQUEST, region: str = "us-east-1") -> Job:
    if mill.registry.run("shells", request.run) is None:
        mill.run(request.run)
    return plan(
        request,
        registry=mill.registry,
        store=mill.store,
        bus=mill.bus,
        models="s3://models",
        stage="dev",
        region=region,
    )


def test_a_job_is_planned_from_contract_and_dataset(mill: Mill) -> None:
    """Channels, limits and parameters, all text; the estimate is written on the run."""
    job = make(mill)
    assert job.group == "tidemill-dev-shells"
    assert [channel.name for channel in job.channels] == ["train", "validation", "test", "contract"]
    assert job.hyperparameters["task"] == "regression"
    assert all(len(text) <= 2500 for text in job.hyperparameters.values())
    assert (job.max_runtime_seconds, job.max_wait_seconds) == (3600, 10_800)
    assert int(job.hyperparameters["max_seconds"]) < job.max_runtime_seconds
    assert job.estimate_usd == pytest.approx(0.23)
    assert mill.registry.run("shells", "run").estimate_usd == pytest.approx(0.23)


def test_the_champion_is_a_channel(mill: Mill) -> None:
    """The challenger is compared with what serves now."""
    mill.champion()
    assert make(mill).channels[-1].uri == "s3://models/champion.tidemill"


def test_each_run_has_its_own_checkpoints(mill: Mill) -> None:
    """A retraining does not resume what another run left."""
    other = RunRequest(pipeline="shells", dataset_version="v1", run="other")
    assert make(mill).checkpoints_uri != make(mill, other).checkpoints_uri


@pytest.mark.parametrize("rows", [{"train": 29}, {"validation": 0}, {"test": 0}])
def test_too_few_rows_are_refused_with_the_counts(mill: Mill, rows: dict[str, int]) -> None:
    """At least thirty to train and one in each other channel."""
    mill.dataset("v2", **rows)
    with pytest.raises(TooFewRowsError, match=r"rows to train, \d+ to validate, \d+ to test"):
        make(mill, REQUEST.model_copy(update={"dataset_version": "v2"}))


def test_a_constant_target_is_refused(mill: Mill) -> None:
    """With its value."""
    mill.dataset("v2", target=(7, 7, 7))
    with pytest.raises(ConstantTargetError, match=r"rings is 7\.0 in every row"):
        make(mill, REQUEST.model_copy(update={"dataset_version": "v2"}))


def test_near_targets_in_one_bucket_are_not_constant(mill: Mill) -> None:
    """Only equal values are."""
    mill.dataset("v2", target=(10_000, 10_001))
    make(mill, REQUEST.model_copy(update={"dataset_version": "v2"}))


def test_a_run_above_its_budget_is_refused_with_the_arithmetic(
    mill_with: Callable[[str], Mill],
) -> None:
    """The sum, the limit and the remedy; the bus hears of it."""
    mill = mill_with("")
    mill.registry.put_contract(
        mill.registry.contract("shells").model_copy(
            update={"training": _training(mill, budget_usd=0.2)}
        )
    )
    with pytest.raises(BudgetExceededError) as refused:
        make(mill)
    assert str(refused.value) == (
        "1 h of ml.m5.large at $0.115/h, twice if spot capacity gives out, = $0.2300 at most "
        "(likely $0.0019: 60 s, guessed from 140 rows of 1 features), "
        "above training.budget_usd = $0.20; lower training.max_runtime or raise the budget"
    )
    (event,) = mill.told(BudgetExceeded)
    assert (event.estimate_usd, event.allowed_usd) == (pytest.approx(0.23), 0.2)


def _training(mill: Mill, **changes: float) -> object:
    return mill.registry.contract("shells").training.model_copy(update=changes)


@pytest.mark.parametrize(
    ("others", "refused"),
    [
        ([{"state": "completed", "cost_usd": 0.5, "estimate_usd": 0.9}], False),
        ([{"state": "completed", "cost_usd": 0.8}], True),
        ([{"state": "running", "estimate_usd": 0.8}], True),
        ([{"state": "failed", "estimate_usd": 0.8}], False),
        ([{"state": "failed", "cost_usd": 0.4}, {"state": "running", "estimate_usd": 0.4}], True),
        ([{"state": "completed", "cost_usd": 9.0, "started_at": "2020-01-01"}], False),
    ],
)
def test_the_month_counts_what_was_spent_and_what_still_runs(
    mill_with: Callable[[str], Mill], others: list[dict[str, Any]], refused: bool
) -> None:
    """Costs where they are known, estimates of runs that have not ended, this month's only."""
    mill = mill_with("budget: {monthly_usd: 1}\n")
    for number, fields in enumerate(others):
        mill.run(f"other-{number}", **{"started_at": now(), **fields})
    mill.run("run", started_at=now(), estimate_usd=0.23)
    if not refused:
        make(mill)
        return
    with pytest.raises(BudgetExceededError, match=r"\$0\.8000 spent in all rooms or planned in"):
        make(mill)
    (event,) = mill.told(BudgetExceeded)
    assert event.allowed_usd == pytest.approx(0.2)


def test_the_cap_counts_every_room(mill_with: Callable[[str], Mill]) -> None:
    """What serving cost this month leaves less for training; last month's leaves it alone."""
    mill = mill_with("budget: {monthly_usd: 1}\n")
    line = CostLine(unit="api_gateway_request", resource="api", quantity=1, usd=0.8)
    mill.registry.put_day_cost("shells", "inference", "2020-01-01", DayCost(lines=(line,)))
    make(mill)
    mill.registry.put_day_cost("shells", "inference", now()[:10], DayCost(lines=(line,)))
    with pytest.raises(BudgetExceededError, match=r"\$0\.8000 spent in all rooms.*predictions go"):
        make(mill)


def test_an_unknown_dataset_is_an_error(mill: Mill) -> None:
    """Named after what is missing."""
    with pytest.raises(RegistryError, match="no dataset version nope"):
        make(mill, REQUEST.model_copy(update={"dataset_version": "nope"}))


def test_hosts_are_multiplied(mill: Mill) -> None:
    """In the job, the estimate and the run's record."""
    mill.registry.put_contract(
        mill.registry.contract("shells").model_copy(
            update={"training": _training(mill, instances=3)}
        )
    )
    job = make(mill)
    run = mill.registry.run("shells", "run")
    assert (job.instances, run.instances, run.trials) == (3, 3, 40)
    assert job.estimate_usd == pytest.approx(0.69)


def test_past_runs_tell_what_is_likely(mill: Mill) -> None:
    """The median of the last ones' seconds by rows and trials, with the share that spot billed."""
    past = {
        "state": "completed",
        "trials": 20,
        "spot": True,
        "training_seconds": 100,
        "billable_seconds": 40,
        "cost_usd": 0.0,
    }
    mill.run("before", **past)
    job = make(mill)
    likely = mill.registry.run("shells", job.checkpoints_uri.split("/")[-3]).likely_usd
    assert likely == pytest.approx(0.115 * 200 * 0.4 / 3600, abs=1e-6)


def test_rows_that_do_not_fit_are_sampled(mill: Mill) -> None:
    """As many as the instance's memory takes, less what the test needs."""
    mill.dataset("v2", train=80_000_000, validation=1_000_000, test=1_000_000)
    job = make(mill, REQUEST.model_copy(update={"dataset_version": "v2"}))
    assert 30_000_000 < int(job.hyperparameters["sample_rows"]) < 45_000_000
    assert job.hyperparameters["memory_mb"] == str(int(0.6 * 8 * 1024))
    assert job.volume_gb > make(mill).volume_gb
    assert "sample_rows" not in make(mill).hyperparameters


def test_test_rows_that_do_not_fit_are_refused(mill: Mill) -> None:
    """They are never sampled: a larger instance or a smaller test is asked for."""
    mill.dataset("v2", train=80_000_000, validation=1_000_000, test=30_000_000)
    with pytest.raises(TooLargeForInstanceError, match=r"training\.instance .*split\.test"):
        make(mill, REQUEST.model_copy(update={"dataset_version": "v2"}))


def test_a_region_without_prices_is_refused(mill: Mill) -> None:
    """Nothing is spent where nobody knows what it costs."""
    with pytest.raises(UnknownPriceError, match="make prices"):
        make(mill, region="mars-north-1")
