"""The ports of ingestion, made of this account's clients."""

from functools import cache

from ingestion.ingest.tools import MIB, Limits, Tools
from tidemill.aws import DynamoTable, EventBridgeBus, KmsKeys, S3Store, StateMachine, client
from tidemill.registry import Registry
from tidemill.settings import IngestSettings, StepSettings


def wire(settings: StepSettings) -> Tools:
    """What the settings name; with a workflow where they name one."""
    workflow = None
    if isinstance(settings, IngestSettings):
        workflow = StateMachine(client("stepfunctions"), settings.workflow)
    return Tools(
        registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        store=S3Store(client("s3")),
        bus=EventBridgeBus(client("events"), settings.bus),
        keys=_keys(settings.pseudonym_key),
        data=f"s3://{settings.data_bucket}",
        limits=Limits(
            parts_above=settings.parts_above_mb * MIB,
            part=settings.part_mb * MIB,
            job_above=settings.job_above_mb * MIB,
        ),
        workflow=workflow,
    )


@cache
def _keys(key_id: str) -> KmsKeys:
    """One for the life of the process: it remembers what it has derived."""
    return KmsKeys(client("kms"), key_id)
