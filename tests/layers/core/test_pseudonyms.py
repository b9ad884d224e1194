"""Tokens in the place of values, and the keys they are made with."""

import hmac
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from tidemill.aws import KmsKeys
from tidemill.contract import parse_contract
from tidemill.errors import RequestError
from tidemill.pseudonyms import (
    SUPPRESSION,
    InMemoryKeys,
    PseudonymKeys,
    derivation,
    pseudonym,
    subject_tokens,
)

CONTRACT = """
pipeline: shop
target: amount
sources: {orders: {columns: {who: {type: id}, size: {type: float}, amount: {type: float}}}}
privacy: {pseudonymise: [who], PRIVACY}
"""

LONG = (
    "This is a test using a larger than block-size key and a larger than block-size data."
    " The key needs to be hashed before being used by the HMAC algorithm."
)


@pytest.mark.parametrize(
    ("key", "value", "mac"),
    [
        (b"\x0b" * 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b"),
        (b"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"),
        (b"\x0c" * 20, "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
        (
            b"\xaa" * 131,
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f",
        ),
        (
            b"\xaa" * 131,
            LONG,
            "9b09ffa71b942fcb27635fbcd5b0e944",
        ),
    ],
    ids=["case 1", "case 2", "case 5", "case 6", "case 7"],
)
def test_a_token_is_a_truncated_hmac(key: bytes, value: str, mac: str) -> None:
    """Those of RFC 4231 whose data are text; case 5 is its own test of 128 bits."""
    assert pseudonym(value, key).hex() == mac


@given(value=st.text(), key=st.binary(min_size=1, max_size=200))
def test_any_text_has_the_token_of_the_standard_library(value: str, key: bytes) -> None:
    """Whatever the text, however long the key."""
    assert pseudonym(value, key) == hmac.digest(key, value.encode(), "sha256")[:16]


@pytest.fixture(params=["memory", "kms"])
def keys(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    if request.param == "memory":
        yield InMemoryKeys()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        kms = boto3.client("kms", region_name="us-east-1")
        made = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        yield KmsKeys(kms, made["KeyMetadata"]["KeyId"])


def test_each_pipeline_has_keys_of_its_own(keys: PseudonymKeys) -> None:
    """32 bytes by pipeline and number, the same whenever they are asked for."""
    wanted = [("a", 1), ("a", 2), ("b", 1), ("b", 0)]
    found = [keys.key(pipeline, number) for pipeline, number in wanted]
    assert [len(key) for key in found] == [32] * 4
    assert len(set(found)) == 4
    assert [keys.key(pipeline, number) for pipeline, number in wanted] == found


class CountingKms:
    """KMS as far as it is used; it remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []

    def generate_mac(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3 has it
        assert request["MacAlgorithm"] == "HMAC_SHA_256"
        self.asked.append(request["Message"])
        return {"Mac": hmac.digest(b"secret", request["Message"], "sha256")}


def test_a_key_is_derived_once_an_hour() -> None:
    """KMS is asked again when the hour is over, and for every key by its own message."""
    kms, hour = CountingKms(), [0.0]
    keys = KmsKeys(kms, "key", clock=lambda: hour[0])
    for moment in (0.0, 10.0, 3599.0, 3600.0, 3700.0):
        hour[0] = moment
        keys.key("abalone", 1)
    keys.key("abalone", 2)
    assert kms.asked == [b"tidemill/abalone/1"] * 2 + [derivation("abalone", 2)]


def test_a_person_has_a_token_under_every_key() -> None:
    """That of the suppression list first, then those from the oldest to the newest, trimmed."""
    contract = parse_contract(CONTRACT.replace("PRIVACY", "subject: who, key: 3"))
    keys = InMemoryKeys()
    assert subject_tokens(contract, " anna ", keys) == tuple(
        pseudonym("anna", keys.key("shop", number)).hex() for number in (SUPPRESSION, 1, 2, 3)
    )


@pytest.mark.parametrize(
    ("privacy", "subject", "reason"),
    [("key: 1", "anna", r"add privacy\.subject"), ("subject: who", " ", "empty")],
)
def test_who_cannot_be_found_is_refused(privacy: str, subject: str, reason: str) -> None:
    """With the remedy."""
    contract = parse_contract(CONTRACT.replace("PRIVACY", privacy))
    with pytest.raises(RequestError, match=reason):
        subject_tokens(contract, subject, InMemoryKeys())
