"""Models in the registry of a running cloud, as training leaves them there, without training."""

from base64 import b64encode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from local.journey import Journey
from tidemill.aws import DynamoTable
from tidemill.contract import Contract
from tidemill.records import ModelRecord, Verdict
from tidemill.registry import Registry
from tidemill.signing import ALGORITHM, statement


@dataclass(frozen=True)
class Shelf:
    """One pipeline of a deployed application, its contract in force from the start."""

    journey: Journey
    contract: Contract

    @cached_property
    def registry(self) -> Registry:
        """The application's own."""
        table = DynamoTable(self.journey.client("dynamodb"), self.journey.outputs["RegistryTable"])
        made = Registry(table)
        made.put_contract(self.contract)
        return made

    def register(self, version: int, artifact: bytes) -> None:
        """Vouch for an artifact as a version of the pipeline's models."""
        pipeline, digest = self.contract.pipeline, sha256(artifact).hexdigest()
        key = f"models/{pipeline}/{version}.tidemill"
        self.journey.client("s3").put_object(Bucket=self._bucket, Key=key, Body=artifact)
        mac = self.journey.client("kms").generate_mac(
            KeyId=self._signing_key,
            Message=statement(pipeline, version, digest),
            MacAlgorithm=ALGORITHM,
        )["Mac"]
        record = ModelRecord(
            model_version=version,
            package_arn=f"arn:aws:sagemaker:us-east-1:0:model-package/{pipeline}/{version}",
            run="r",
            dataset_version=f"d{version}",
            contract_version=self.contract.version,
            artifact_uri=f"s3://{self._bucket}/{key}",
            artifact_sha256=digest,
            artifact_mac=b64encode(mac).decode(),
            report_uri=f"s3://{self._bucket}/models/{pipeline}/report.html",
            profile_uri=f"s3://{self._bucket}/models/{pipeline}/profile",
            created_at="2026-11-01T00:00:00Z",
            metrics={"rmse": 1.0},
            verdict=Verdict(passed=True, reasons=()),
        )
        self.registry.put_model(pipeline, record)

    @cached_property
    def _bucket(self) -> str:
        buckets = self.journey.client("s3").list_buckets()["Buckets"]
        (models,) = (each["Name"] for each in buckets if "model" in each["Name"])
        return str(models)

    @cached_property
    def _signing_key(self) -> str:
        """The key that the function which answers has models verified by."""
        functions = self.journey.client("lambda").list_functions()["Functions"]
        settings: list[dict[str, Any]] = [
            each.get("Environment", {}).get("Variables", {}) for each in functions
        ]
        (predict,) = (each for each in settings if "TIDEMILL_CHAMPION_SECONDS" in each)
        return str(predict["TIDEMILL_SIGNING_KEY"])
