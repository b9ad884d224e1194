"""A landing bucket, a model that serves, and what becomes of files to be scored, in memory."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow.parquet as pq
import pytest

from inference.batch import stages
from inference.batch.batch import score_file
from inference.batch.tools import Limits, Tools
from inference.predict.capture import DirectOutbox
from inference.predict.champions import Champions, Keeping
from inference.predict.loading import Loader
from inference.predict.predict import Predictor
from tests.models import a_model, vouched
from tidemill.artifact import Feature, Header, Rules, Signature
from tidemill.artifact.document import pack
from tidemill.batches import BatchRecord
from tidemill.contract import parse_contract
from tidemill.landing import LandedObject
from tidemill.pseudonyms import InMemoryKeys
from tidemill.registry import Registry
from tidemill.serving import ServingRecords
from tidemill.signing import InMemorySigner
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable
from tidemill.workflow import InMemoryWorkflow

CONTRACT = """
pipeline: shells
target: kept
sources:
  rows:
    columns:
      shell: {type: id}
      person: {type: text}
      length: {type: float, nullable: false, min: 0, max: 10}
      ribs: {type: int, missing: ["?"]}
      wet: {type: bool}
      sex: {type: category, values: [M, F]}
      seen: {type: timestamp}
      kept: {type: category, values: [no, yes]}
