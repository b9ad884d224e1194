"""An issuer's public keys, as it publishes them (OpenID Connect Discovery 1.0, RFC 7517)."""

import json
import ssl
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from tidemill.errors import IssuerError, TokenError

LIFE = 600.0
# Whoever makes up names of keys has the issuer asked this seldom.
PAUSE = 30.0
# While an issuer does not answer, its keys are believed this long.
TRUST = 86_400.0
MOST_BYTES = 262_144
MOST_KEYS = 100
SECONDS = 2.0
LEAST_BITS = 2_048

type Fetch = Callable[[str], bytes]
type PublicKey = RSAPublicKey | EllipticCurvePublicKey


class IssuerKeys:
    """Keys by name, looked up anew now and then, and when one is asked for that is not known."""

    def __init__(
        self, issuer: str, fetch: Fetch, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, PublicKey] = {}
        self._fetched = self._tried = float("-inf")

    def of(self, name: str) -> PublicKey:
        """TokenError: the issuer has no such key; IssuerError: it does not say what it has."""
        age = self._clock() - self._fetched
        if age > LIFE or name not in self._keys:
            self._renew(age)
        if name not in self._keys:
            raise TokenError(f"the issuer has no key {name[:80]!r}")
        return self._keys[name]

    def _renew(self, age: float) -> None:
        """Ask the issuer, unless it was asked a moment ago."""
        moment = self._clock()
        if moment - self._tried >= PAUSE:
            self._tried = moment
            try:
                self._keys, self._fetched = self._published(), moment
            except IssuerError:
                if age > TRUST:
                    raise
        elif age > TRUST:
            raise IssuerError(f"{self._issuer} was asked in vain a moment ago")

    def _published(self) -> dict[str, PublicKey]:
        said = _document(self._fetch(discovery(self._issuer)))
        if said.get("issuer") != self._issuer:
            raise IssuerError(f"what {self._issuer} publishes is another issuer's")
        listed = _document(self._fetch(str(said.get("jwks_uri")))).get("keys")
        if not isinstance(listed, list):
            raise IssuerError(f"{self._issuer} publishes no keys")
        return dict(filter(None, map(_key, listed[:MOST_KEYS])))


def discovery(issuer: str) -> str:
    """Where an issuer describes itself."""
    return f"{issuer.rstrip('/')}/.well-known/openid-configuration"


def fetch(url: str, context: ssl.SSLContext | None = None) -> bytes:
    """What lies at an https address, which is followed nowhere else; IssuerError if it is not."""
    place = urlsplit(url)
    if place.scheme != "https" or not place.hostname:
        raise IssuerError(f"keys are taken over https alone, not from {url[:200]!r}")
    connection = HTTPSConnection(place.hostname, place.port, timeout=SECONDS, context=context)
    try:
        connection.request("GET", f"{place.path or '/'}{place.query and f'?{place.query}'}")
        response = connection.getresponse()
        body = response.read(MOST_BYTES + 1)
    except (HTTPException, OSError) as fault:
        raise IssuerError(f"{place.hostname} does not answer: {fault!r}") from fault
    finally:
        connection.close()
    if response.status != 200:
        raise IssuerError(f"{url[:200]} answers {response.status}")
    if len(body) > MOST_BYTES:
        raise IssuerError(f"{url[:200]} holds more than {MOST_BYTES} bytes")
    return body


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError as fault:
        raise IssuerError("the issuer's answer is not JSON") from fault
    if not isinstance(document, dict):
        raise IssuerError("the issuer's answer is no JSON object")
    return document


def _key(listed: object) -> tuple[str, PublicKey] | None:
    """Its name and the key, if signatures that are taken here can be checked by it."""
    if not isinstance(listed, dict) or listed.get("use", "sig") != "sig":
        return None
    name = listed.get("kid")
    try:
        key = PyJWK(listed).key
    except (PyJWTError, ValueError, TypeError, KeyError, AttributeError):
        return None
    strong = isinstance(key, RSAPublicKey) and key.key_size >= LEAST_BITS
    fitting = isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)
    return (name, key) if isinstance(name, str) and (strong or fitting) else None
