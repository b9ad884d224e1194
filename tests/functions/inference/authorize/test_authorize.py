"""Only a token that the issuer signed for this audience, and that is in its time, is taken."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from inference.authorize.authorize import Caller, Tokens
from tidemill.errors import TokenError

from .conftest import AUDIENCE, Issuer, claims, ec_key, public, rsa_key, token

HOUR = timedelta(hours=1)


def forged(header: dict[str, Any], said: dict[str, Any], secret: bytes = b"") -> str:
    """A token made by hand, as no library would make it."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(part, default=str).encode()).rstrip(b"=")
        for part in (header, said)
    ]
    signature = hmac.digest(secret, b".".join(parts), hashlib.sha256) if secret else b""
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def numbered() -> dict[str, Any]:
    """Claims with times as numbers."""
    return {**claims(iat=None), "exp": int((datetime.now(UTC) + HOUR).timestamp())}


def test_a_token_tells_whose_it_is(tokens: Tokens) -> None:
    """Signed by RSA or on a curve; the client is what its issuer calls so, or the subject."""
    assert tokens.verify(token()) == Caller("user-1", "app-1")
    curved = jwt.encode(claims(), ec_key(), algorithm="ES256", headers={"kid": "curve"})
    assert tokens.verify(curved) == Caller("user-1", "app-1")
    for name in ("client_id", "cid", "appid"):
        assert tokens.verify(token(claims(**{"azp": None, name: "app-2"}))).client == "app-2"
    assert tokens.verify(token(claims(azp=None))).client == "user-1"


def test_the_audience_is_among_those_named(tokens: Tokens) -> None:
    """As one or in a list; where none is named, as in Cognito's, the client stands for it."""
    tokens.verify(token(claims(aud=["others", AUDIENCE])))
    tokens.verify(token(claims(aud=None, client_id=AUDIENCE)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"aud": "others"}, "another audience"),
        ({"aud": ["others"]}, "another audience"),
        ({"aud": []}, "another audience"),
        ({"aud": {"tidemill": 1}}, "another audience"),
        ({"aud": "others", "client_id": AUDIENCE}, "another audience"),
        ({"aud": None}, "another audience"),
        ({"aud": None, "client_id": "others"}, "another audience"),
        ({"iss": "https://id.example/other"}, "[Ii]ssuer"),
        ({"iss": None}, "iss"),
        ({"exp": None}, "exp"),
        ({"exp": datetime.now(UTC) - HOUR}, "expired"),
        ({"nbf": datetime.now(UTC) + HOUR}, "not yet"),
        ({"iat": datetime.now(UTC) + HOUR}, "not yet"),
        ({"sub": None}, "sub"),
        ({"azp": ["a", "b"]}, "whose it is"),
        ({"azp": "x" * 257}, "whose it is"),
    ],
)
def test_what_a_token_says_must_be_right(
    tokens: Tokens, changes: dict[str, object], says: str
) -> None:
    """Issuer, audience, times and names; what is missing is not right."""
    with pytest.raises(TokenError, match=says):
        tokens.verify(token(claims(**changes)))


def test_a_token_without_a_signature_is_none(tokens: Tokens) -> None:
    """Whatever way the algorithm `none` is written."""
    for name in ("none", "None", "NONE", ""):
        with pytest.raises(TokenError):
            tokens.verify(forged({"alg": name, "typ": "JWT", "kid": "one"}, numbered()))


def test_a_public_key_is_no_secret(tokens: Tokens) -> None:
    """A token signed with the published key as the secret of an HMAC is refused."""
    key = rsa_key("one").public_key()
    for form in (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1):
        secret = key.public_bytes(Encoding.PEM, form)
        with pytest.raises(TokenError):
            tokens.verify(forged({"alg": "HS256", "kid": "one"}, numbered(), secret))


def test_anothers_key_signs_nothing(tokens: Tokens, issuer: Issuer) -> None:
    """Under the name of one that is known, and under an unknown name; nor does the header's own."""
    theirs = rsa_key("theirs")
    mine = public("one", theirs)
    for header in ({"kid": "one"}, {"kid": "two"}, {"kid": "one", "jwk": mine}):
        with pytest.raises(TokenError):
            tokens.verify(jwt.encode(claims(), theirs, algorithm="RS256", headers=header))
    for header in ({}, {"kid": "one", "crit": ["exp"]}, {"kid": "one", "jku": "https://x.example"}):
        with pytest.raises(TokenError):
            tokens.verify(jwt.encode(claims(), theirs, algorithm="RS256", headers=header))
    assert issuer.asked == 1


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_other_algorithms_are_not_taken(tokens: Tokens, algorithm: str) -> None:
    """Even with the right key."""
    with pytest.raises(TokenError):
        tokens.verify(
            jwt.encode(claims(), rsa_key("one"), algorithm=algorithm, headers={"kid": "one"})
        )


def test_a_key_is_used_as_what_it_is(tokens: Tokens) -> None:
    """A token that says ES256 is not checked by an RSA key, nor the other way round."""
    curved = jwt.encode(claims(), ec_key(), algorithm="ES256", headers={"kid": "one"})
    straight = token(kid="curve")
    for each in (curved, straight):
        with pytest.raises(TokenError):
            tokens.verify(each)


def test_weak_keys_are_not_taken(tokens: Tokens, issuer: Issuer) -> None:
    """Short ones, those of other curves, those for encryption, and what is no key at all."""
    issuer.keys += [
        public("weak", rsa_key("weak", 1024)),
        public("other", ec.generate_private_key(ec.SECP384R1())),
        public("box", rsa_key("box"), use="enc"),
        {"kty": "oct", "kid": "oct", "k": "c2VjcmV0"},
        {"kid": "nothing"},
    ]
    for name in ("weak", "other", "box", "oct", "nothing"):
        with pytest.raises(TokenError, match="no key"):
            tokens.verify(token(kid=name))


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "a.b.c", "e30.e30.", "x" * 8_193, "é.é.é", "W10.e30.AA", "\x00", token()[:-20]],
)
def test_what_is_no_token_is_refused(tokens: Tokens, text: str) -> None:
    """Empty, cut, huge, or of other characters."""
    with pytest.raises(TokenError):
        tokens.verify(text)


def test_a_changed_token_is_another(tokens: Tokens) -> None:
    """Claims that were changed behind the signature's back."""
    head, _, signature = token().split(".")
    body = base64.urlsafe_b64encode(json.dumps({**numbered(), "sub": "root"}).encode()).decode()
    with pytest.raises(TokenError, match=r"[Ss]ignature"):
        tokens.verify(f"{head}.{body.rstrip('=')}.{signature}")
