"""Pseudonyms: keyed tokens in the place of values that name somebody.

A token is the first 16 bytes of HMAC-SHA256 (RFC 2104, truncated as its section 5 allows) of the
value's canonical text: the trimmed cell, or the decimal of an int. Equal values of a pipeline have
equal tokens under one key; without the key a token tells nothing.
"""

from hashlib import sha256
from typing import Protocol

from tidemill.contract import Contract
from tidemill.errors import RequestError

TOKEN_BYTES = 16
SUPPRESSION = 0  # the number of the key that outlives rotation: of those who are forgotten
_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class Pseudonymiser:
    """Makes tokens under one key, whose two hash states are prepared once."""

    def __init__(self, key: bytes) -> None:
        padded = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self._inner = sha256(padded.translate(_INNER))
        self._outer = sha256(padded.translate(_OUTER))

    def token(self, value: bytes) -> bytes:
        """The token of a canonical text's UTF-8 bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(value)
        outer.update(inner.digest())
        return outer.digest()[:TOKEN_BYTES]


def pseudonym(value: str, key: bytes) -> bytes:
    """The token of one canonical text: 16 bytes."""
    return Pseudonymiser(key).token(value.encode())


class PseudonymKeys(Protocol):
    """The keys of pipelines, each derived from one secret that never leaves its keeper."""

    def key(self, pipeline: str, number: int) -> bytes:
        """The pipeline's key of that number: 32 bytes, always the same."""


class InMemoryKeys:
    """Keys derived from a secret in memory, for tests."""

    def __init__(self, secret: bytes = b"a secret of tests") -> None:
        self._secret = secret

    def key(self, pipeline: str, number: int) -> bytes:
        return sha256(self._secret + derivation(pipeline, number)).digest()


def derivation(pipeline: str, number: int) -> bytes:
    """The message whose MAC is the pipeline's key of that number."""
    return f"tidemill/{pipeline}/{number}".encode()


def subject_column(contract: Contract) -> str:
    """The column that names people; RequestError where the contract says none."""
    if contract.privacy.subject is None:
        raise RequestError(
            f"the contract of {contract.pipeline!r} does not say which column names a person:"
            " add privacy.subject to it, and ask again"
        )
    return contract.privacy.subject


def subject_tokens(contract: Contract, subject: str, keys: PseudonymKeys) -> tuple[str, ...]:
    """What a request to forget says of a person: their tokens in hex, in the order of keys.

    The first is under the key of the suppression list, the others under keys 1 to `privacy.key`,
    since what was written before a rotation holds older tokens. RequestError where the contract
    names no column of people, or the text is empty.
    """
    subject_column(contract)
    value = subject.strip()
    if not value:
        raise RequestError("name the person as the data do: the text is empty", "/subject")
    numbers = (SUPPRESSION, *range(1, contract.privacy.key + 1))
    return tuple(pseudonym(value, keys.key(contract.pipeline, n)).hex() for n in numbers)
