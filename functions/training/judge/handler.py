"""A job delivered a model: unpack it and say whether it may serve."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tidemill.aws import DynamoTable, S3Store, client
from tidemill.registry import Registry
from tidemill.settings import JudgeSettings
from training.judge.judge import judge
from training.judge.unpack import unpack


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    settings = JudgeSettings.from_env()
    registry = Registry(DynamoTable(client("dynamodb"), settings.registry_table))
    base = f"s3://{settings.models_bucket}/models/{event['pipeline']}/{event['run']}"
    model = unpack(event["model_uri"], base, S3Store(client("s3")))
    verdict = judge(model.evaluation, registry.contract(event["pipeline"]).gate)
    return {
        **model.to_payload(),
        "verdict": verdict.model_dump(mode="json"),
        "summary": "; ".join(verdict.reasons)[:1000],
    }
