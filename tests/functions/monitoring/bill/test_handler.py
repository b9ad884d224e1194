"""The bill as it is called, against a simulated account."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from monitoring.bill.handler import handler
from tests.functions.conftest import Account
from tests.functions.monitoring.bill.conftest import CONTRACT
from tidemill.aws import client
from tidemill.contract import parse_contract
from tidemill.costs import STAGE, CostLine, DayCost
from tidemill.settings import BillSettings


@pytest.fixture
def billed(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    settings = BillSettings(
        stage="dev", region="us-east-1", registry_table="registry", bus="bus", keys=4
    )
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    account.registry.put_contract(parse_contract(CONTRACT.format(name="shells")))
    client("cloudwatch").put_metric_alarm(
        AlarmName="Tidemill-dev-A",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        MetricName="M",
        Namespace="N",
        Period=300,
        Statistic="Sum",
    )
    boto3.client("cloudwatch").put_metric_data(
        Namespace="Tidemill",
        MetricData=[
            {
                "MetricName": "Predictions",
                "Dimensions": [{"Name": "Pipeline", "Value": "shells"}],
                "Timestamp": datetime.now(UTC),
                "Value": 3,
            }
        ],
    )
    return account


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = capsys.readouterr().out.splitlines()
    return [json.loads(line) for line in lines if '"_aws"' in line]


def test_a_call_bills_three_days_and_tells_the_metrics(
    billed: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the stage and of each pipeline; what was used is found as the services list it."""
    answer = handler({}, None)  # type: ignore[arg-type]
    today = datetime.now(UTC).date().isoformat()
    assert (len(answer["days"]), answer["days"][-1]) == (3, today)
    month = billed.registry.month_cost(STAGE, today[:7])
    assert {"storage", "monitoring"} <= set(month.by_room)
    assert billed.registry.month_cost("shells", today[:7]).by_room["inference"] > 0
    lines = told(capsys)
    stages = [line for line in lines if "Pipeline" not in line]
    assert stages[0]["MonthToDateCostUSD"] == [answer["MonthToDateCostUSD"]]
    assert any("BudgetUsedPercent" in line and line["Pipeline"] == "shells" for line in lines)


def test_days_can_be_named(billed: Account) -> None:
    """And nothing else can: a misspelt wish is refused."""
    today = datetime.now(UTC).date().isoformat()
    assert handler({"days": [today]}, None)["days"] == [today]  # type: ignore[arg-type]
    assert list(billed.registry.month_cost(STAGE, today[:7]).ledger["storage"]) == [today]
    with pytest.raises(ValidationError, match="day"):
        handler({"day": "2026-10-30"}, None)  # type: ignore[arg-type]


def test_what_is_idle_is_told_and_kept(billed: Account) -> None:
    """On the bus, and as the newest report; nothing is said where nothing is."""
    handler({"days": ["2026-10-30"], "idle": True}, None)  # type: ignore[arg-type]
    assert billed.received() == []
    yesterday = datetime.fromtimestamp(datetime.now(UTC).timestamp() - 86_400, UTC)
    unit = "lambda_provisioned_gb_second_arm64"
    ready = CostLine(unit=unit, resource="kept ready", quantity=1, usd=0.3)
    day = yesterday.date().isoformat()
    billed.registry.put_day_cost(STAGE, "inference", day, DayCost(lines=(ready,)))
    handler({"days": ["2026-10-30"], "idle": True}, None)  # type: ignore[arg-type]
    (event,) = billed.received()
    assert event["detail-type"] == "IdleResourcesFound"
    report = billed.registry.cost_report("idle")
    assert report is not None
    assert report["findings"] == event["detail"]["findings"]
    assert report["usd_per_month"] == pytest.approx(1.29)
