"""A pipeline that serves a model, in memory, with what is known of its harm."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitoring.retrain.retrain import Retrainer
from monitoring.retrain.sign import Sign
from tidemill.contract import parse_contract
from tidemill.events import DatasetReady, DriftDetected, Event, HarmFound, InMemoryBus
from tidemill.records import (
    DatasetRecord,
    ModelRecord,
    RetrainRecord,
    RunRecord,
    Verdict,
)
from tidemill.registry import Registry
from tidemill.risk import Loss
from tidemill.table import InMemoryTable

PIPELINE = "shells"
CONTRACT = """
pipeline: shells
target: rings
sources: {{rows: {{columns: {{length: {{type: float}}, rings: {{type: int}}}}}}}}
monitor: {{retrain: {{{retrain}}}}}
"""
PROMISED = Loss(1.0, 0.9, 1.1, 1000)
HARM, NO_HARM = Loss(2.0, 1.8, 2.2, 500), Loss(1.0, 0.95, 1.05, 500)
UNCLEAR = Loss(1.3, 0.8, 1.8, 20)


def ago(**amount: float) -> str:
    """A moment as records write it, so long ago."""
    moment = datetime.now(UTC) - timedelta(**amount)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Loop:
    """The registry and the bus of the loop, and what happens in it."""

    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))
    bus: InMemoryBus = field(default_factory=InMemoryBus)

    @property
    def retrainer(self) -> Retrainer:
        return Retrainer(self.registry, self.bus)

    def accept(self, retrain: str) -> None:
        self.registry.put_contract(parse_contract(CONTRACT.format(retrain=retrain)))

    def freeze(self, version: str, rows: int) -> None:
        made = len(self.registry.datasets(PIPELINE))
        nothing = dict.fromkeys(("profile_uri", "contract_uri"), "")
        record = {
            "dataset_version": version,
            "contract_version": self.registry.contract(PIPELINE).version,
            "drops": (),
            "channels": {},
            "rows": {"train": rows},
            "created_at": f"2026-11-01T00:00:{made:02}Z",
        }
        self.registry.put_dataset(PIPELINE, DatasetRecord.model_validate(record | nothing))

    def run(self, dataset: str, *, passed: bool = True, **fields: Any) -> None:  # noqa: ANN401
        verdict = Verdict(passed=passed, reasons=())
        ended = {"finished_at": ago(hours=1), "verdict": verdict, "state": "completed"}
        known = {"run": f"{PIPELINE}-{dataset}", "dataset_version": dataset}
        moment = {"started_at": ago(hours=2 - len(self.registry.runs(PIPELINE)) / 100)}
        self.registry.claim_run(PIPELINE, RunRecord.model_validate(known | moment | ended | fields))

    def promote(self, version: int, dataset: str) -> None:
        texts = ("package_arn", "artifact_uri", "artifact_sha256", "report_uri", "profile_uri")
        record = {
            "model_version": version,
            "run": f"{PIPELINE}-{dataset}",
            "dataset_version": dataset,
            "contract_version": "c",
            "created_at": "",
            "metrics": {},
            "verdict": Verdict(passed=True, reasons=()),
        }
        model = ModelRecord.model_validate(record | dict.fromkeys(texts, ""))
        self.registry.put_model(PIPELINE, model)
        self.registry.promote(PIPELINE, version, "approved")

    def measure(self, loss: Loss | None, *, model: int = 1, at: str = "") -> None:
        promise = {
            "model": f"{PIPELINE}/{model}",
            "promised": asdict(PROMISED),
            "realised": asdict(loss) if loss else None,
            "at": at or ago(seconds=0),
        }
        self.registry.update_promise(PIPELINE, lambda _: promise)

    def drift(self, model: int | None = 1, since: str = "") -> RetrainRecord | None:
        event = DriftDetected(
            pipeline=PIPELINE,
            window="predictions",
            score=1.0,
            features=("length",),
            since={"length": since or ago(minutes=5)},
            model_version=model,
        )
        return self.retrainer.hear(Sign.of_drift(event))

    def harm(self, reason: str = "loss 2") -> RetrainRecord | None:
        event = HarmFound(pipeline=PIPELINE, model_version=1, basis="outcomes", reason=reason)
        return self.retrainer.hear(Sign.of_harm(event))

    def ready(self, version: str) -> RetrainRecord | None:
        event = DatasetReady(pipeline=PIPELINE, dataset_version=version)
        return self.retrainer.think_over(event)

    def told[E: Event](self, kind: type[E]) -> list[E]:
        return [event for event in self.bus.published if isinstance(event, kind)]


@pytest.fixture
def loop() -> Loop:
    """Model 1 was trained on `v1` and serves; drift alone retrains; 100 rows are new in `v2`."""
    made = Loop()
    made.accept("on: [drift]")
    made.freeze("v1", 1000)
    made.run("v1")
    made.promote(1, "v1")
    made.freeze("v2", 1100)
    return made
