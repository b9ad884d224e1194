"""A tiny artifact and a registry that serves it."""

from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from tidemill.artifact import Artifact, Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.contract import parse_contract
from tidemill.records import ModelRecord, RunRecord, Verdict
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable

CONTRACT = """
pipeline: shells
target: rings
sources:
  rows:
    columns:
      length: {type: float, nullable: false, description: in mm}
      ribs: {type: int}
      wet: {type: bool}
      sex/age: {type: category, values: [M, F]}
      seen: {type: timestamp}
      note: {type: text}
      rings: {type: int}
"""
FEATURES = (
    Feature("length", "float", nullable=False),
    Feature("ribs", "int"),
    Feature("wet", "bool"),
    Feature("sex/age", "category", ("M", "F")),
    Feature("seen", "timestamp"),
    Feature("note", "text"),
)


def artifact_bytes(slope: float = 2.0) -> bytes:
    """A model that answers `slope` times length."""
    header = Header("shells", "d", "c", "regression", "rings", (), Signature(FEATURES), {})
    graph = {
        "inputs": [["length", "number"]],
        "model": {
            "kind": "linear",
            "steps": [],
            "coefficients": [[slope]],
            "intercepts": [0.0],
            "link": "identity",
        },
    }
    return pack(header.to_json(), graph)


@dataclass
class Service:
    """The registry and store behind the API."""

    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))
    store: InMemoryStore = field(default_factory=InMemoryStore)

    def accept(self) -> None:
        self.registry.put_contract(parse_contract(CONTRACT))

    def model(self, version: int, body: bytes | None = None) -> None:
        """Register a model and promote it."""
        found = body or artifact_bytes(float(version))
        uri = f"s3://models/{version}.tidemill"
        self.store.write(uri, found)
        record = ModelRecord(
            model_version=version,
            package_arn=f"arn:{version}",
            run="r",
            dataset_version="d",
            contract_version="c",
            artifact_uri=uri,
            artifact_sha256=sha256(found).hexdigest(),
            report_uri=f"s3://models/{version}.html",
            profile_uri="s3://models/p",
            created_at="2026-11-01",
            metrics={"rmse": 2.0},
            verdict=Verdict(passed=True, reasons=()),
        )
        self.registry.put_model("shells", record)
        self.registry.promote("shells", version, "approved")

    def run(self, name: str, cost: float) -> None:
        record = RunRecord(
            run=name,
            dataset_version="d",
            state="completed",
            started_at=f"2026-11-{name}",
            cost_usd=cost,
        )
        self.registry.claim_run("shells", record)


@pytest.fixture
def service() -> Service:
    made = Service()
    made.accept()
    return made


@pytest.fixture
def artifact() -> Artifact:
    return Artifact.load(artifact_bytes())
