"""A job delivered a model: unpack it and say whether it may serve."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from tidemill.aws import DynamoTable, S3Store, client
from tidemill.registry import Registry
from tidemill.settings import JudgeSettings
from training.judge.describe import describe
from training.judge.judge import judge
from training.judge.lineage import Making
from training.judge.seen import seen_by_champion
from training.judge.unpack import unpack


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    settings = JudgeSettings.from_env()
    registry = Registry(DynamoTable(client("dynamodb"), settings.registry_table))
    store = S3Store(client("s3"))
    made = settings.model_dump(include={"code_version", "dependency_lock"})
    making = Making.model_validate(event | made)
    model = unpack(event["model_uri"], making.base(settings.models_bucket), store)
    dataset = registry.dataset(making.pipeline, making.dataset_version)
    seen = seen_by_champion(model.evaluation, making.pipeline, dataset, registry)
    verdict = judge(model.evaluation, registry.contract(making.pipeline).gate, seen)
    return describe(model, verdict, making, dataset, store)
