"""Models that no training would deliver, registered as training registers its own."""

import json
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from local.journey import Journey
from tidemill.artifact import Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.aws import DynamoTable
from tidemill.records import ModelRecord, Verdict, now
from tidemill.registry import Registry
from tidemill.signing import KmsSigner, statement

EVALUATION = {
    "task": "regression",
    "metric": "rmse",
    "rows": {"test": 500},
    "models": {"challenger": {"test": {"mae": 0.4, "rmse": 0.5}}},
    "comparisons": {},
}
LENGTHS = Signature((Feature("length", "float", nullable=False),))


@dataclass(frozen=True)
class Line:
    """Answers `slope` times length plus `intercept`, after so many steps that change nothing.

    One step more asks for the codes of numbers, which no kernel does: all are taken in Python.
    """

    slope: float = 2.0
    intercept: float = 1.0
    steps: int = 1

    def artifact(self, pipeline: str) -> bytes:
        header = Header(pipeline, "d", "c", "regression", "rings", (), LENGTHS, {})
        codes = {"kind": "ordinal", "columns": [{"codes": [], "missing": 0, "unknown": 0}]}
        parts = [{"take": [0], "steps": []}, {"take": [0], "steps": [codes]}]
        idle = {"kind": "scale", "mean": [0, 0], "scale": [1, 1]}
        graph = {
            "inputs": [["length", "number"]],
            "model": {
                "kind": "linear",
                "steps": [{"kind": "columns", "parts": parts}, *[idle] * self.steps],
                "coefficients": [[self.slope, 0.0]],
                "intercepts": [self.intercept],
                "link": "identity",
            },
        }
        return pack(header.to_json(), graph)


class Planter:
    """Registers models with a running cloud: file, package, record and what vouches for them."""

    def __init__(self, journey: Journey) -> None:
        self._journey = journey
        self.registry = Registry(
            DynamoTable(journey.client("dynamodb"), journey.outputs["RegistryTable"])
        )
        functions = journey.client("lambda").list_functions(MaxItems=100)["Functions"]
        variables: dict[str, str] = {}
        for function in functions:
            variables |= function.get("Environment", {}).get("Variables", {})
        self._signer = KmsSigner(journey.client("kms"), variables["TIDEMILL_SIGNING_KEY"])
        self._bucket = variables["TIDEMILL_MODELS_BUCKET"]

    def plant(self, pipeline: str, line: Line) -> ModelRecord:
        """Register a model, pending approval."""
        body, sagemaker = line.artifact(pipeline), self._journey.client("sagemaker")
        arn = self._package(sagemaker, pipeline)
        version, digest = int(arn.rpartition("/")[2]), sha256(body).hexdigest()
        folder = f"models/{pipeline}/planted-{version}"
        key = f"{folder}/artifact.tidemill"
        files = {key: body, f"{folder}/evaluation.json": json.dumps(EVALUATION).encode()}
        for name, content in files.items():
            self._journey.client("s3").put_object(Bucket=self._bucket, Key=name, Body=content)
        mac = self._signer.sign(statement(pipeline, version, digest))
        record = ModelRecord(
            model_version=version,
            package_arn=arn,
            run=f"planted-{version}",
            dataset_version="d",
            contract_version="c",
            artifact_uri=f"s3://{self._bucket}/{key}",
            artifact_sha256=digest,
            artifact_mac=b64encode(mac).decode(),
            report_uri=f"s3://{self._bucket}/{key}",
            profile_uri=f"s3://{self._bucket}/{key}",
            created_at=now(),
            metrics={"rmse": 0.5},
            verdict=Verdict(passed=True, reasons=()),
        )
        self.registry.put_model(pipeline, record)
        return record

    def _package(self, sagemaker: Any, pipeline: str) -> str:  # noqa: ANN401 - a boto3 client
        group = f"tidemill-local-{pipeline}"
        groups = sagemaker.list_model_package_groups(NameContains=group)
        if not groups["ModelPackageGroupSummaryList"]:
            sagemaker.create_model_package_group(ModelPackageGroupName=group)
        made = sagemaker.create_model_package(
            ModelPackageGroupName=group,
            ModelApprovalStatus="PendingManualApproval",
            CustomerMetadataProperties={"pipeline": pipeline},
            InferenceSpecification={
                "Containers": [{"Image": "image:1"}],
                "SupportedContentTypes": ["application/json"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
        )
        return str(made["ModelPackageArn"])
