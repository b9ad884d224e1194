"""How callers show who they are, as OpenAPI has it."""

from typing import Any

SCHEMES = {"key": "ApiKey", "iam": "Signature", "jwt": "Token"}
UNKNOWN = {
    "description": "The token is missing, not valid any more, or meant for others",
    "headers": {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "Bearer"}},
}


def schemes(issuer: str) -> dict[str, Any]:
    """Every way; tokens are those of an issuer, whose address it is, or of nobody."""
    found: dict[str, Any] = {
        "ApiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
        "Signature": {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "AWS Signature Version 4 of the service execute-api",
            "x-amazon-apigateway-authtype": "awsSigv4",
        },
    }
    if issuer:
        discovery = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        found["Token"] = {"type": "openIdConnect", "openIdConnectUrl": discovery}
    return found


def tell_of_tokens(paths: dict[str, Any], problem: dict[str, Any]) -> None:
    """Add to what anybody may ask, for a token, that one may be refused or not be checked."""
    away = {"description": "Nobody can tell now whose the token is", "content": problem}
    for operations in paths.values():
        for operation in operations.values():
            if "security" not in operation:
                responses = operation["responses"]
                responses["401"] = {**UNKNOWN, "content": problem}
                responses.setdefault("503", away)
