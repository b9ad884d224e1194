"""A data file landed: check it against the contract and record what became of it."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.ingest.ingest import ingest
from tidemill import metrics
from tidemill.aws import DynamoTable, EventBridgeBus, S3Store, client
from tidemill.landing import LandedObject, message_body
from tidemill.registry import Registry
from tidemill.settings import IngestSettings

processor = BatchProcessor(event_type=EventType.SQS)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    return process_partial_response(event, _ingest, processor, context)


def _ingest(record: SQSRecord) -> None:
    settings = IngestSettings.from_env()
    drop = ingest(
        LandedObject.from_event(message_body(record.raw_event)),
        registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        store=S3Store(client("s3")),
        bus=EventBridgeBus(client("events"), settings.bus),
        data=f"s3://{settings.data_bucket}",
    )
    counts = {
        "RowsAccepted": drop.rows.accepted,
        "RowsQuarantined": drop.rows.quarantined,
        "DropsQuarantined": int(drop.state in {"quarantined", "rejected"}),
    }
    metrics.record(counts, stage=settings.stage, Pipeline=drop.pipeline)
