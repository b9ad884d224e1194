"""What is told of a month: to CloudWatch, beside the bill, and of what is not used."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from monitoring.bill.idle import Week, find_idle
from monitoring.bill.month import of_pipelines, of_stage, watched
from monitoring.bill.reconcile import billed, reconcile
from tests.functions.monitoring.bill.conftest import Scripted, Stage
from tidemill.costs import STAGE, CostLine, DayCost
from tidemill.records import RunRecord
from tidemill.stage_costs import StageMonth

TODAY = date(2026, 11, 9)
NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


def spend(stage: Stage, pipeline: str, unit: str, usd: float, **more: Any) -> None:  # noqa: ANN401
    """The same each whole day of the month so far."""
    line = CostLine(
        unit=unit, resource=more.pop("resource", "r"), quantity=1, usd=usd, answering=bool(more)
    )
    for day in range(1, 9):
        cost = DayCost(lines=(line,), **more)
        stage.registry.put_day_cost(pipeline, "inference", f"2026-11-0{day}", cost)


def test_the_stage_is_the_sum_of_its_pipelines_and_what_is_nobodys(stage: Stage) -> None:
    """So far and forecast; each pipeline by itself, and the highest of what is watched."""
    spend(stage, "shells", "lambda_request", 0.1, predictions=1000)
    spend(stage, STAGE, "kms_key_month", 0.2)
    month = StageMonth.of(stage.registry, NOON)
    assert of_stage(month, NOON) == {
        "MonthToDateCostUSD": pytest.approx(2.4),
        "ForecastCostUSD": pytest.approx(9.0),
    }
    assert dict(of_pipelines(month, NOON))["shells"]["MonthToDateCostUSD"] == pytest.approx(0.8)
    each = dict(watched(month))
    assert each["shells"] == {
        "CostPer1000PredictionsUSD": pytest.approx(0.1),
        "BudgetUsedPercent": pytest.approx(40),
    }
    assert each["pears"] == {"BudgetUsedPercent": 0}


def test_the_bill_is_asked_once_for_the_stages_tags() -> None:
    """By room, over the whole days of the month; on its first day there is none to ask for."""
    group = {"Keys": ["Room$inference"], "Metrics": {"UnblendedCost": {"Amount": "1.25"}}}
    client = Scripted(get_cost_and_usage={"ResultsByTime": [{"Groups": [group]}]})
    assert billed(client, "dev", TODAY) == {"inference": 1.25}
    ((_, request),) = client.asked
    assert request["TimePeriod"] == {"Start": "2026-11-01", "End": "2026-11-09"}
    assert {"Tags": {"Key": "Stage", "Values": ["dev"]}} in request["Filter"]["And"]
    assert billed(client, "dev", TODAY.replace(day=1)) == {}
    assert len(client.asked) == 1


def test_bill_and_ledger_are_compared_over_the_same_days(stage: Stage) -> None:
    """Today is in neither; jobs are training's."""
    spend(stage, "shells", "lambda_request", 0.1)
    today = DayCost(lines=(CostLine(unit="u", resource="r", quantity=1, usd=5),))
    stage.registry.put_day_cost("shells", "inference", TODAY.isoformat(), today)
    run = RunRecord(
        run="r", dataset_version="v", state="completed", started_at="2026-11-02T01", cost_usd=0.5
    )
    stage.registry.claim_run("shells", run)
    found = reconcile({"inference": 1.0}, StageMonth.of(stage.registry, NOON), TODAY)
    assert found["ledger_usd"] == {"inference": pytest.approx(0.8), "training": 0.5}
    assert (found["difference_usd"], found["through"]) == (pytest.approx(-0.3), "2026-11-08")


def test_what_is_paid_for_and_not_used_is_named(stage: Stage) -> None:
    """The dearest first, with what it comes to and what to do; less than a cent is not."""
    spend(stage, STAGE, "lambda_provisioned_gb_second_arm64", 0.3)
    spend(stage, "shells", "ml.c6g.large hour", 2.0, resource="tidemill-dev-shells")
    spend(stage, "pears", "cloudwatch_metric_month", 0.0001)
    first, second = find_idle(Week.of(stage.registry, TODAY))
    assert str(first).startswith(
        "endpoint tidemill-dev-shells, without a prediction in a week: $60"
    )
    assert second.what.startswith("functions kept started")
    assert (second.usd_per_month, second.remedy) == (9.0, "Set provisioned_concurrency to 0.")


def test_what_answers_is_not_idle(stage: Stage) -> None:
    """One prediction in the week is enough."""
    spend(stage, STAGE, "lambda_provisioned_gb_second_arm64", 0.3)
    spend(stage, "shells", "ml.c6g.large hour", 2.0, predictions=1)
    assert find_idle(Week.of(stage.registry, TODAY)) == []
