"""The few operations of AWS that stand between a request and its answer, without an SDK.

Each class is the part of a port of this package that answering needs.
"""

import json
import zlib
from base64 import b64decode, b64encode
from functools import cache
from typing import Any

from tidemill.connection import Answer
from tidemill.errors import ServiceError
from tidemill.signed import Patience, Service, address
from tidemill.signing import ALGORITHM
from tidemill.store import parse_uri
from tidemill.table import Item

GONE = 404
PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
IMPATIENT = Patience(seconds=2.0, attempts=1)


class DirectTable:
    """Documents of the registry, as `DynamoTable` writes them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._service = Service("dynamodb")

    def get(self, pipeline: str, record: str) -> Item | None:
        """The newest revision, read consistently; ServiceError."""
        if not 0 < len(pipeline.encode()) <= 2_048:
            return None
        request = {
            "TableName": self._name,
            "Key": {"pipeline": {"S": pipeline}, "record": {"S": record}},
            "ConsistentRead": True,
        }
        found = _ask(self._service, "DynamoDB_20120810.GetItem", request).get("Item")
        if not found:
            return None
        deflated = found.get("deflated")
        text = zlib.decompress(b64decode(deflated["B"])) if deflated else found["document"]["S"]
        return Item(record, json.loads(text), int(found["revision"]["N"]))


class DirectStore:
    """Objects of S3."""

    def read(self, uri: str) -> bytes:
        """The object; FileNotFoundError where there is none, ServiceError."""
        bucket, key = parse_uri(uri)
        path = f"/{_escaped(key)}"
        hosted = "." not in bucket and not _endpoint_is_named()
        service = objects_service(bucket if hosted else None)
        answer = service.call("GET", path if hosted else f"/{bucket}{path}", b"", {})
        if answer.status == GONE:
            raise FileNotFoundError(uri)
        if answer.status != 200:
            raise ServiceError(f"s3 does not give {uri}: {_reason(answer)}")
        return answer.body


class DirectStream:
    """Records to Firehose, with little patience."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._service = Service("firehose", patience=IMPATIENT)

    def put(self, records: list[bytes]) -> list[bytes]:
        """Send records; those that were not taken come back: all, where the call fails."""
        data = [{"Data": b64encode(record).decode()} for record in records]
        request = {"DeliveryStreamName": self._name, "Records": data}
        try:
            answer = _ask(self._service, "Firehose_20150804.PutRecordBatch", request)
        except ServiceError:
            return records
        outcomes = zip(records, answer["RequestResponses"], strict=True)
        return [record for record, outcome in outcomes if outcome.get("ErrorCode")]


class DirectMacs:
    """Message authentication codes, by an HMAC key of KMS that never leaves it."""

    def __init__(self, key_id: str) -> None:
        self._key_id = key_id
        self._service = Service("kms")

    def verify(self, message: bytes, mac: bytes) -> bool:
        """Whether the key made the code of the message; ServiceError."""
        request = {
            "KeyId": self._key_id,
            "Message": b64encode(message).decode(),
            "Mac": b64encode(mac).decode(),
            "MacAlgorithm": ALGORITHM,
        }
        answer = _post(self._service, "TrentService.VerifyMac", request)
        if answer.status == 200:
            return bool(json.loads(answer.body)["MacValid"])
        if b"KMSInvalidMacException" in answer.body:
            return False
        raise ServiceError(f"kms verifies nothing: {_reason(answer)}")


def _escaped(key: str) -> str:
    """A key as a part of an address (RFC 3986)."""
    return "".join(chr(byte) if byte in PLAIN else f"%{byte:02X}" for byte in key.encode())


def _ask(service: Service, target: str, request: dict[str, Any]) -> dict[str, Any]:
    answer = _post(service, target, request)
    if answer.status != 200:
        raise ServiceError(f"{target} was refused: {_reason(answer)}")
    document: dict[str, Any] = json.loads(answer.body)
    return document


def _post(service: Service, target: str, request: dict[str, Any]) -> Answer:
    version = "1.0" if target.startswith("DynamoDB") else "1.1"
    headers = {"content-type": f"application/x-amz-json-{version}", "x-amz-target": target}
    return service.call("POST", "/", json.dumps(request).encode(), headers)


def _reason(answer: Answer) -> str:
    return f"{answer.status} {answer.body[:300].decode(errors='replace')}"


def _endpoint_is_named() -> bool:
    return address("s3", "r") != "https://s3.r.amazonaws.com"


@cache
def objects_service(bucket: str | None) -> Service:
    """S3 under a bucket's own host, or under that of all."""
    return Service("s3", host=bucket, patience=Patience(seconds=10.0))
