"""S3, DynamoDB and EventBridge in memory, behind boto3's own clients: what is asked is counted.

Everything of a call is real but the network, so that a function's work is, and so are the units
that its requests are billed by.
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import md5
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse, HeadersDict

from tidemill import aws

READ_BYTES, WRITTEN_BYTES = 4_096, 1_024
SERVICES = ("s3", "dynamodb", "events")
type Item = dict[str, dict[str, str]]


class _Body(BytesIO):
    """A response's body as urllib3 has it."""

    def stream(self, *_: Any, **__: Any) -> Iterable[bytes]:  # noqa: ANN401 - urllib3's own
        yield self.getvalue()


class Wire:
    """An account of its own; `used` has what was used by the price table's units."""

    def __init__(self) -> None:
        self.used: Counter[str] = Counter()
        self.calls: Counter[str] = Counter()
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.items: dict[tuple[str, str], Item] = {}

    def connect(self) -> None:
        """Have this process's clients ask here, and nowhere else."""
        for service in SERVICES:
            aws.client(service).meta.events.register("before-send", self._answer)

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Lay an object down, uncounted."""
        # What S3 calls a tag is no secret.
        self.objects[f"{bucket}/{key}"] = body, md5(body, usedforsecurity=False).hexdigest()

    def _answer(self, request: Any, **_: Any) -> AWSResponse:  # noqa: ANN401 - botocore's own
        target = request.headers.get("X-Amz-Target")
        if target:
            name = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
            self.calls[name] += 1
            asked = json.loads(request.body)
            status, answer = getattr(self, f"_{name}")(asked)
            return _response(request.url, status, json.dumps(answer).encode())
        return self._object(request)

    def _object(self, request: Any) -> AWSResponse:  # noqa: ANN401 - botocore's own
        url = urlsplit(request.url)
        bucket = (url.hostname or "").partition(".")[0]
        name = f"{bucket}{unquote(url.path)}"
        asked = parse_qs(url.query, keep_blank_values=True)
        if request.method == "PUT":
            self._count("s3_put", "PutObject")
            self.put(bucket, unquote(url.path)[1:], _unchunked(request.body))
            return _response(request.url, 200, b"", ETag=f'"{self.objects[name][1]}"')
        if request.method == "POST":
            self._count("s3_delete", "DeleteObjects")
            for key in _between(request.body.decode(), "<Key>", "</Key>"):
                self.objects.pop(f"{bucket}/{key}", None)
            return _response(request.url, 200, b"<DeleteResult/>")
        if "prefix" in asked:
            kind = "versions" if "versions" in asked else "list"
            self._count("s3_put", kind)
            return _response(request.url, 200, self._listed(bucket, asked["prefix"][0], kind))
        self._count("s3_get", f"{request.method} object")
        return self._read(request, name)

    def _read(self, request: Any, name: str) -> AWSResponse:  # noqa: ANN401 - botocore's own
        if name not in self.objects:
            return _response(request.url, 404, b"<Error><Code>NoSuchKey</Code></Error>")
        body, tag = self.objects[name]
        size, span = len(body), request.headers.get("Range")
        if span:
            text = span.decode() if isinstance(span, bytes) else span
            first, last = (int(part) for part in text.removeprefix("bytes=").split("-"))
            body = body[first : last + 1]
        headers = {"ETag": f'"{tag}"', "Content-Length": str(size if not span else len(body))}
        return _response(request.url, 200, b"" if request.method == "HEAD" else body, **headers)

    def _listed(self, bucket: str, prefix: str, kind: str) -> bytes:
        start = f"{bucket}/{prefix}"
        keys = [name[len(bucket) + 1 :] for name in sorted(self.objects) if name.startswith(start)]
        moment = datetime.now(UTC).isoformat()
        one, tail = ("Version", "<VersionId>1</VersionId><IsLatest>true</IsLatest>")
        if kind == "list":
            one, tail = "Contents", ""
        found = "".join(
            f"<{one}><Key>{escape(key)}</Key><LastModified>{moment}</LastModified>{tail}</{one}>"
            for key in keys
        )
        root = "ListBucketResult" if kind == "list" else "ListVersionsResult"
        return f"<{root}><IsTruncated>false</IsTruncated>{found}</{root}>".encode()

    def _GetItem(self, asked: dict[str, Any]) -> tuple[int, Any]:  # noqa: N802 - AWS's name
        item = self.items.get(_key(asked["Key"]))
        self.used["dynamodb_read"] += _units(item or {}, READ_BYTES)
        return 200, {"Item": item} if item else {}

    def _PutItem(self, asked: dict[str, Any]) -> tuple[int, Any]:  # noqa: N802 - AWS's name
        item, held = asked["Item"], self.items.get(_key(asked["Item"]))
        self.used["dynamodb_write"] += _units(item, WRITTEN_BYTES)
        expected = asked.get("ExpressionAttributeValues", {}).get(":expected")
        if (held["revision"] if held else None) != expected:
            return 400, {"__type": "ConditionalCheckFailedException"}
        self.items[_key(item)] = item
        return 200, {}

    def _Query(self, asked: dict[str, Any]) -> tuple[int, Any]:  # noqa: N802 - AWS's name
        values = asked["ExpressionAttributeValues"]
        pipeline, first = (values[name]["S"] for name in (":pipeline", ":first"))
        found = [
            item
            for (own, record), item in sorted(self.items.items())
            if own == pipeline and record.startswith(first.strip())
        ]
        size = sum(_size(item) for item in found)
        self.used["dynamodb_read"] += max(1, -(-size // READ_BYTES))
        return 200, {"Items": found, "Count": len(found)}

    def _PutEvents(self, asked: dict[str, Any]) -> tuple[int, Any]:  # noqa: N802 - AWS's name
        self.used["eventbridge_event"] += len(asked["Entries"])
        entries = [{"EventId": "1"} for _ in asked["Entries"]]
        return 200, {"FailedEntryCount": 0, "Entries": entries}

    def _count(self, unit: str, call: str) -> None:
        self.used[unit] += 1
        self.calls[call] += 1


def _response(url: str, status: int, body: bytes, **headers: str) -> AWSResponse:
    given: Any = HeadersDict(headers)
    return AWSResponse(url, status, given, _Body(body))


def _key(item: Item) -> tuple[str, str]:
    return item["pipeline"]["S"], item["record"]["S"]


def _units(item: Item, size: int) -> int:
    return max(1, -(-_size(item) // size))


def _size(item: Item) -> int:
    """As DynamoDB counts: names and values; bytes come as base64, of which four are three."""
    kinds = ((name, *next(iter(value.items()))) for name, value in item.items())
    return sum(
        len(name) + (len(value) * 3 // 4 if kind == "B" else len(value))
        for name, kind, value in kinds
    )


def _unchunked(body: Any) -> bytes:  # noqa: ANN401 - bytes, or botocore's chunks with a checksum
    if isinstance(body, bytes):
        return body
    raw, found = body.read(), []
    while raw:
        size, _, raw = raw.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            break
        found.append(raw[:length])
        raw = raw[length + 2 :]
    return b"".join(found)


def _between(text: str, start: str, end: str) -> list[str]:
    return [part.partition(end)[0] for part in text.split(start)[1:]]
