"""What SageMaker ran is billed by the hour, or by its work."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from monitoring.bill.hosts import Endpoint
from monitoring.bill.meter import Query
from tests.functions.monitoring.bill.conftest import Stage
from tidemill.costs import STAGE

DAY = date(2026, 11, 3)


def usd(stage: Stage, pipeline: str) -> dict[str, float]:
    return stage.registry.month_cost(pipeline, "2026-11").by_room


def test_processing_jobs_are_billed_by_the_hour(stage: Stage) -> None:
    """The part of each that lies in the day, to the pipeline of its tags."""
    stage.sagemaker = {
        "list_processing_jobs": {
            "ProcessingJobSummaries": [{"ProcessingJobName": "j", "ProcessingJobArn": "arn"}]
        },
        "describe_processing_job": {
            "ProcessingStartTime": datetime(2026, 11, 2, 22, tzinfo=UTC),
            "ProcessingEndTime": datetime(2026, 11, 3, 3, tzinfo=UTC),
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2}
            },
        },
        "list_tags": {"Tags": [{"Key": "Pipeline", "Value": "pears"}]},
    }
    stage.biller().bill(DAY)
    assert usd(stage, "pears") == {"ingestion": pytest.approx(3 * 2 * 0.23)}
    stage.biller().bill(date(2026, 11, 2))
    assert usd(stage, "pears") == {"ingestion": pytest.approx(5 * 2 * 0.23)}


def test_an_endpoint_is_billed_while_it_stands(stage: Stage) -> None:
    """By instance and hour, to those it answers; to nobody while it answers none."""
    stage.sagemaker = {
        "describe_endpoint": {
            "CreationTime": datetime(2026, 11, 3, 18, tzinfo=UTC),
            "ProductionVariants": [{"CurrentInstanceCount": 2}],
        }
    }
    biller = replace(stage.biller(), endpoint=Endpoint("tidemill-dev", "ml.c6g.large"))
    biller.bill(DAY)
    assert usd(stage, STAGE) == {"inference": pytest.approx(6 * 2 * 0.0816)}
    stage.figures = {("Predictions", "shells"): 1.0}
    replace(stage.biller(), endpoint=Endpoint("tidemill-dev", "ml.c6g.large")).bill(DAY)
    assert usd(stage, "shells") == {"inference": pytest.approx(6 * 2 * 0.0816)}


def test_an_endpoint_without_servers_is_billed_by_its_work(stage: Stage) -> None:
    """The model's seconds, by the memory it has; that of other endpoints is not ours."""
    stage.figures = {
        ("Predictions", "shells"): 1000.0,
        ("ModelLatency", "tidemill-dev"): 5e6,
        ("ModelLatency", "orders"): 5e6,
    }
    stage.known = [
        Query("AWS/SageMaker", "ModelLatency", {"EndpointName": name, "VariantName": "all"})
        for name in ("tidemill-dev", "orders")
    ]
    replace(stage.biller(), endpoint=Endpoint("tidemill-dev", "serverless", 2)).bill(DAY)
    cost = stage.registry.month_cost("shells", "2026-11")
    assert cost.usd == pytest.approx(10 * 2e-5)
    assert cost.per_1000_predictions == pytest.approx(10 * 2e-5)
