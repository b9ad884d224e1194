"""Keys of pipelines in KMS."""

import time
from collections.abc import Callable
from typing import Any

from tidemill.pseudonyms import derivation


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
