"""Outcomes over HTTP, from the request to the object that is kept."""

import json
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference.observe.handler import _registry, handler
from tests.functions.conftest import Account, load_event
from tidemill.contract import parse_contract

CONTRACT = """
pipeline: shells
target: rings
sources: {rows: {columns: {length: {type: float}, rings: {type: int}}}}
"""


def tell(body: Any, pipeline: str = "shells") -> tuple[int, dict[str, Any]]:  # noqa: ANN401 - any JSON
    path = f"/pipelines/{pipeline}/outcomes"
    event = load_event("api_gateway_request")
    event |= {"path": path, "httpMethod": "POST", "body": json.dumps(body)}
    answer = handler(event, LambdaContext())
    return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def told(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account with a pipeline, and a bucket for captures."""
    _registry.cache_clear()
    account.s3.create_bucket(Bucket="capture")
    monkeypatch.setenv("TIDEMILL_CAPTURE_BUCKET", "capture")
    account.registry.put_contract(parse_contract(CONTRACT))
    return account


def test_outcomes_are_kept(told: Account) -> None:
    """A line each, under the pipeline's own folder; the answer tells how many."""
    outcomes = [{"id": "a", "value": 3}, {"id": "b", "value": 4}]
    assert tell({"outcomes": outcomes}) == (202, {"pipeline": "shells", "taken": 2})
    (found,) = told.s3.list_objects_v2(Bucket="capture", Prefix="outcomes/shells/")["Contents"]
    body = told.s3.get_object(Bucket="capture", Key=found["Key"])["Body"].read()
    assert [json.loads(line)["value"] for line in body.splitlines()] == ["3", "4"]


@pytest.mark.parametrize(
    ("body", "pipeline", "status"),
    [
        ({"outcomes": [{"id": "a", "value": "many"}]}, "shells", 422),
        ({"outcomes": []}, "shells", 400),
        ({"outcomes": [{"id": "a", "value": 1}] * 10_001}, "shells", 413),
        ({"outcomes": [{"id": "a", "value": 1}]}, "nobodys", 404),
    ],
)
def test_what_cannot_be_taken_is_a_problem(
    told: Account,
    body: Any,  # noqa: ANN401 - any JSON
    pipeline: str,
    status: int,
) -> None:
    """By its status, and nothing is kept."""
    assert tell(body, pipeline)[0] == status
    assert "Contents" not in told.s3.list_objects_v2(Bucket="capture")
