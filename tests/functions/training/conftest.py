"""A registry with a pipeline that trains, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.models import a_model
from tidemill.contract import parse_contract
from tidemill.events import Event, InMemoryBus
from tidemill.profile import ColumnProfile, Profile
from tidemill.records import DatasetRecord, RunRecord
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable
from tidemill.workflow import InMemoryWorkflow

CONTRACT = """
pipeline: shells
target: rings
sources: {rows: {columns: {length: {type: float}, rings: {type: int}}}}
training: {instance: ml.m5.large, max_runtime: 1h}
"""


@dataclass
class Mill:
    """The training rooms' fakes, with what a test puts there."""

    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))
    store: InMemoryStore = field(default_factory=InMemoryStore)
    bus: InMemoryBus = field(default_factory=InMemoryBus)
    machine: InMemoryWorkflow = field(default_factory=InMemoryWorkflow)

    def accept(self, section: str = "") -> None:
        self.registry.put_contract(parse_contract(CONTRACT + section))

    def dataset(
        self, version: str = "v1", *, target: tuple[int, ...] = (1, 2), **rows: int
    ) -> None:
        """Freeze a dataset of 100 / 20 / 20 rows, or of those given."""
        uri = f"s3://data/{version}/profile.json"
        column = ColumnProfile.of_cells("number", target)
        profile = Profile(rows=len(target), columns={"rings": column})
        self.store.write(uri, profile.model_dump_json().encode())
        contract = self.registry.contract("shells")
        self.registry.put_dataset(
            "shells",
            DatasetRecord(
                dataset_version=version,
                contract_version=contract.version,
                drops=(),
                channels={name: f"s3://data/{name}/" for name in ("train", "validation", "test")},
                rows={"train": 100, "validation": 20, "test": 20} | rows,
                profile_uri=uri,
                contract_uri=f"s3://data/{version}/contract.json",
                created_at=f"2026-11-01T00:00:0{len(self.registry.datasets('shells'))}Z",
            ),
        )

    def champion(self, dataset_version: str = "v1", version: int = 1) -> None:
        known = {"package_arn": f"arn:group/{version}", "dataset_version": dataset_version}
        model = a_model(version, **known, artifact_uri="s3://models/champion.tidemill")
        self.registry.put_model("shells", model)
        self.registry.promote("shells", version, "approved")

    def run(self, name: str = "run", **fields: Any) -> None:  # noqa: ANN401 - of a RunRecord
        record = {"state": "running", "dataset_version": "v1", "started_at": "2026-11-01"} | fields
        self.registry.claim_run("shells", RunRecord(run=name, **record))

    def told[E: Event](self, kind: type[E]) -> list[E]:
        return [event for event in self.bus.published if isinstance(event, kind)]


@pytest.fixture
def mill() -> Mill:
    """A pipeline with a contract and one dataset version."""
    made = Mill()
    made.accept()
    made.dataset()
    return made


@pytest.fixture
def mill_with() -> Callable[[str], Mill]:
    """A pipeline whose contract has one more section."""

    def make(section: str) -> Mill:
        made = Mill()
        made.accept(section)
        made.dataset()
        return made

    return make
