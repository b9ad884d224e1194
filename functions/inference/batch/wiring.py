"""The ports of batch scoring, made of this account's clients."""

import os
import platform
from functools import cache

from inference.batch.meter import LambdaMeter
from inference.batch.tools import MIB, Limits, Tools
from tidemill.aws import DynamoTable, KmsKeys, S3Store, StateMachine, client
from tidemill.direct import DirectMacs
from tidemill.registry import Registry
from tidemill.settings import BatchSettings, BatchStepSettings


def wire(settings: BatchStepSettings) -> Tools:
    """What the settings name; with a workflow where they name one."""
    workflow = None
    if isinstance(settings, BatchSettings):
        workflow = StateMachine(client("stepfunctions"), settings.workflow)
    return Tools(
        registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        store=S3Store(client("s3")),
        verifier=DirectMacs(settings.signing_key),
        keys=_keys(settings.pseudonym_key),
        data=f"s3://{settings.data_bucket}",
        results=f"s3://{settings.results_bucket}",
        captures=f"s3://{settings.capture_bucket}/predictions/_batch",
        limits=Limits(
            parts_above=settings.parts_above_mb * MIB,
            part=settings.part_mb * MIB,
            whole=settings.job_above_mb * MIB,
        ),
        workflow=workflow,
        meter=LambdaMeter(
            int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024")),
            platform.machine(),
            os.environ.get("AWS_REGION", ""),
        ),
    )


@cache
def _keys(key_id: str) -> KmsKeys:
    """One for the life of the process: it remembers what it has derived."""
    return KmsKeys(client("kms"), key_id)