privacy: {pseudonymise: [person]}
"""
FEATURES = (
    Feature("length", "float", nullable=False, min=0, max=10),
    Feature("ribs", "int", min=-5, max=100),
    Feature("wet", "bool"),
    Feature("sex", "category", ("M", "F")),
    Feature("seen", "timestamp"),
)
DEFAULT_RULES = Rules()
INPUTS = [
    ["length", "number"],
    ["ribs", "number"],
    ["wet", "number"],
    ["seen", "timestamp"],
    ["sex", "category"],
]
HOT = {"codes": [["M", 0], ["F", 1]], "size": 3, "missing": None, "unknown": 2}
SLOPES = [-0.03, 0.7, 1e-10, 0.2, 0.1, -0.4, 0.9]
MODEL: dict[str, Any] = {
    "kind": "linear",
    "steps": [
        {
            "kind": "columns",
            "parts": [
                {
                    "take": [0, 1, 2, 3],
                    "steps": [{"kind": "impute", "fills": [1, 2, 0, 0], "flags": [1]}],
                },
                {"take": [4], "steps": [{"kind": "onehot", "columns": [HOT]}]},
            ],
        }
    ],
    "intercepts": [-1.0],
}


def artifact_bytes(
    task: str = "binary",
    rules: Rules = DEFAULT_RULES,
    slope: float = 0.5,
    unread: tuple[Feature, ...] = (),
) -> bytes:
    """A model of two classes, or of a number, over a feature of most types, some perhaps unread."""
    classes = ("no", "yes") if task == "binary" else ()
    signature = Signature((*FEATURES, *unread), rules)
    header = Header("shells", "d", "c", task, "kept", classes, signature, {})  # type: ignore[arg-type]
    link = "logistic" if classes else "identity"
    more = {"link": link, "coefficients": [[slope, *SLOPES]]}
    graph = {"inputs": INPUTS, "model": MODEL | more}
    return pack(header.to_json(), graph)


class Nowhere:
    """Takes what is captured and keeps nothing."""

    def put(self, records: list[bytes]) -> list[bytes]:
        assert records
        return []


@dataclass
class Depot:
    """Batch scoring over fakes."""

    table: InMemoryTable = field(default_factory=InMemoryTable)
    store: InMemoryStore = field(default_factory=InMemoryStore)
    signer: InMemorySigner = field(default_factory=InMemorySigner)
    limits: Limits = field(default_factory=Limits)
    workflow: InMemoryWorkflow | None = None
    landings: int = 0

    @property
    def registry(self) -> Registry:
        return Registry(self.table)

    @property
    def tools(self) -> Tools:
        return Tools(
            registry=self.registry,
            store=self.store,
            verifier=self.signer,
            keys=InMemoryKeys(),
            data="s3://data",
            results="s3://results",
            captures="s3://capture/predictions/_batch",
            limits=self.limits,
            workflow=self.workflow,
        )

    def serve(self, body: bytes, version: int = 1) -> None:
        """Register a model and make it the champion."""
        uri = f"s3://models/{version}.tidemill"
        self.store.write(uri, body)
        model = a_model(version, artifact_uri=uri, **vouched(version, body, self.signer))
        self.registry.put_model("shells", model)
        self.registry.promote("shells", version, "approved")

    def put(self, name: str, body: bytes | str, **metadata: str) -> LandedObject:
        """Write an object below `shells/_batch/`."""
        key = f"shells/_batch/{name}"
        raw = body.encode() if isinstance(body, str) else body
        uri = f"s3://landing/{key}"
        self.store.write(uri, raw)
        self.store.tags[uri] = metadata
        self.landings += 1
        version = str(len(self.store.objects[uri]))
        moment = f"2026-11-01T00:00:{self.landings:02}Z"
        return LandedObject("landing", key, version, "e", f"00{version}", len(raw), moment)

    def score(self, landed: LandedObject) -> BatchRecord:
        """Bring the file to its end, by the workflow's steps where it is handed over."""
        batch = score_file(landed, self.tools)
        if batch is None and self.workflow:
            self.work_off(landed)
        batch = self.registry.batch(landed.pipeline, landed.identity)
        assert batch is not None
        return batch

    def work_off(self, landed: LandedObject) -> None:
        """Take the workflow's steps, its workers from the last part to the first."""
        planned = stages.plan(landed, self.tools)
        if planned["route"] == "done":
            return
        for number in reversed(range(planned["parts"])):
            stages.score(planned["plan_uri"], number, self.tools)
        stages.conclude(planned["plan_uri"], self.tools)

    def drop(self, name: str, body: bytes | str, **metadata: str) -> BatchRecord:
        """Land a file and bring it to its end."""
        return self.score(self.put(name, body, **metadata))

    def rows(self, batch: BatchRecord) -> list[dict[str, Any]]:
        """The result's rows, whatever its format."""
        assert batch.result_uri, batch
        body = self.store.read(batch.result_uri)
        if batch.result_uri.endswith(".parquet"):
            rows: list[dict[str, Any]] = pq.read_table(io.BytesIO(body)).to_pylist()
            return rows
        if batch.result_uri.endswith(".jsonl"):
            return [json.loads(line) for line in body.splitlines()]
        return list(csv.DictReader(io.StringIO(body.decode())))

    def ask(self, instances: list[dict[str, Any]], ids: list[str]) -> list[dict[str, Any]]:
        """What the API answers."""
        loader = Loader(ServingRecords(self.table), self.store, self.signer)
        champions = Champions(loader, Keeping(0.0), lambda *_: None)
        outbox = DirectOutbox(Nowhere(), lambda *_: None)
        predictor = Predictor(champions, outbox, lambda *_: None)
        body = json.dumps({"instances": instances, "ids": ids})
        answers: list[dict[str, Any]] = json.loads(predictor.answer("shells", body))["predictions"]
        return answers


@pytest.fixture
def depot() -> Depot:
    """A pipeline with a contract and a champion."""
    made = Depot()
    made.registry.put_contract(parse_contract(CONTRACT))
    made.serve(artifact_bytes())
    return made


@pytest.fixture
def by_workflow(depot: Depot) -> Callable[[int], Depot]:
    """The same files in parts of so many bytes, by the workflow's steps."""

    def cut(part: int) -> Depot:
        limits = Limits(parts_above=0, part=part)
        return replace(depot, limits=limits, workflow=InMemoryWorkflow())

    return cut
