"""A tiny artifact and a registry that serves it."""

from dataclasses import dataclass, field

import pytest

from inference.predict.cells import Instances
from inference.predict.loading import Loader
from tests.models import a_model, vouched
from tidemill.artifact import Artifact, Feature, Header, Rules, Signature
from tidemill.artifact.document import pack
from tidemill.contract import parse_contract
from tidemill.records import RunRecord
from tidemill.registry import Registry
from tidemill.serving import ServingRecords
from tidemill.signing import InMemorySigner
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
DEFAULT_RULES = Rules()
FEATURES = (
    Feature("length", "float", nullable=False),
    Feature("ribs", "int", min=0, max=100),
    Feature("wet", "bool"),
    Feature("sex/age", "category", ("M", "F")),
    Feature("seen", "timestamp"),
    Feature("note", "text"),
)


def artifact_bytes(
    slope: float = 2.0,
    rules: Rules = DEFAULT_RULES,
    pipeline: str = "shells",
    *,
    needs: str = "",
    classes: tuple[str, ...] = (),
    intercept: float = 0.0,
) -> bytes:
    """Answers `slope` times length plus `intercept`, or classes by it; may need another field."""
    more = (Feature(needs, "float", nullable=False),) if needs else ()
    signature = Signature((*FEATURES, *more), rules)
    header = Header(
        pipeline, "d", "c", "binary" if classes else "regression", "rings", classes, signature, {}
    )
    graph = {
        "inputs": [["length", "number"]],
        "model": {
            "kind": "linear",
            "steps": [],
            "coefficients": [[slope]],
            "intercepts": [intercept],
            "link": "logistic" if classes else "identity",
        },
    }
    return pack(header.to_json(), graph)


@dataclass
class Service:
    """The registry and store behind the API."""

    table: InMemoryTable = field(default_factory=InMemoryTable)
    store: InMemoryStore = field(default_factory=InMemoryStore)
    signer: InMemorySigner = field(default_factory=InMemorySigner)

    @property
    def registry(self) -> Registry:
        return Registry(self.table)

    @property
    def loader(self) -> Loader:
        return Loader(ServingRecords(self.table), self.store, self.signer)

    def accept(self) -> None:
        self.registry.put_contract(parse_contract(CONTRACT))

    def model(self, version: int, body: bytes | None = None) -> None:
        """Register a model and promote it."""
        self.register(version, body)
        self.registry.promote("shells", version, "approved")

    def register(self, version: int, body: bytes | None = None) -> None:
        """Register a model that answers, by default, its version times length."""
        found = body or artifact_bytes(float(version))
        uri = f"s3://models/{version}.tidemill"
        self.store.write(uri, found)
        known = {"artifact_uri": uri, **vouched(version, found, self.signer)}
        record = a_model(version, **known, metrics={"rmse": 2.0})
        self.registry.put_model("shells", record)

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


@pytest.fixture
def instances(artifact: Artifact) -> Instances:
    return instances_of(artifact)


def instances_of(artifact: Artifact) -> Instances:
    return Instances(artifact.signature, artifact.header.target)
