"""A SageMaker endpoint that serves every pipeline's champion, for those whose load is steady."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.blocks.access import Access
from infra.blocks.endpoint_image import EndpointImage
from infra.blocks.job import JobRole
from infra.blocks.room import FIVE_MINUTES, Room
from tidemill.endpoint_settings import EndpointSettings

VARIANT = "all"
# Of the instances' processors: a new instance takes minutes to come.
BUSY_PERCENT = 60
SERVERLESS_MB = 2_048
SERVERLESS_REQUESTS = 20
ANYWHERE = "0.0.0.0"  # noqa: S104 - a container is reached from outside of it
Config = sagemaker.CfnEndpointConfig


class Endpoint(Construct):
    """Instances that grow in number with their work, or none at all between requests.

    It reads which model serves as the function does, so a promotion changes nothing here. `caller`
    is the role by which the API asks it.
    """

    def __init__(
        self, scope: Construct, *, settings: EndpointSettings, accesses: Sequence[Access]
    ) -> None:
        super().__init__(scope, "Endpoint")
        self._room = Room.of_construct(self)
        self.name = f"tidemill-{self._room.settings.stage}"
        image = EndpointImage(self)
        role = JobRole(self, kind="Endpoint", image=image)
        role.allow(*accesses)
        model = sagemaker.CfnModel(
            self,
            "Model",
            execution_role_arn=role.role_arn,
            primary_container=sagemaker.CfnModel.ContainerDefinitionProperty(
                image=image.uri, environment=settings.to_env()
            ),
        )
        model.node.add_dependency(role)
        config = Config(self, "Config", production_variants=[self._variant(model)])
        self._endpoint = sagemaker.CfnEndpoint(
            self,
            "Endpoint",
            endpoint_name=self.name,
            endpoint_config_name=config.attr_endpoint_config_name,
            retain_all_variant_properties=not self._is_serverless,
        )
        if not self._is_serverless:
            self._grow()
        self.caller = self._caller()

    @property
    def _is_serverless(self) -> bool:
        return self._room.settings.endpoint == "serverless"

    def _variant(self, model: sagemaker.CfnModel) -> Config.ProductionVariantProperty:
        settings = self._room.settings
        if self._is_serverless:
            return Config.ProductionVariantProperty(
                variant_name=VARIANT,
                model_name=model.attr_model_name,
                initial_variant_weight=1,
                serverless_config=Config.ServerlessConfigProperty(
                    max_concurrency=SERVERLESS_REQUESTS, memory_size_in_mb=SERVERLESS_MB
                ),
            )
        return Config.ProductionVariantProperty(
            variant_name=VARIANT,
            model_name=model.attr_model_name,
            initial_variant_weight=1,
            initial_instance_count=settings.endpoint_instances,
            instance_type=settings.endpoint,
        )

    def _grow(self) -> None:
        settings = self._room.settings
        target = scaling.ScalableTarget(
            self,
            "Instances",
            service_namespace=scaling.ServiceNamespace.SAGEMAKER,
            resource_id=f"endpoint/{self.name}/variant/{VARIANT}",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            min_capacity=settings.endpoint_instances,
            max_capacity=settings.endpoint_most_instances,
        )
        target.node.add_dependency(self._endpoint)
        target.scale_to_track_metric(
            "Work",
            target_value=BUSY_PERCENT,
            custom_metric=cloudwatch.Metric(
                namespace="/aws/sagemaker/Endpoints",
                metric_name="CPUUtilizationNormalized",
                dimensions_map={"EndpointName": self.name, "VariantName": VARIANT},
                statistic="Average",
                period=FIVE_MINUTES,
            ),
        )

    def _caller(self) -> iam.Role:
        stack = Stack.of(self)
        role = iam.Role(
            self,
            "CallerRole",
            assumed_by=iam.ServicePrincipal(
                "apigateway.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            description="The API asks the endpoint",
        )
        arn = stack.format_arn(
            service="sagemaker",
            resource="endpoint",
            resource_name=self.name,
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
        Access(actions=("sagemaker:InvokeEndpoint",), resources=(arn,)).give(role)
        return role
