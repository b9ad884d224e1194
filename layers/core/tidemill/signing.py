"""What vouches for a model: a code that only the registry's writer can make."""

from typing import Any, Protocol

ALGORITHM = "HMAC_SHA_256"


class Verifier(Protocol):
    """Tells whether a code was made of a message."""

    def verify(self, message: bytes, mac: bytes) -> bool: ...


class Signer(Protocol):
    """Makes a code of a message."""

    def sign(self, message: bytes) -> bytes: ...


def statement(pipeline: str, version: int, artifact_sha256: str) -> bytes:
    """What is vouched for: that this file, and no other, is this version of this pipeline."""
    return f"tidemill/model/{pipeline}/{version}/{artifact_sha256}".encode()


class KmsSigner:
    """A signer over an HMAC key of KMS that never leaves it."""

    def __init__(self, kms: Any, key_id: str) -> None:  # noqa: ANN401 - a boto3 client
        self._kms = kms
        self._key_id = key_id

    def sign(self, message: bytes) -> bytes:
        answer = self._kms.generate_mac(KeyId=self._key_id, Message=message, MacAlgorithm=ALGORITHM)
        mac: bytes = answer["Mac"]
        return mac


class InMemorySigner:
    """Signer and verifier with a key of its own."""

    def sign(self, message: bytes) -> bytes:
        return b"signed " + message

    def verify(self, message: bytes, mac: bytes) -> bool:
        return mac == self.sign(message)
