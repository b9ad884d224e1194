"""Who shows a token, by a JSON Web Token of one issuer (RFC 7519, RFC 8725)."""

from dataclasses import dataclass
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from inference.authorize.keys import PublicKey
from tidemill.errors import TokenError

MOST_CHARACTERS = 8_192
MOST_NAME = 256
# What issuers call the program that asks: OpenID Connect, RFC 9068, Okta, Entra.
CLIENT = ("azp", "client_id", "cid", "appid")
# Clocks differ.
LEEWAY_SECONDS = 30


class Keys(Protocol):
    """Public keys by the names that tokens give them."""

    def of(self, name: str) -> PublicKey: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a request is made, and by which program."""

    subject: str
    client: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tells whose a token is, if the issuer made it for this audience."""

    issuer: str
    audience: str
    keys: Keys

    def verify(self, token: str) -> Caller:
        """TokenError says what is wrong with it; IssuerError: that cannot be told now."""
        if len(token) > MOST_CHARACTERS:
            raise TokenError(f"the token has {len(token)} characters: at most {MOST_CHARACTERS}")
        key = self.keys.of(_key_name(token))
        # The key decides by which algorithm it is used; what the token says must be the same.
        algorithm = "RS256" if isinstance(key, RSAPublicKey) else "ES256"
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                issuer=self.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except (jwt.PyJWTError, ValueError, TypeError) as fault:
            raise TokenError(f"the token is not valid: {fault}") from fault
        if not self._is_meant(claims):
            raise TokenError("the token is meant for another audience")
        return _caller(claims)

    def _is_meant(self, claims: dict[str, Any]) -> bool:
        """By `aud`; tokens of Cognito's that have none name the client they were made for.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
        """
        if "aud" not in claims:
            return bool(claims.get("client_id") == self.audience)
        said = claims["aud"]
        return self.audience in ([said] if isinstance(said, str) else _listed(said))


def _key_name(token: str) -> str:
    """The header's `kid`; a header that asks for what is not understood here is refused."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as fault:
        raise TokenError(f"this is no JSON Web Token: {fault}") from fault
    name = header.get("kid")
    if "crit" in header or not isinstance(name, str):
        raise TokenError("the token names no key, or an extension that is not known")
    return name


def _caller(claims: dict[str, Any]) -> Caller:
    subject = claims["sub"]
    client = next((claims[name] for name in CLIENT if claims.get(name)), subject)
    for name in (subject, client):
        if not isinstance(name, str) or not 0 < len(name) <= MOST_NAME:
            raise TokenError("the token does not say in so many words whose it is")
    return Caller(subject, client)


def _listed(said: object) -> list[object]:
    return said if isinstance(said, list) else []
