"""An object of S3 that is written as a stream, in parts where it is large."""

from __future__ import annotations

from io import RawIOBase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the stubs are not shipped to Lambda
    from mypy_boto3_s3.client import S3Client

PART_BYTES = 16 << 20  # of 10,000 at most: an object of 156 GiB


class ObjectWriter(RawIOBase):
    """Takes bytes; `publish` makes them the object, `discard` leaves what was there before.

    `headers` are those of the object: its content type, its metadata.
    """

    def __init__(self, s3: S3Client, bucket: str, key: str, **headers: Any) -> None:  # noqa: ANN401
        self._s3 = s3
        self._place: Any = {"Bucket": bucket, "Key": key}
        self._headers: Any = headers
        self._held = bytearray()
        self._upload: str | None = None
        self._parts: list[Any] = []
        self._count = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._count

    def write(self, data: Any) -> int:  # noqa: ANN401 - bytes, or a buffer
        size = len(memoryview(data).cast("B"))
        self._held += data
        self._count += size
        while len(self._held) >= PART_BYTES:
            self._send(PART_BYTES)
        return size

    def publish(self) -> None:
        """Make what was written the object."""
        if self._upload is None:
            self._s3.put_object(Body=bytes(self._held), **self._place, **self._headers)
            return
        if self._held:
            self._send(len(self._held))
        self._s3.complete_multipart_upload(
            UploadId=self._upload, MultipartUpload={"Parts": self._parts}, **self._place
        )

    def discard(self) -> None:
        """Forget what was written."""
        if self._upload is not None:
            self._s3.abort_multipart_upload(UploadId=self._upload, **self._place)

    def _send(self, size: int) -> None:
        if self._upload is None:
            started = self._s3.create_multipart_upload(**self._place, **self._headers)
            self._upload = started["UploadId"]
        number = len(self._parts) + 1
        sent = self._s3.upload_part(
            UploadId=self._upload,
            PartNumber=number,
            Body=bytes(self._held[:size]),
            **self._place,
        )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        del self._held[:size]
