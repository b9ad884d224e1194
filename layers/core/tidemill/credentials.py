"""Who signs calls to AWS: what the environment holds, or what an address in it gives.

Functions restored from a snapshot and containers have such an address:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import Lock
from typing import NamedTuple

from tidemill.connection import Address, Answer, Connection
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


def _address() -> Address:
    """Where credentials are lent; a token is sent nowhere but over TLS or within this machine."""
    if path := os.environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        return Address.of(f"http://{CONTAINERS}{path}")
    named = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if not named:
        raise ServiceError("there are no AWS credentials: set AWS_ACCESS_KEY_ID and its secret")
    try:
        address = Address.of(named)
    except ValueError as fault:
        raise ServiceError(f"credentials cannot be asked for: {fault}") from fault
    if address.scheme != "https" and not _is_near(address.host):
        raise ServiceError(f"credentials are not asked of {address.host}: use https")
    return address


def _is_near(host: str) -> bool:
    from ipaddress import ip_address  # noqa: PLC0415 - the environment seldom has such an address

    try:
        return host in HOSTS or ip_address(host).is_loopback
    except ValueError:
        return False


def _fetch(address: Address) -> tuple[Credentials, datetime]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            answer = _get(address)
            if answer.status == 200:
                said = json.loads(answer.body)
                lent = Credentials(said["AccessKeyId"], said["SecretAccessKey"], said.get("Token"))
                return lent, datetime.fromisoformat(said["Expiration"])
        except (OSError, ValueError, KeyError) as fault:
            if attempt == ATTEMPTS:
                raise ServiceError(f"{address.host} lends no credentials: {fault!r}") from fault
    raise ServiceError(f"{address.host} lends no credentials: {answer.status}")


def _get(address: Address) -> Answer:
    connection = Connection(address, SECONDS)
    try:
        return connection.call("GET", address.path, headers=_token())
    finally:
        connection.close()


def _token() -> dict[str, str]:
    token = os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    if file := os.environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        with open(file) as held:  # noqa: PTH123 - pathlib takes long to import
            token = held.read()
    return {"Authorization": token.strip()} if token else {}
