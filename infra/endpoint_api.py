"""The API asks the endpoint itself, with no function between, and answers as the function does.

What the server answers is handed on as it is. A refusal comes from SageMaker as an error that holds
the server's status and document, which are made the answer's own again:
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

import json

from aws_cdk import aws_apigateway as apigateway

from infra.endpoint import Endpoint
from tidemill.problem import describe

JSON = "application/json"
RETRY_SECONDS = 5
# The pipeline and the query travel in the one header that SageMaker hands on.
REQUEST = """
#set($said = "pipeline=$util.urlEncode($input.params().path.get('name'))")
#foreach($name in $input.params().querystring.keySet())
#set($value = $util.urlEncode($input.params().querystring.get($name)))
#set($said = "$said&$util.urlEncode($name)=$value")
#end
#set($context.requestOverride.header.X-Amzn-SageMaker-Custom-Attributes = $said)
$input.body
""".strip()
UNKNOWN = json.dumps(describe(503, "the model's server failed; the request may be sent again"))
REFUSED = f"""
#set($status = $input.path('$.OriginalStatusCode'))
#set($document = $input.path('$.OriginalMessage'))
#if($document.matches('(?s)[{{].*[}}]'))
#set($context.responseOverride.status = $status)
#if($status == 503)
#set($context.responseOverride.header.Retry-After = "{RETRY_SECONDS}")
#end
$document
#else
#set($context.responseOverride.status = 503)
#set($context.responseOverride.header.Retry-After = "{RETRY_SECONDS}")
{UNKNOWN}
#end
""".strip()
# Statuses of SageMaker's own, by patterns, and what the API makes of them.
FAULTS = {
    "400|413": (400, "The request is not one that the endpoint takes"),
    "429": (429, "The endpoint has too many requests; slow down and try again"),
}
FAILED = (503, "The endpoint does not answer now; the request may be sent again")
TYPE, RETRY = "method.response.header.Content-Type", "method.response.header.Retry-After"
STATUSES = (200, 400, 429, 500, 503)
METHOD_RESPONSES = [
    apigateway.MethodResponse(
        status_code=str(status), response_parameters={TYPE: True, RETRY: True}
    )
    for status in STATUSES
]


def answered_by(endpoint: Endpoint) -> apigateway.AwsIntegration:
    """What asks the endpoint; a body that is not JSON is refused before."""
    return apigateway.AwsIntegration(
        service="runtime.sagemaker",
        path=f"endpoints/{endpoint.name}/invocations",
        integration_http_method="POST",
        options=apigateway.IntegrationOptions(
            credentials_role=endpoint.caller,
            passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
            request_templates={JSON: REQUEST},
            integration_responses=[
                apigateway.IntegrationResponse(status_code="200", selection_pattern="200"),
                _problem(500, REFUSED, pattern="424"),
                *(
                    _problem(status, json.dumps(describe(status, detail)), pattern=pattern)
                    for pattern, (status, detail) in FAULTS.items()
                ),
                _problem(FAILED[0], json.dumps(describe(*FAILED))),
            ],
        ),
    )


def _problem(
    status: int, template: str, pattern: str | None = None
) -> apigateway.IntegrationResponse:
    headers = {TYPE: "'application/problem+json'"}
    if status in {429, 503}:
        headers[RETRY] = f"'{RETRY_SECONDS}'"
    return apigateway.IntegrationResponse(
        status_code=str(status),
        selection_pattern=pattern,
        response_parameters=headers,
        response_templates={JSON: template},
    )
