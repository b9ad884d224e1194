"""What a month cost so far, by room, and where it is going."""

from datetime import UTC, datetime

import pytest

from tidemill.costs import CostLine, DayCost, MonthCost, per_model
from tidemill.records import RunRecord
from tidemill.registry import Registry
from tidemill.table import InMemoryTable


def day(usd: float, *, predictions: int = 0) -> DayCost:
    line = CostLine(unit="u", resource="r", quantity=1, usd=usd, answering=bool(predictions))
    return DayCost(lines=(line,), predictions=predictions)


def run(started_at: str, usd: float | None, version: int | None = None) -> RunRecord:
    return RunRecord(
        run=started_at, dataset_version="v", state="completed", started_at=started_at,
        cost_usd=usd, model_version=version,
    )  # fmt: skip


@pytest.fixture
def registry() -> Registry:
    return Registry(InMemoryTable())


def test_a_day_is_written_once_however_often_it_is_billed(registry: Registry) -> None:
    """The second bill of a day replaces the first, and an empty one takes it away."""
    for usd in (1.0, 2.0):
        registry.put_day_cost("p", "inference", "2026-11-03", day(usd))
    registry.put_day_cost("p", "inference", "2026-11-04", day(0.5))
    registry.put_day_cost("p", "ingestion", "2026-11-04", day(0.25))
    registry.put_day_cost("p", "inference", "2026-10-31", day(9.0))
    assert registry.month_cost("p", "2026-11").by_room == {"inference": 2.5, "ingestion": 0.25}
    registry.put_day_cost("p", "inference", "2026-11-03", DayCost())
    registry.put_day_cost("p", "release", "2026-11-03", DayCost())
    assert registry.month_cost("p", "2026-11").by_room == {"inference": 0.5, "ingestion": 0.25}
    assert registry.month_cost("q", "2026-11").usd == 0


def test_the_runs_jobs_are_trainings(registry: Registry) -> None:
    """As SageMaker billed them, this month's only, on top of what else training used."""
    registry.put_day_cost("p", "training", "2026-11-03", day(0.1))
    registry.claim_run("p", run("2026-11-02T10:00:00.000Z", 0.5))
    registry.claim_run("p", run("2026-10-30T10:00:00.000Z", 7.0))
    registry.claim_run("p", run("2026-11-05T10:00:00.000Z", None))
    cost = registry.month_cost("p", "2026-11")
    assert (cost.by_room, cost.usd) == ({"training": 0.6}, 0.6)
    assert cost.ledger_usd == pytest.approx(0.1)


def test_a_thousand_predictions_cost_what_answers() -> None:
    """Not what is paid for whether anybody asks; nothing is said where nobody did."""
    ledger = {"inference": {"2026-11-01": day(0.2, predictions=4000)}, "monitoring": {"x": day(9)}}
    assert MonthCost("2026-11", ledger).per_1000_predictions == pytest.approx(0.05)
    assert MonthCost("2026-11", {}).per_1000_predictions is None


def test_a_forecast_goes_on_as_the_whole_days_were() -> None:
    """Two days at a dollar, today so far a quarter, 27 days to come."""
    ledger = {
        "inference": {f"2026-11-0{n}": day(usd) for n, usd in ((1, 0.5), (2, 1.5), (3, 0.25))}
    }
    moment = datetime(2026, 11, 3, 12, tzinfo=UTC)
    assert MonthCost("2026-11", ledger).forecast(moment) == pytest.approx(2 + 1 + 27)


def test_a_day_that_cost_nothing_is_a_day_of_the_forecast() -> None:
    """From the first one that cost something; those before it were before there was anything."""
    ledger = {"ingestion": {"2026-11-11": day(1.0), "2026-11-15": day(1.0)}}
    moment = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert MonthCost("2026-11", ledger).forecast(moment) == pytest.approx(2 + 0.2 + 9 * 0.2)


def test_on_the_first_day_a_forecast_has_that_day_alone() -> None:
    """What was spent today so far is taken for each day to come."""
    ledger = {"inference": {"2026-11-01": day(0.1)}}
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert MonthCost("2026-11", ledger).forecast(moment) == pytest.approx(3.0)
    assert MonthCost("2026-11", {}).forecast(moment) == 0


def test_training_goes_on_at_its_pace_of_thirty_days() -> None:
    """A run this morning is not taken for one each day."""
    runs = (run("2026-10-20T00:00:00.000Z", 2.0), run("2026-11-03T08:00:00.000Z", 1.0),
            run("2026-09-01T00:00:00.000Z", 50.0))  # fmt: skip
    moment = datetime(2026, 11, 3, 12, tzinfo=UTC)
    assert MonthCost("2026-11", {}, runs).forecast(moment) == pytest.approx(1 + 27 * 3 / 30)


def test_a_model_cost_what_its_run_did() -> None:
    """Runs without a model, or without a bill, have no row."""
    runs = [run("a", 0.5, 3), run("b", 0.4), run("c", None, 4)]
    assert per_model(runs) == {3: 0.5}
