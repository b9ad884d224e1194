"""From an HTTPS request to a prediction, captured."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks.access import (
    Access,
    derive_pseudonyms,
    publish_events,
    read_objects,
    read_records,
    verify_models,
)
from infra.blocks.function import PythonFunction
from infra.blocks.layers import LockedLayer
from infra.blocks.room import Room
from infra.capture import CaptureStream
from infra.http_api import HttpApi
from infra.storage import Storage
from tidemill.predict_settings import PredictSettings
from tidemill.settings import DescribeSettings, RequestSettings

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
        self.describe = self._describe()
        self.request = self._request()
        self.api = HttpApi(
            self,
            predict=_live(self.predict, ready=self.settings.provisioned_concurrency),
            describe=_live(self.describe),
            request=_live(self.request),
        )
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
        function.allow(
            *read_objects(storage.models, function.own_role, "models/"),
            *read_records(storage.registry),
            Access(actions=("firehose:PutRecordBatch",), resources=(self.capture.arn,)),
            verify_models(storage.signing_key),
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
            *read_records(storage.registry),
            *publish_events(storage.bus),
            derive_pseudonyms(storage.pseudonym_key),
        )
        return function


def _live(function: PythonFunction, *, ready: int = 0) -> lambda_.Alias:
    """The version that is served: moved as a whole, or weighted while a new one is tried.

    So many of it are kept `ready`, started before they are asked, and billed by the hour.
    """
    return function.add_alias("live", provisioned_concurrent_executions=ready or None)
