"""Who signs calls to AWS: what the environment holds, or what an address in it gives.

Functions restored from a snapshot and containers have such an address:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
from threading import Lock
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from tidemill.errors import ServiceError

CONTAINERS = "169.254.170.2"
HOSTS = {CONTAINERS, "169.254.170.23", "fd00:ec2::23", "localhost"}
MARGIN = timedelta(minutes=5)
SECONDS = 2.0
ATTEMPTS = 3


class Credentials(NamedTuple):
    """Who signs."""

    access_key: str
    secret_key: str
    token: str | None = None


def credentials() -> Credentials:
    """Those of the environment, or those lent by the address it names; ServiceError if neither."""
    if "AWS_ACCESS_KEY_ID" not in os.environ:
        return lender().current()
    return Credentials(
        os.environ["AWS_ACCESS_KEY_ID"],
        os.environ["AWS_SECRET_ACCESS_KEY"],
        os.environ.get("AWS_SESSION_TOKEN"),
    )


class Lender:
    """Credentials from an address, kept until five minutes before they expire.

    While they are valid, an address that does not answer changes nothing. Safe to share between
    threads.
    """

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._lock = Lock()
        self._held: tuple[Credentials, datetime] | None = None

    def current(self) -> Credentials:
        """ServiceError where there are none."""
        with self._lock:
            held = self._held
            if held is None or self._clock() > held[1] - MARGIN:
                try:
                    held = self._held = _fetch(_address())
                except ServiceError:
                    if held is None or self._clock() >= held[1]:
                        raise
            return held[0]


@cache
def lender() -> Lender:
    """The one of this process."""
    return Lender()


def _address() -> SplitResult:
    """Where credentials are lent; a token is sent nowhere but over TLS or within this machine."""
    if path := os.environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        return urlsplit(f"http://{CONTAINERS}{path}")
    named = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if not named:
        raise ServiceError("there are no AWS credentials: set AWS_ACCESS_KEY_ID and its secret")
    url = urlsplit(named)
    if url.scheme != "https" and not _is_near(url.hostname or ""):
        raise ServiceError(f"credentials are not asked of {url.hostname}: use https")
    return url


def _is_near(host: str) -> bool:
    try:
        return host in HOSTS or ip_address(host).is_loopback
    except ValueError:
        return False


def _fetch(url: SplitResult) -> tuple[Credentials, datetime]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            status, body = _get(url)
            if status == 200:
                said = json.loads(body)
                lent = Credentials(said["AccessKeyId"], said["SecretAccessKey"], said.get("Token"))
                return lent, datetime.fromisoformat(said["Expiration"])
        except (HTTPException, OSError, ValueError, KeyError) as fault:
            if attempt == ATTEMPTS:
                raise ServiceError(f"{url.hostname} lends no credentials: {fault!r}") from fault
    raise ServiceError(f"{url.hostname} lends no credentials: {status}")


def _get(url: SplitResult) -> tuple[int, bytes]:
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=SECONDS)
    try:
        path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        connection.request("GET", path, headers=_token())
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _token() -> dict[str, str]:
    token = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    if file := os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        token = Path(file).read_text()
    return {"Authorization": token.strip()} if token else {}
