"""An issuer of tokens, with real keys, whose documents lie in memory."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from inference.authorize.authorize import Tokens
from inference.authorize.keys import IssuerKeys
from tidemill.errors import IssuerError

ISSUER = "https://id.example/tenant"
AUDIENCE = "tidemill"
type PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One a name."""
    del name
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public(name: str, key: PrivateKey, **more: str) -> dict[str, Any]:
    """What the issuer publishes of a key."""
    kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else None
    kind = kind or jwt.algorithms.ECAlgorithm
    return {**json.loads(kind.to_jwk(key.public_key())), "kid": name, "use": "sig", **more}


def claims(**changes: object) -> dict[str, Any]:
    """Of a token that is good for an hour; None takes one away."""
    moment = datetime.now(UTC)
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "user-1",
        "azp": "app-1",
        "iat": moment,
        "exp": moment + timedelta(hours=1),
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def token(said: dict[str, Any] | None = None, *, kid: str = "one", **header: object) -> str:
    return jwt.encode(
        said or claims(), rsa_key("one"), algorithm="RS256", headers={"kid": kid, **header}
    )


def write_certificate(file: Path) -> Path:
    """A certificate of `localhost`, good for an hour, with its key."""
    key, name = rsa_key("server"), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - timedelta(hours=1))
        .not_valid_after(moment + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    file.write_bytes(
        key.private_bytes(*form, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@dataclass
class Issuer:
    """Publishes keys; `down` it does not answer."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    issuer: str = ISSUER
    jwks_uri: str = f"{ISSUER}/keys"
    down: bool = False
    asked: int = 0
    now: float = 0.0

    def fetch(self, url: str) -> bytes:
        if self.down:
            raise IssuerError("down")
        if url.endswith("/.well-known/openid-configuration"):
            self.asked += 1
            return json.dumps({"issuer": self.issuer, "jwks_uri": self.jwks_uri}).encode()
        return json.dumps({"keys": self.keys}).encode()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer([public("one", rsa_key("one")), public("curve", ec_key())])


@pytest.fixture
def tokens(issuer: Issuer) -> Tokens:
    clock: Callable[[], float] = lambda: issuer.now  # noqa: E731
    return Tokens(ISSUER, AUDIENCE, IssuerKeys(ISSUER, issuer.fetch, clock))
