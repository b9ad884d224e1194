"""From an HTTPS request to a prediction, captured."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.api_access import authorize
from infra.batch import BatchScoring
from infra.blocks.access import (
    Access,
    derive_pseudonyms,
    publish_events,
    read_objects,
    read_records,
    verify_models,
    write_objects,
    write_records,
)
from infra.blocks.function import PythonFunction
from infra.blocks.job import of_stage
from infra.blocks.layers import LockedLayer
from infra.blocks.room import Room
from infra.capture import CaptureStream
from infra.code_release import CodeRelease
from infra.endpoint import ANYWHERE, Endpoint
from infra.http_api import HttpApi
from infra.storage import Storage
from tidemill.endpoint_settings import EndpointSettings
from tidemill.predict_settings import PredictSettings
from tidemill.settings import DescribeSettings, ObserveSettings, RequestSettings

API_TIMEOUT = Duration.seconds(29)


class Inference(Room):
    """Requests are answered with predictions, and what was answered is captured."""

    def __init__(self, scope: Construct, *, storage: Storage) -> None:
        super().__init__(scope, environment=storage.settings, operations=storage)
        self.storage = storage
        self.core = LockedLayer(self, "core")
        self.scoring = LockedLayer(self, "inference")
        self.capture = CaptureStream(self, bucket=storage.capture, key=storage.data_key)
        self.predict = self._predict()
        self.endpoint = self._endpoint()
        self.observe = self._observe()
        self.describe = self._describe()
        self.request = self._request()
        self.authorize = self._authorize()
        self.batch = BatchScoring(self, storage=storage, core=self.core)
        answering = _live(self.predict, ready=self.settings.provisioned_concurrency)
        self.api = HttpApi(
            self,
            authorize=self.authorize and _live(self.authorize),
            endpoint=self.endpoint,
            predict=answering,
            observe=_live(self.observe),
            describe=_live(self.describe),
            request=_live(self.request),
        )
        if self.settings.code_release == "canary" and not self.endpoint:
            CodeRelease(self, function=self.predict, alias=answering)
        self.alarm(
            "CaptureDelivery",
            self.capture.age,
            above=900,
            description="Captured predictions have waited 15 minutes for S3. The log group "
            "/tidemill/<stage>/inference/capture says why Firehose cannot deliver.",
        )
        self.publish("ApiUrl", self.api.address)
        self.publish("ApiKeyId", self.api.key.key_id)

    def _predict(self) -> PythonFunction:
        storage = self.storage
        function = PythonFunction(
            self,
            "predict",
            settings=PredictSettings(
                stage=self.settings.stage,
                registry_table=storage.registry.table_name,
                capture_stream=self.capture.name,
                signing_key=storage.signing_key.key_id,
            ),
            layers=[self.scoring],
            timeout=API_TIMEOUT,
            memory_mb=1024,
            snap_start=self.settings.snap_start,
            reserved=self.settings.reserved_concurrency,
        )
        function.allow(*self._answering(function.own_role))
        return function

    def _answering(self, role: iam.IRole) -> tuple[Access, ...]:
        """What it takes to answer with the models that serve, and to capture that."""
        storage = self.storage
        return (
            *read_objects(storage.models, role, "models/"),
            *read_records(storage.registry),
            Access(actions=("firehose:PutRecordBatch",), resources=(self.capture.arn,)),
            verify_models(storage.signing_key),
        )

    def _endpoint(self) -> Endpoint | None:
        """What answers predictions in the function's place, where the deployment asks for it."""
        if self.settings.endpoint == "none":
            return None
        storage = self.storage
        settings = EndpointSettings(
            stage=self.settings.stage,
            registry_table=storage.registry.table_name,
            capture_stream=self.capture.name,
            signing_key=storage.signing_key.key_id,
            host=ANYWHERE,
        )
        accesses = self._answering(self.predict.own_role)
        return Endpoint(self, settings=settings, accesses=accesses)

    def _authorize(self) -> PythonFunction | None:
        if self.settings.api_access != "jwt":
            return None
        return authorize(self, layers=[self.scoring, LockedLayer(self, "access")])

    def _observe(self) -> PythonFunction:
        storage = self.storage
        function = PythonFunction(
            self,
            "observe",
            settings=ObserveSettings(
                stage=self.settings.stage,
                registry_table=storage.registry.table_name,
                capture_bucket=storage.capture.bucket_name,
            ),
            layers=[self.core],
            timeout=API_TIMEOUT,
        )
        function.allow(
            *read_records(storage.registry),
            *write_objects(storage.capture, function.own_role, "outcomes/"),
        )
        return function

    def _describe(self) -> PythonFunction:
        storage = self.storage
        function = PythonFunction(
            self,
            "describe",
            settings=DescribeSettings(
                stage=self.settings.stage,
                registry_table=storage.registry.table_name,
                api_access=self.settings.api_access,
                jwt_issuer=self.settings.jwt_issuer or "",
            ),
            layers=[self.core],
            timeout=API_TIMEOUT,
        )
        function.allow(
            *read_objects(storage.models, function.own_role, "models/"),
            *read_objects(storage.data, function.own_role, "drops/"),
            *read_objects(storage.capture, function.own_role, "drift/"),
            *read_records(storage.registry),
        )
        return function

    def _request(self) -> PythonFunction:
        storage = self.storage
        function = PythonFunction(
            self,
            "request",
            settings=RequestSettings(
                stage=self.settings.stage,
                registry_table=storage.registry.table_name,
                bus=storage.bus.event_bus_name,
                pseudonym_key=storage.pseudonym_key.key_id,
            ),
            layers=[self.core],
            timeout=API_TIMEOUT,
        )
        function.allow(
            *write_records(storage.registry),
            *publish_events(storage.bus),
            derive_pseudonyms(storage.pseudonym_key),
            of_stage(
                self,
                ("model-package",),
                "sagemaker:DescribeModelPackage",
                "sagemaker:UpdateModelPackage",
            ),
        )
        return function


def _live(function: PythonFunction, *, ready: int = 0) -> lambda_.Alias:
    """The version that is served: moved as a whole, but where a `CodeRelease` moves it.

    So many of it are kept `ready`, started before they are asked, and billed by the hour.
    """
    return function.add_alias("live", provisioned_concurrent_executions=ready or None)
