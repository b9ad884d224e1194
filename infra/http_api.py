"""The HTTP API: its paths, who may call them, and how a refusal looks."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.api_access import Authorizer, key_source, key_values, method_access
from infra.blocks.access import acknowledge
from infra.blocks.room import FIVE_MINUTES, Room
from infra.endpoint import Endpoint
from infra.endpoint_api import METHOD_RESPONSES, answered_by
from infra.firewall import Firewall
from infra.refusals import refuse_in_problems

STAGE = "v1"
ROUTES = {
    "/openapi.json": ("GET", "describe"),
    "/costs": ("GET", "describe"),
    "/pipelines": ("GET", "describe"),
    "/pipelines/{name}": ("GET", "describe"),
    "/pipelines/{name}/drops": ("GET", "describe"),
    "/pipelines/{name}/drops/{drop_id}/profile": ("GET", "describe"),
    "/pipelines/{name}/drift": ("GET", "describe"),
    "/pipelines/{name}/drift/{report}": ("GET", "describe"),
    "/pipelines/{name}/quality": ("GET", "describe"),
    "/pipelines/{name}/releases": ("GET", "describe"),
    "/pipelines/{name}/batches": ("GET", "describe"),
    "/pipelines/{name}/runs": ("GET", "describe"),
    "/pipelines/{name}/models": ("GET", "describe"),
    "/pipelines/{name}/models/{version}/lineage": ("GET", "describe"),
    "/pipelines/{name}/models/{version}/report": ("GET", "describe"),
    "/pipelines/{name}/predictions": ("POST", "predict"),
    "/pipelines/{name}/outcomes": ("POST", "observe"),
}
SIGNED = {
    ("POST", "/pipelines/{name}/forget"): "request",
    ("GET", "/pipelines/{name}/forget/{request_id}"): "request",
    ("POST", "/pipelines/{name}/models/{version}/approve"): "request",
    ("POST", "/pipelines/{name}/models/{version}/reject"): "request",
    ("POST", "/pipelines/{name}/retrain"): "request",
    ("POST", "/pipelines/{name}/rollback"): "request",
}


class HttpApi(Construct):
    """Clients have an API key, or sign as operators do; refusals are problem documents (RFC 9457).

    With `api_access: iam` every caller signs with AWS credentials instead, with `jwt` it shows a
    token, which `authorize` knows. Predictions are the `endpoint`'s, where there is one.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        authorize: lambda_.IFunction | None = None,
        endpoint: Endpoint | None = None,
        **functions: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, "Api")
        self._room = Room.of_construct(self)
        self.name = f"tidemill-{self._room.settings.stage}"
        self._api = self._rest_api()
        self._authorizer = Authorizer(self, function=authorize) if authorize else None
        self._add_routes(functions, endpoint)
        refuse_in_problems(self._api)
        self.key = self._add_key()
        self._add_alarms()
        if self._room.settings.firewall:
            Firewall(self, stage=self._api.deployment_stage)

    @property
    def address(self) -> str:
        """The address that `/v1/...` follows."""
        stack = Stack.of(self)
        host = f"{self._api.rest_api_id}.execute-api.{stack.region}.{stack.url_suffix}"
        return f"https://{host}"

    def _rest_api(self) -> apigateway.RestApi:
        api = apigateway.RestApi(
            self,
            "Rest",
            rest_api_name=self.name,
            description="Predictions, and what is known of each pipeline",
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            cloud_watch_role=True,
            # The account has one such role: it must outlive the stage that made it.
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN,
            api_key_source_type=key_source(self._room.settings),
            deploy_options=self._stage(),
        )
        api.node.try_remove_child("Endpoint")  # an output that no one asked for
        for rule, reason in ACCEPTED.items():
            acknowledge(api, rule, reason)
        return api

    def _stage(self) -> apigateway.StageOptions:
        settings = self._room.settings
        return apigateway.StageOptions(
            stage_name=STAGE,
            access_log_destination=apigateway.LogGroupLogDestination(
                self._room.log_group("access")
            ),
            access_log_format=apigateway.AccessLogFormat.json_with_standard_fields(
                caller=False,
                http_method=True,
                ip=True,
                protocol=True,
                request_time=True,
                resource_path=True,
                response_length=True,
                status=True,
                user=False,
            ),
            logging_level=apigateway.MethodLoggingLevel.ERROR,
            metrics_enabled=True,
            tracing_enabled=True,
            throttling_rate_limit=settings.requests_per_second,
            throttling_burst_limit=2 * settings.requests_per_second,
        )

    def _add_routes(
        self, functions: dict[str, lambda_.IFunction], endpoint: Endpoint | None
    ) -> None:
        validator = self._api.add_request_validator(
            "Validator", validate_request_parameters=True, validate_request_body=True
        )
        integrations: dict[str, apigateway.Integration] = {
            name: apigateway.LambdaIntegration(function, scope_permission_to_method=False)
            for name, function in functions.items()
        }
        if endpoint:
            integrations["predict"] = answered_by(endpoint)
        access = method_access(self._room.settings, self._authorizer)
        for path, (method, function) in ROUTES.items():
            self._api.root.resource_for_path(path).add_method(
                method,
                integrations[function],
                request_validator=validator,
                method_responses=METHOD_RESPONSES if endpoint and function == "predict" else None,
                **access,
            )
        for (method, path), function in SIGNED.items():
            self._api.root.resource_for_path(path).add_method(
                method,
                integrations[function],
                authorization_type=apigateway.AuthorizationType.IAM,
                request_validator=validator,
            )

    def _add_key(self) -> apigateway.IApiKey:
        settings = self._room.settings
        first, *others = [
            self._api.add_api_key(name, value=value, description=f"Tidemill {settings.stage}")
            for name, value in key_values(settings).items()
        ]
        plan = self._api.add_usage_plan(
            "UsagePlan",
            name=self.name,
            throttle=apigateway.ThrottleSettings(
                rate_limit=settings.requests_per_second,
                burst_limit=2 * settings.requests_per_second,
            ),
            quota=apigateway.QuotaSettings(
                limit=settings.requests_per_day, period=apigateway.Period.DAY
            ),
        )
        for key in (first, *others):
            plan.add_api_key(key)
        plan.add_api_stage(stage=self._api.deployment_stage)
        return first

    def _add_alarms(self) -> None:
        self._room.alarm(
            "ApiErrors",
            self._api.metric_server_error(period=FIVE_MINUTES, statistic="Sum"),
            above=0,
            description="The API answered with a 5xx. Read the predict and describe functions' "
            "logs; Lambda's throttles and timeouts show on the dashboard.",
        )
        self._room.alarm(
            "ApiLatency",
            self._api.metric_latency(period=FIVE_MINUTES, statistic=cloudwatch.Stats.p(99)),
            above=3000,
            description="One request in a hundred takes more than 3 s. Look at cold starts and at "
            "the size of the requests; more memory makes the predict function faster.",
        )


ACCEPTED = {
    "AwsSolutions-APIG3": "A web ACL costs 5 USD a month at rest; keys, throttle and quota bound "
    "what a caller can do, and an account's own ACL can be associated with the stage.",
    "AwsSolutions-APIG4": "Callers are programs: they carry an API key under a usage plan, unless "
    "the deployment asks for signatures or tokens.",
    "AwsSolutions-COG4": "Tokens of any OIDC issuer are taken where the deployment asks for them, "
    "Cognito's among them; otherwise there are no users to sign in.",
    "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/"
    "AmazonAPIGatewayPushToCloudWatchLogs]": "The account's one role by which API Gateway writes "
    "logs; AWS defines and maintains its policy.",
}
