"""Objects in S3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from botocore.exceptions import ClientError

from tidemill.multipart import ObjectWriter
from tidemill.store import Span, parse_uri

if TYPE_CHECKING:  # the stubs are not shipped to Lambda
    from mypy_boto3_s3.client import S3Client

MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "404"})
CHANGED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"})


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


def _version(version: str | None) -> dict[str, Any]:
    return {"VersionId": version} if version else {}


def _not_found(fault: ClientError, uri: str) -> Exception:
    return FileNotFoundError(uri) if fault.response["Error"]["Code"] in MISSING else fault
