"""What API Gateway refuses by itself, as problem documents (RFC 9457) like the functions' own."""

import json
from typing import Any

from aws_cdk import aws_apigateway as apigateway

from tidemill.problem import describe

Refusal = apigateway.ResponseType
REFUSALS = {
    Refusal.BAD_REQUEST_BODY: (400, "The body is not of the documented form"),
    Refusal.BAD_REQUEST_PARAMETERS: (400, "A parameter is missing or malformed"),
    Refusal.UNAUTHORIZED: (401, "The caller is not known; send a valid token"),
    Refusal.AUTHORIZER_FAILURE: (503, "Nobody can tell now whose the token is; try again"),
    Refusal.EXPIRED_TOKEN: (401, "The token has expired; get another"),
    Refusal.INVALID_API_KEY: (403, "The x-api-key header is missing or holds no valid key"),
    Refusal.INVALID_SIGNATURE: (403, "The request's signature is not valid"),
    Refusal.ACCESS_DENIED: (403, "The caller may not do this"),
    Refusal.WAF_FILTERED: (403, "The request was refused by a rule of the firewall"),
    Refusal.MISSING_AUTHENTICATION_TOKEN: (
        404,
        "No such path or method, or one that wants a signature; see /v1/openapi.json",
    ),
    Refusal.RESOURCE_NOT_FOUND: (404, "No such path; see /v1/openapi.json"),
    Refusal.REQUEST_TOO_LARGE: (413, "The request is larger than the API takes"),
    Refusal.UNSUPPORTED_MEDIA_TYPE: (415, "Send JSON, with Content-Type: application/json"),
    Refusal.THROTTLED: (429, "Too many requests a second; slow down and try again"),
    Refusal.QUOTA_EXCEEDED: (429, "The key's requests of the day are used up"),
    Refusal.INTEGRATION_FAILURE: (504, "The function did not answer; send the request again"),
    Refusal.INTEGRATION_TIMEOUT: (504, "The request took too long; send fewer instances"),
    Refusal.DEFAULT_4_XX: (None, "The request was refused"),
    Refusal.DEFAULT_5_XX: (None, "The service failed; the request may be sent again"),
}
# Seconds until it is worth another try; API Gateway does not say when a quota begins anew.
RETRY_AFTER = {
    "THROTTLED": 1,
    "QUOTA_EXCEEDED": 3600,
    "AUTHORIZER_FAILURE": 5,
    "INTEGRATION_FAILURE": 5,
    "DEFAULT_5XX": 5,
}


def refuse_in_problems(api: apigateway.RestApi) -> None:
    """Every refusal has a status, a title and a detail, and says when to come back if it can."""
    for refusal, (status, detail) in REFUSALS.items():
        headers = {"Content-Type": "'application/problem+json'"}
        if status == 401:
            headers["WWW-Authenticate"] = "'Bearer'"
        if seconds := RETRY_AFTER.get(refusal.response_type):
            headers["Retry-After"] = f"'{seconds}'"
        api.add_gateway_response(
            f"{refusal.response_type.title().replace('_', '')}Response",
            type=refusal,
            status_code=str(status) if status else None,
            response_headers=headers,
            templates={"application/json": json.dumps(_problem(status, detail))},
        )


def _problem(status: int | None, detail: str) -> dict[str, Any]:
    """A problem document; where the status is not known, the title says as little."""
    if status is None:
        return {"type": "about:blank", "title": "Refused", "detail": detail}
    return describe(status, detail)
