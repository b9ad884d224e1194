"""The edge: the ports of this package, made of boto3 clients."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from itertools import batched
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tidemill.errors import StaleWriteError
from tidemill.events import Event
from tidemill.multipart import ObjectWriter
from tidemill.pseudonyms import derivation
from tidemill.store import Span, parse_uri
from tidemill.table import Item

if TYPE_CHECKING:  # the stubs are not shipped to Lambda
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_stepfunctions.client import SFNClient

RETRIES = Config(retries={"mode": "standard", "max_attempts": 5})
MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "404"})
CHANGED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"})


@cache
def client(service: str) -> Any:  # noqa: ANN401 - each caller names its client's type
    """One client per service and process; made when first needed, never at import."""
    return boto3.client(cast("Any", service), config=RETRIES)


class S3Store:
    """A store over S3."""

    def __init__(self, s3: S3Client) -> None:
        self._s3 = s3

    def open(self, uri: str, version: str | None = None, span: Span | None = None) -> BinaryIO:
        bucket, key = parse_uri(uri)
        if span and span[0] >= span[1]:
            return BytesIO()
        part: dict[str, Any] = {"Range": f"bytes={span[0]}-{span[1] - 1}"} if span else {}
        try:
            answer = self._s3.get_object(Bucket=bucket, Key=key, **part, **_version(version))
        except ClientError as fault:
            if fault.response["Error"]["Code"] == "InvalidRange":
                return BytesIO()
            raise _not_found(fault, uri) from fault
        return cast("BinaryIO", answer["Body"])

    def size(self, uri: str, version: str | None = None) -> int:
        return int(self._head(uri, version)["ContentLength"])

    def read(self, uri: str, version: str | None = None) -> bytes:
        with self.open(uri, version) as body:
            return body.read()

    def write(self, uri: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        bucket, key = parse_uri(uri)
        self._s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)

    def upload(self, path: str, uri: str) -> None:
        bucket, key = parse_uri(uri)
        self._s3.upload_file(path, bucket, key)

    @contextmanager
    def create(
        self, uri: str, content_type: str, metadata: Mapping[str, str]
    ) -> Iterator[BinaryIO]:
        bucket, key = parse_uri(uri)
        headers = {"ContentType": content_type, "Metadata": dict(metadata)}
        writer = ObjectWriter(self._s3, bucket, key, **headers)
        try:
            yield cast("BinaryIO", writer)
            writer.publish()
        except BaseException:
            writer.discard()
            raise

    def copy(self, source: str, target: str) -> None:
        (from_bucket, from_key), (bucket, key) = parse_uri(source), parse_uri(target)
        try:
            self._s3.copy({"Bucket": from_bucket, "Key": from_key}, bucket, key)
        except ClientError as fault:
            raise _not_found(fault, source) from fault

    def metadata(self, uri: str, version: str | None = None) -> dict[str, str]:
        found: dict[str, str] = self._head(uri, version)["Metadata"]
        return found

    def list(self, prefix: str, after: str = "") -> Iterable[str]:
        bucket, start = parse_uri(prefix)
        behind: dict[str, Any] = {"StartAfter": parse_uri(after)[1]} if after else {}
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=start, **behind
        )
        for page in pages:
            yield from (f"s3://{bucket}/{found['Key']}" for found in page.get("Contents", []))

    def tag(self, uri: str) -> str:
        return str(self._head(uri, None)["ETag"])

    def replace(self, uri: str, body: bytes, tag: str, metadata: Mapping[str, str]) -> bool:
        bucket, key = parse_uri(uri)
        try:
            self._s3.put_object(
                Bucket=bucket, Key=key, Body=body, IfMatch=tag, Metadata=dict(metadata)
            )
        except ClientError as fault:
            if fault.response["Error"]["Code"] in CHANGED:
                return False
            raise
        return True

    def delete_versions(self, prefix: str, *, but_newest: bool = False) -> int:
        bucket, start = parse_uri(prefix)
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=start)
        deleted = 0
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            doomed = [each for each in found if not (but_newest and each["IsLatest"])]
            objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in doomed]
            if objects:
                request: Any = {"Objects": objects, "Quiet": True}
                kept = self._s3.delete_objects(Bucket=bucket, Delete=request)
                if kept.get("Errors"):
                    raise RuntimeError(f"versions were not deleted: {kept['Errors'][0]}")
            deleted += len(objects)
        return deleted

    def _head(self, uri: str, version: str | None) -> Any:  # noqa: ANN401 - S3's answer
        bucket, key = parse_uri(uri)
        try:
            return self._s3.head_object(Bucket=bucket, Key=key, **_version(version))
        except ClientError as fault:
            raise _not_found(fault, uri) from fault


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


class EventBridgeBus:
    """An event bus over EventBridge."""

    LIMIT = 10

    def __init__(self, events: EventBridgeClient, name: str) -> None:
        self._events = events
        self._name = name

    def publish(self, *events: Event) -> None:
        for batch in batched(events, self.LIMIT, strict=False):
            entries = [event.to_entry(self._name) for event in batch]
            answer = self._events.put_events(Entries=cast("Any", entries))
            if answer["FailedEntryCount"]:
                raise RuntimeError(f"EventBridge refused events: {answer['Entries']}")


class SqsQueue:
    """A queue over SQS."""

    LIMIT = 10

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url

    def send(self, *bodies: str) -> None:
        for batch in batched(bodies, self.LIMIT, strict=False):
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(batch)]
            answer = self._sqs.send_message_batch(QueueUrl=self._url, Entries=cast("Any", entries))
            if answer.get("Failed"):
                raise RuntimeError(f"SQS refused messages: {answer['Failed']}")


class StateMachine:
    """A workflow over Step Functions."""

    def __init__(self, stepfunctions: SFNClient, arn: str) -> None:
        self._stepfunctions = stepfunctions
        self._arn = arn

    def start(self, name: str, document: dict[str, Any]) -> bool:
        try:
            self._stepfunctions.start_execution(
                stateMachineArn=self._arn, name=name, input=json.dumps(document)
            )
        except self._stepfunctions.exceptions.ExecutionAlreadyExists:
            return False
        return True


class KmsKeys:
    """Keys of pipelines, derived by an HMAC key of KMS that never leaves it.

    A derived key is held in memory for an hour at most, and nowhere else.
    """

    SECONDS = 3600.0

    def __init__(
        self,
        kms: Any,  # noqa: ANN401 - a boto3 client
        key_id: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kms = kms
        self._key_id = key_id
        self._clock = clock
        self._held: dict[bytes, tuple[float, bytes]] = {}

    def key(self, pipeline: str, number: int) -> bytes:
        message = derivation(pipeline, number)
        ends, key = self._held.get(message, (0.0, b""))
        if self._clock() >= ends or not key:
            answer = self._kms.generate_mac(
                KeyId=self._key_id, Message=message, MacAlgorithm="HMAC_SHA_256"
            )
            key = answer["Mac"]
            self._held[message] = (self._clock() + self.SECONDS, key)
        return key


def _item(raw: Any) -> Item:  # noqa: ANN401 - DynamoDB's attribute map
    deflated = "deflated" in raw
    text = zlib.decompress(raw["deflated"]["B"]) if deflated else raw["document"]["S"]
    return Item(raw["record"]["S"], json.loads(text), int(raw["revision"]["N"]))


def _version(version: str | None) -> dict[str, Any]:
    return {"VersionId": version} if version else {}


def _not_found(fault: ClientError, uri: str) -> Exception:
    return FileNotFoundError(uri) if fault.response["Error"]["Code"] in MISSING else fault
