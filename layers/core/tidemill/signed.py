"""Calls to AWS over HTTP alone, signed by Signature Version 4.

For what answers a request and nothing else: to import an SDK takes longer than all the rest of a
cold start. https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

import hashlib
import hmac
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from tidemill.connection import Address, Answer, Connection
from tidemill.credentials import Credentials, credentials
from tidemill.errors import ServiceError

ALGORITHM = "AWS4-HMAC-SHA256"
PAUSE = 0.05
BUSY = 429


class Patience(NamedTuple):
    """How long a call may take, in seconds a step, and how often it is tried."""

    seconds: float = 5.0
    attempts: int = 3


PATIENT = Patience()


class Service:
    """One service of AWS, over connections that are kept; safe to share between threads."""

    def __init__(self, name: str, *, host: str | None = None, patience: Patience = PATIENT) -> None:
        self._name = name
        self._region = os.environ["AWS_REGION"]
        self._address = Address.of(address(name, self._region, host))
        self._patience = patience
        self._idle: list[Connection] = []

    def call(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer, whatever its status; ServiceError where the last attempt gets none.

        What is worth another attempt, a fault of the service or too many calls, gets it.
        """
        for attempt in range(1, self._patience.attempts + 1):
            last = attempt == self._patience.attempts
            try:
                answer = self._once(method, path, body, headers)
            except OSError as fault:
                self.forget_connections()
                if last:
                    raise ServiceError(f"{self._name} does not answer: {fault!r}") from fault
            else:
                if last or (answer.status < 500 and answer.status != BUSY):
                    return answer
            _pause(attempt)
        raise AssertionError

    def forget_connections(self) -> None:
        """Open new ones from now on: those held may be dead."""
        while self._idle:
            self._idle.pop().close()

    def _once(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        connection = self._idle.pop() if self._idle else self._connection()
        signed = sign(
            Request(method, self._address.authority, path, body, headers),
            credentials(),
            (self._region, self._name),
            datetime.now(UTC),
        )
        answer = connection.call(method, path, body, signed)
        self._idle.append(connection)
        return answer

    def _connection(self) -> Connection:
        return Connection(self._address, self._patience.seconds)


class Request(NamedTuple):
    """What is signed; the path is as it is sent, without a query."""

    method: str
    host: str
    path: str
    body: bytes
    headers: Mapping[str, str]


def sign(
    request: Request, who: Credentials, scope: tuple[str, str], moment: datetime
) -> dict[str, str]:
    """The request's headers with the signature of it; `scope` is region and service."""
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    payload = hashlib.sha256(request.body).hexdigest()
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers |= {"host": request.host, "x-amz-date": stamp, "x-amz-content-sha256": payload}
    if who.token:
        headers["x-amz-security-token"] = who.token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"{request.method}\n{request.path}\n\n{lines}\n{names}\n{payload}"
    day, (region, service) = stamp[:8], scope
    place = f"{day}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = _key(who.secret_key, day, region, service)
    signature = hmac.digest(key, f"{ALGORITHM}\n{stamp}\n{place}\n{digest}".encode(), "sha256")
    headers["authorization"] = (
        f"{ALGORITHM} Credential={who.access_key}/{place}, "
        f"SignedHeaders={names}, Signature={signature.hex()}"
    )
    return headers


def address(service: str, region: str, host: str | None = None) -> str:
    """Where the service is called: its host, or the endpoint that the environment names."""
    named = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}")
    if found := named or os.environ.get("AWS_ENDPOINT_URL"):
        return found
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{host + '.' if host else ''}{service}.{region}.{suffix}"


def _pause(attempt: int) -> None:
    """Wait longer each time, and never as long as others do."""
    from random import random  # noqa: PLC0415 - seldom needed

    time.sleep(PAUSE * 2**attempt * random())  # noqa: S311 - no secret


@lru_cache(maxsize=16)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
