"""Lets those call the API whose tokens are valid; API Gateway keeps the answer for a while."""

import logging
from functools import cache
from typing import Any

from inference.authorize.authorize import Caller, Tokens
from inference.authorize.keys import IssuerKeys, fetch
from tidemill.authorize_settings import AuthorizeSettings
from tidemill.errors import TokenError

logger = logging.getLogger("authorize")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    settings = AuthorizeSettings.from_env()
    try:
        caller = _tokens(settings).verify(_bearer(event["authorizationToken"]))
    except TokenError as fault:
        logger.warning("a caller was refused: %s", fault)
        # API Gateway answers 401 to an error of these very words, and 500 to any other.
        raise TokenError("Unauthorized") from None
    return allow(caller, event["methodArn"], settings.allowance(caller.client))


def allow(caller: Caller, method_arn: str, allowance: str) -> dict[str, Any]:
    """Every method that wants a token, since the answer is kept for the token and not the method.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
    """
    api, stage, *_ = method_arn.split("/")
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Allow",
        "Resource": f"{api}/{stage}/*",
    }
    return {
        "principalId": caller.subject,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"client": caller.client},
        "usageIdentifierKey": allowance,
    }


def _bearer(header: str) -> str:
    kind, _, token = header.strip().partition(" ")
    if kind.lower() != "bearer" or not token:
        raise TokenError("the header is not Authorization: Bearer <token>")
    return token.strip()


@cache
def _tokens(settings: AuthorizeSettings) -> Tokens:
    """One for the life of the process: it remembers the issuer's keys."""
    keys = IssuerKeys(settings.jwt_issuer, fetch)
    return Tokens(settings.jwt_issuer, settings.jwt_audience, keys)
