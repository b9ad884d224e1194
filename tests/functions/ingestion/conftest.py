"""A landing bucket, the rooms behind it, and all that they wrote, in memory."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow.parquet as pq
import pytest

from ingestion.adopt.adopt import adopt
from ingestion.freeze.freeze import freeze
from ingestion.ingest import stages
from ingestion.ingest.ingest import ingest
from ingestion.ingest.tools import Limits, Tools
from tidemill.contract import parse_contract
from tidemill.events import Event, InMemoryBus
from tidemill.landing import LandedObject
from tidemill.pseudonyms import InMemoryKeys
from tidemill.queue import InMemoryQueue
from tidemill.records import DropRecord
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable
from tidemill.workflow import InMemoryWorkflow

CONTRACT = """
pipeline: shells
target: rings
sources:
  rows:
    columns:
      sex: {type: category, values: [M, F, I]}
      length: {type: float, min: 0, max: 2}
      rings: {type: int, min: 1, nullable: false}
    tolerate: {bad_rows: 50%}
"""
DATA = "s3://data"


@dataclass
class Shore:
    """The ingestion rooms over fakes."""

    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))
    store: InMemoryStore = field(default_factory=InMemoryStore)
    bus: InMemoryBus = field(default_factory=InMemoryBus)
    landing: InMemoryQueue = field(default_factory=InMemoryQueue)
    limits: Limits = field(default_factory=Limits)
    workflow: InMemoryWorkflow | None = None

    def accept_contract(self, text: str = CONTRACT) -> None:
        self.registry.put_contract(parse_contract(text))

    def put(self, key: str, body: bytes | str, sequencer: str | None = None) -> LandedObject:
        """Write an object; its version and, unless given, its sequencer count up."""
        raw = body.encode() if isinstance(body, str) else body
        uri = f"s3://landing/{key}"
        self.store.write(uri, raw)
        version = str(len(self.store.objects[uri]))
        return LandedObject(
            bucket="landing",
            key=key,
            version_id=version,
            etag="e",
            sequencer=sequencer or f"00{version}",
            size=len(raw),
            landed_at=f"2026-11-01T00:00:{len(self.store.objects):02}Z",
        )

    @property
    def tools(self) -> Tools:
        return Tools(
            registry=self.registry,
            store=self.store,
            bus=self.bus,
            keys=InMemoryKeys(),
            data=DATA,
            limits=self.limits,
            workflow=self.workflow,
        )

    def ingest(self, landed: LandedObject) -> DropRecord:
        """Bring the object to its state, by the workflow's steps where it is handed over."""
        drop = ingest(landed, self.tools)
        if drop is None:
            assert self.workflow is not None
            drop = self.work_off(landed)
        return drop

    def hand_over(self, landed: LandedObject) -> bool:
        """Whether the object is left to the workflow."""
        return ingest(landed, self.tools) is None

    def work_off(self, landed: LandedObject) -> DropRecord:
        """Take the workflow's steps, its workers from the last part to the first."""
        planned = stages.plan(landed, self.tools)
        if planned["route"] == "done":
            found = self.registry.drop(landed.pipeline, landed.identity)
            assert found is not None
            return found
        parts = json.loads(self.store.read(f"s3://{planned['bucket']}/{planned['key']}"))
        for part in reversed(parts):
            stages.sort(part["plan_uri"], part["part"], self.tools)
        drop, _ = stages.conclude(planned["plan_uri"], self.tools)
        return drop or self.work_off(landed)

    def drop(self, key: str, body: bytes | str, sequencer: str | None = None) -> DropRecord:
        return self.ingest(self.put(key, body, sequencer))

    def adopt(self, text: str, sequencer: str | None = None) -> None:
        adopt(
            self.put("shells/pipeline.yaml", text, sequencer),
            registry=self.registry,
            store=self.store,
            bus=self.bus,
            landing=self.landing,
        )

    def redeliver(self) -> list[DropRecord]:
        """Ingest what was called back."""
        sent, self.landing.sent = self.landing.sent, []
        return [self.ingest(LandedObject.from_event(json.loads(body))) for body in sent]

    def freeze(self) -> None:
        freeze("shells", registry=self.registry, store=self.store, bus=self.bus, data=DATA)

    def rows(self, uri: str | None) -> list[dict[str, Any]]:
        """A Parquet object that was written."""
        assert uri is not None
        found: list[dict[str, Any]] = pq.read_table(io.BytesIO(self.store.read(uri))).to_pylist()
        return found

    def told[E: Event](self, kind: type[E]) -> list[E]:
        return [event for event in self.bus.published if isinstance(event, kind)]

    def outputs(self) -> dict[str, list[bytes]]:
        """All that was written outside the landing bucket."""
        return {uri: bodies for uri, bodies in self.store.objects.items() if DATA in uri}


@pytest.fixture
def shore() -> Shore:
    """A shore where a contract is in force."""
    made = Shore()
    made.accept_contract()
    return made


@pytest.fixture
def bare_shore() -> Shore:
    """A shore without a contract."""
    return Shore()


@pytest.fixture
def csv_of() -> Callable[..., str]:
    """CSV text of rows."""

    def write(*rows: str) -> str:
        return "\n".join(["sex,length,rings", *rows, ""])

    return write
