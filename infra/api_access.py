"""How callers of the API show who they are, by the setting `api_access`."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks.function import PythonFunction
from infra.blocks.layers import LockedLayer
from infra.blocks.room import Room
from infra.settings import Environment
from tidemill.authorize_settings import AuthorizeSettings, allowance

BEARER = r"^[Bb]earer +[-\w]+\.[-\w]+\.[-\w]+$"
# So much longer than it is valid a token may be taken.
KEPT = Duration.minutes(1)
TIMEOUT = Duration.seconds(10)


def method_access(
    settings: Environment, authorizer: apigateway.IAuthorizer | None
) -> dict[str, Any]:
    """What a method wants of every caller: a key, a signature or a token."""
    if authorizer is not None:
        return {
            "api_key_required": True,
            "authorization_type": apigateway.AuthorizationType.CUSTOM,
            "authorizer": authorizer,
        }
    if settings.api_access == "key":
        return {"api_key_required": True, "authorization_type": apigateway.AuthorizationType.NONE}
    return {"authorization_type": apigateway.AuthorizationType.IAM}


def key_source(settings: Environment) -> apigateway.ApiKeySourceType | None:
    """With tokens, whose allowance is used up is said by the authorizer, and never by a caller."""
    return apigateway.ApiKeySourceType.AUTHORIZER if settings.api_access == "jwt" else None


def key_values(settings: Environment) -> dict[str, str | None]:
    """The keys under the usage plan by their names: one for all, with tokens one a client too.

    None is a value that API Gateway makes up.
    """
    if settings.api_access != "jwt":
        return {"Key": None}
    return {
        "Key": allowance(settings.stage, ""),
        **{
            f"Key{place}": allowance(settings.stage, client)
            for place, client in enumerate(settings.clients, start=1)
        },
    }


class Authorizer(apigateway.TokenAuthorizer):
    """Asks `inference/authorize` whose a token is; what has not the form of one is not asked."""

    def __init__(self, scope: Construct, *, function: lambda_.IFunction) -> None:
        super().__init__(
            scope,
            "Authorizer",
            handler=function,
            results_cache_ttl=KEPT,
            validation_regex=BEARER,
        )


def authorize(scope: Construct, *, layers: list[LockedLayer]) -> PythonFunction:
    """The function that tells whose a token is; it calls nobody but the issuer.

    It raises to refuse, so its errors are no failures: when it fails, the API answers 5xx.
    """
    settings = Room.of_construct(scope).settings
    return PythonFunction(
        scope,
        "authorize",
        settings=AuthorizeSettings(
            stage=settings.stage,
            jwt_issuer=settings.jwt_issuer or "",
            jwt_audience=settings.jwt_audience or "",
            jwt_clients=",".join(settings.clients),
        ),
        layers=layers,
        timeout=TIMEOUT,
        refuses=True,
    )
