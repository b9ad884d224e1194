"""New rows were seen, in a drop or in captured predictions: compare them with the baseline."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from monitoring.watch.baseline import Baseline
from monitoring.watch.drift import Drift
from monitoring.watch.season import Seasons
from monitoring.watch.watch import Watcher
from tidemill import metrics
from tidemill.aws import DynamoTable, EventBridgeBus, S3Store, client
from tidemill.events import DropRecorded
from tidemill.landing import LandedObject, message_body
from tidemill.registry import Registry
from tidemill.settings import WatchSettings
from tidemill_tabular.captured import read_object

processor = BatchProcessor(event_type=EventType.SQS)
baselines: dict[str, Baseline] = {}
seasons: dict[str, Seasons | None] = {}


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _watch, processor, context)


def _watch(record: SQSRecord) -> None:
    settings = WatchSettings.from_env()
    store = S3Store(client("s3"))
    watcher = Watcher(
        registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        store=store,
        bus=EventBridgeBus(client("events"), settings.bus),
        folder=f"s3://{settings.capture_bucket}",
        baselines=baselines,
        seasons=seasons,
    )
    body = message_body(record.raw_event)
    if body["detail-type"] == DropRecorded.__name__:
        found = watcher.see_drop(DropRecorded.from_event(body))
    else:
        landed = LandedObject.from_event(body)
        found = watcher.see_predictions(landed.uri, read_object(landed, store))
    for pipeline, drift in found:
        _record(pipeline, drift, settings.stage)


def _record(pipeline: str, drift: Drift, stage: str) -> None:
    """Each metric costs by the hour in which it has a value: a calm window has but one."""
    metrics.record({"DriftScore": drift.score}, stage=None, Pipeline=pipeline)
    if drift.drifted:
        found = {"DriftedFeatures": len(drift.drifted)}
        metrics.record(found, stage=stage, Pipeline=pipeline)
    for feature in drift.scores.keys() & set(drift.drifted):
        score = {"DriftScore": drift.scores[feature]}
        metrics.record(score, stage=None, Pipeline=pipeline, Feature=feature)
