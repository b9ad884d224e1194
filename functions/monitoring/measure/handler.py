"""Predictions were captured, or outcomes told: join the two, and measure how good answers were."""

from collections.abc import Iterable, Sequence
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from monitoring.measure.estimating import Estimated, Known
from monitoring.measure.files import read_file
from monitoring.measure.measure import Measurer, Realised, Taken
from tidemill import metrics
from tidemill.aws import DynamoTable, EventBridgeBus, S3Store, client
from tidemill.landing import LandedObject, message_body
from tidemill.records import DropRecord
from tidemill.registry import Registry
from tidemill.settings import MeasureSettings
from tidemill_tabular.captured import read_object

processor = BatchProcessor(event_type=EventType.SQS)
TOLD = "outcomes/"
known: dict[str, Known] = {}


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _measure, processor, context)


def _measure(record: SQSRecord) -> None:
    settings = MeasureSettings.from_env()
    store = S3Store(client("s3"))
    registry = Registry(DynamoTable(client("dynamodb"), settings.registry_table))
    bus = EventBridgeBus(client("events"), settings.bus)
    measurer = Measurer(registry, store, bus, f"s3://{settings.capture_bucket}", known)
    landed = LandedObject.from_event(message_body(record.raw_event))
    found: Sequence[Realised | Estimated]
    if landed.bucket != settings.capture_bucket:
        found = _take_file(landed, measurer)
    elif landed.key.startswith(TOLD):
        found = measurer.see_outcomes(landed.uri, read_object(landed, store))
    else:
        found = measurer.see_predictions(landed.uri, read_object(landed, store))
    _record(found, settings.stage)


def _take_file(landed: LandedObject, measurer: Measurer) -> Sequence[Realised]:
    """Join a file's outcomes and record it; once recorded, only a newer version is read again."""
    if not landed.is_outcomes:
        return []
    registry = measurer.registry
    name = landed.identity
    if registry.drop(landed.pipeline, name) is not None:
        return []
    contract = registry.contract_in_force(landed.pipeline)
    file = read_file(landed, contract, registry, measurer.store)
    taken = measurer.take(landed.pipeline, name, file.outcomes) if file.outcomes else Taken()
    registry.put_drop(_joined(file.record, taken))
    return taken.found


def _joined(record: DropRecord, taken: Taken) -> DropRecord:
    """The record, with how many of its outcomes found their prediction so far."""
    if not taken.told:
        return record
    said = f"{taken.joined:,} of {taken.told:,} outcomes found a prediction so far"
    return record.model_copy(update={"reasons": (said, *record.reasons)})


def _record(found: Iterable[Realised | Estimated], stage: str) -> None:
    for each in found:
        if each.broken:
            metrics.record({"QualityBroken": 1.0}, stage=stage, Pipeline=each.pipeline)
        if isinstance(each, Estimated):
            metrics.record({"EstimatedQuality": each.value}, stage=None, Pipeline=each.pipeline)
            continue
        for score in each.day["scores"]:
            if score["slice"] is None:
                value, variant = {"RealizedQuality": score["value"]}, score["variant"] or "champion"
                metrics.record(value, stage=None, Pipeline=each.pipeline, Variant=variant)
                if variant == "champion":
                    metrics.record(value, stage=None, Pipeline=each.pipeline)
