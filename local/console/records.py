"""What the registry remembers, as documents."""

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

type Client = Callable[[str], Any]
type Document = dict[str, Any]

DIRECTORY = "_pipelines"
STAGE = "_stage"


class Records:
    """Reads the registry's table: never writes, and knows a record by its name alone."""

    def __init__(self, client: Client, table: str) -> None:
        self._client = client
        self._table = table

    def pipelines(self) -> list[str]:
        """The names of all pipelines that ever had a contract."""
        return [name for name, _ in self._query(DIRECTORY, " ")]

    def of(self, pipeline: str, prefix: str) -> dict[str, Document]:
        """The pipeline's records whose names start so, by what follows, in the order of names."""
        if not pipeline:
            return {}
        found = self._query(pipeline, prefix)
        return {name.removeprefix(prefix): document for name, document in found}

    def one(self, pipeline: str, record: str) -> Document:
        """A single record; empty where there is none."""
        return self.of(pipeline, record).get("", {})

    def _query(self, pipeline: str, prefix: str) -> Iterator[tuple[str, Document]]:
        condition = "begins_with(#record, :prefix)" if prefix.strip() else "#record >= :prefix"
        pages = (
            self._client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=self._table,
                KeyConditionExpression=f"#pipeline = :pipeline AND {condition}",
                ExpressionAttributeNames={"#pipeline": "pipeline", "#record": "record"},
                ExpressionAttributeValues={":pipeline": {"S": pipeline}, ":prefix": {"S": prefix}},
            )
        )
        for page in pages:
            for item in page["Items"]:
                yield item["record"]["S"], _document(item)


def _document(item: Document) -> Document:
    """Long documents are deflated: an item holds 400 KB."""
    deflated = item.get("deflated")
    text = zlib.decompress(deflated["B"]) if deflated else item["document"]["S"]
    document: Document = json.loads(text)
    return document
