"""What API Gateway is told of a caller."""

import pytest

from inference.authorize import handler
from inference.authorize.authorize import Tokens
from inference.authorize.keys import IssuerKeys
from tidemill.authorize_settings import AuthorizeSettings, allowance
from tidemill.errors import IssuerError, TokenError

from .conftest import AUDIENCE, ISSUER, Issuer, claims, token

METHOD = "arn:aws:execute-api:eu-west-1:123456789012:abc/v1/GET/pipelines/shells"
SETTINGS = AuthorizeSettings(
    stage="dev", jwt_issuer=ISSUER, jwt_audience=AUDIENCE, jwt_clients="app-1,app-2"
)


@pytest.fixture(autouse=True)
def _wired(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's environment, and an issuer in memory."""
    for name, value in SETTINGS.to_env().items():
        monkeypatch.setenv(name, value)
    keys = IssuerKeys(ISSUER, issuer.fetch)
    monkeypatch.setattr(handler, "_tokens", lambda _: Tokens(ISSUER, AUDIENCE, keys))


def ask(header: str) -> dict[str, object]:
    event = {"type": "TOKEN", "authorizationToken": header, "methodArn": METHOD}
    return handler.handler(event, None)


def test_a_caller_may_call_the_whole_stage() -> None:
    """The answer is kept for the token: it holds for whatever is asked with it next."""
    answer = ask(f"bearer {token()}")
    assert answer["principalId"] == "user-1"
    assert answer["policyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Action": "execute-api:Invoke",
                "Effect": "Allow",
                "Resource": "arn:aws:execute-api:eu-west-1:123456789012:abc/v1/*",
            }
        ],
    }
    assert answer["context"] == {"client": "app-1"}


def test_each_client_that_is_listed_has_limits_of_its_own() -> None:
    """The others share theirs."""
    found = [
        ask(f"Bearer {token(claims(azp=name))}")["usageIdentifierKey"]
        for name in ("app-1", "app-2", "app-3", "app-4")
    ]
    assert found[:2] == [allowance("dev", "app-1"), allowance("dev", "app-2")]
    assert found[2] == found[3] == allowance("dev", "")
    assert len({*found}) == 3
    assert allowance("prod", "app-1") != allowance("dev", "app-1")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer \n"])
def test_a_refusal_is_in_the_words_that_api_gateway_knows(header: str) -> None:
    """It answers 401 to an error that says `Unauthorized`."""
    with pytest.raises(TokenError, match=r"^Unauthorized$"):
        ask(header)


def test_an_issuer_that_is_away_is_no_refusal(issuer: Issuer) -> None:
    """The caller may come again: nobody can tell whose the token is."""
    issuer.down = True
    with pytest.raises(IssuerError):
        ask(f"Bearer {token()}")
