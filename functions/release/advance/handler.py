"""A step of a release, or news that its workflow ended without one."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from release.advance.advance import Advancer, Ended, Request
from tidemill import metrics
from tidemill.aws import DynamoTable, client
from tidemill.landing import message_body
from tidemill.registry import Registry
from tidemill.settings import AdvanceSettings


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    settings = AdvanceSettings.from_env()
    advancer = Advancer(Registry(DynamoTable(client("dynamodb"), settings.registry_table)))
    for message in event.get("Records", []):
        ended = Ended.from_event(message_body(message))
        advancer.settle(ended, f"tidemill-{settings.stage}-")
    if "Records" in event:
        return {}
    steps = {
        "begin": advancer.begin,
        "advance": advancer.advance,
        "promote": advancer.promote,
        "roll_back": advancer.roll_back,
    }
    standing = steps[event["step"]](Request.model_validate(event))
    if standing.taken_back:
        taken = {"ReleasesRolledBack": 1}
        metrics.record(taken, stage=settings.stage, Pipeline=standing.pipeline)
    return standing.model_dump()
