"""Records in DynamoDB."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tidemill.errors import StaleWriteError
from tidemill.table import Item

if TYPE_CHECKING:  # the stubs are not shipped to Lambda
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoTable:
    """A registry table over DynamoDB: keys `pipeline` and `record`, documents as JSON text.

    An item holds 400 KB, so a long document is deflated.
    """

    LONG = 32_000
    LONGEST_KEY = 2_048

    def __init__(self, dynamodb: DynamoDBClient, name: str) -> None:
        self._dynamodb = dynamodb
        self._name = name

    def get(self, pipeline: str, record: str) -> Item | None:
        if not self._may_be_key(pipeline):
            return None
        key = {"pipeline": {"S": pipeline}, "record": {"S": record}}
        answer = self._dynamodb.get_item(TableName=self._name, Key=key, ConsistentRead=True)
        return _item(answer["Item"]) if "Item" in answer else None

    def put(self, pipeline: str, record: str, document: dict[str, Any], *, expect: int) -> None:
        item = {
            "pipeline": {"S": pipeline},
            "record": {"S": record},
            **self._pack(json.dumps(document)),
            "revision": {"N": str(expect + 1)},
        }
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(revision)"}
        if expect:
            condition = {
                "ConditionExpression": "revision = :expected",
                "ExpressionAttributeValues": {":expected": {"N": str(expect)}},
            }
        try:
            self._dynamodb.put_item(TableName=self._name, Item=item, **condition)
        except ClientError as fault:
            if fault.response["Error"]["Code"] == "ConditionalCheckFailedException":
                raise StaleWriteError(f"{pipeline}/{record}: not at revision {expect}") from fault
            raise

    def _pack(self, text: str) -> dict[str, Any]:
        if len(text) <= self.LONG:
            return {"document": {"S": text}}
        return {"deflated": {"B": zlib.compress(text.encode())}}

    def _may_be_key(self, pipeline: str) -> bool:
        """Whether DynamoDB takes it: what a caller asks for may be anything."""
        return 0 < len(pipeline.encode()) <= self.LONGEST_KEY

    def query(self, pipeline: str, prefix: str) -> Iterable[Item]:
        if not self._may_be_key(pipeline):
            return
        condition = "#pipeline = :pipeline AND #record >= :first"
        values = {":pipeline": {"S": pipeline}, ":first": {"S": " "}}
        if prefix:
            condition = "#pipeline = :pipeline AND begins_with(#record, :first)"
            values[":first"] = {"S": prefix}
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._name,
            KeyConditionExpression=condition,
            ExpressionAttributeNames={"#pipeline": "pipeline", "#record": "record"},
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        for page in pages:
            yield from map(_item, page["Items"])


def _item(raw: Any) -> Item:  # noqa: ANN401 - DynamoDB's attribute map
    deflated = "deflated" in raw
    text = zlib.decompress(raw["deflated"]["B"]) if deflated else raw["document"]["S"]
    return Item(raw["record"]["S"], json.loads(text), int(raw["revision"]["N"]))
