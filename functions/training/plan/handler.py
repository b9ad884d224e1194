"""First state of the training workflow: what the job will be, or why there will be none."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tidemill.aws import DynamoTable, EventBridgeBus, S3Store, client
from tidemill.records import RunRequest
from tidemill.registry import Registry
from tidemill.settings import PlanSettings
from training.plan.plan import plan


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    settings = PlanSettings.from_env()
    job = plan(
        RunRequest.model_validate(event),
        registry=Registry(DynamoTable(client("dynamodb"), settings.registry_table)),
        store=S3Store(client("s3")),
        bus=EventBridgeBus(client("events"), settings.bus),
        models=f"s3://{settings.models_bucket}",
        stage=settings.stage,
        region=settings.region,
    )
    return job.model_dump(mode="json")
