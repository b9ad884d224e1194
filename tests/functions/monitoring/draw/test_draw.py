"""The dashboard of a pipeline, drawn in a simulated account."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from monitoring.draw.draw import draw
from monitoring.draw.handler import handler
from tests.functions.conftest import in_queue
from tidemill import aws
from tidemill.settings import DrawSettings


@pytest.fixture
def cloudwatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in DrawSettings(stage="dev", region="us-east-1").to_env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        aws.client.cache_clear()
        yield boto3.client("cloudwatch")
        aws.client.cache_clear()


def names(cloudwatch: Any) -> list[str]:  # noqa: ANN401 - boto3's
    entries = cloudwatch.list_dashboards()["DashboardEntries"]
    return [entry["DashboardName"] for entry in entries]


def test_an_accepted_contract_gets_its_pipeline_a_dashboard(cloudwatch: Any) -> None:  # noqa: ANN401
    """One, however often the event comes."""
    event = {
        "source": "tidemill",
        "detail-type": "ContractAccepted",
        "detail": {"pipeline": "abalone", "contract_version": "1"},
    }
    for _ in range(2):
        answer = handler(in_queue(event), LambdaContext())
        assert answer == {"batchItemFailures": []}
    assert names(cloudwatch) == ["Tidemill-dev-abalone"]
    body = json.loads(
        cloudwatch.get_dashboard(DashboardName="Tidemill-dev-abalone")["DashboardBody"]
    )
    assert "abalone" in str(body["widgets"])


class Refusing:
    """CloudWatch, where it does not understand a dashboard."""

    def put_dashboard(self, **_: str) -> dict[str, Any]:
        return {"DashboardValidationMessages": [{"Message": "no such region"}]}


def test_a_dashboard_that_is_not_understood_is_a_fault() -> None:
    """The message waits, and somebody is told: nothing is silently missing."""
    with pytest.raises(RuntimeError, match=r"Tidemill-dev-abalone: .*no such region"):
        draw("abalone", stage="dev", region="nowhere", cloudwatch=Refusing())
