"""The whole of a release in one process: workflow, steps, checks and what answers requests."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from inference.predict.champions import Champions, Keeping
from inference.predict.predict import Predictor
from inference.predict.trials import Trials
from release.advance.advance import Advancer, Request
from release.check.check import Checker, Look
from release.check.seen import InMemoryReadings, Seen, Subject
from tests.functions.inference.conftest import Service, artifact_bytes
from tests.statemachines.conftest import SUBSTITUTIONS
from tests.statemachines.interpreter import Execution, load, run
from tidemill.contract import parse_contract

CONTRACT = """
pipeline: shells
target: rings
task: regression
sources: {rows: {columns: {length: {type: float, nullable: false}, rings: {type: int}}}}
release: {strategy: canary, canary: 50%, bake: 1s, shadow: 60}
"""
REQUEST = {"package_arn": "arn:2", "approved_at": "2099-01-01T00:00:00.000Z"}
SUMS = {
    "Predictions": "predictions",
    "InvalidPredictions": "invalid",
    "PairedDifferences": "differences",
    "PairedSquares": "squares",
    "PairedFourths": "fourths",
}


@dataclass
class Metrics:
    """What is counted of variants, as CloudWatch would add it up."""

    sums: dict[Subject, dict[str, float]] = field(default_factory=dict)
    latencies: dict[Subject, list[float]] = field(default_factory=dict)

    def tally(self, pipeline: str, variant: str, model: str, values: Mapping[str, float]) -> None:
        subject = Subject(pipeline, variant, int(model))
        kept = self.sums.setdefault(subject, {})
        for name, value in values.items():
            if name == "RowLatency":
                self.latencies.setdefault(subject, []).append(value)
            elif name in SUMS:
                kept[SUMS[name]] = kept.get(SUMS[name], 0) + value
            elif name in {"PairedLow", "PairedHigh"}:
                choose, member = (min, "low") if name == "PairedLow" else (max, "high")
                kept[member] = choose(kept.get(member, value), value)

    def readings(self) -> InMemoryReadings:
        subjects = {
            subject: Seen(requests=len(self.latencies.get(subject, ())), **kept)
            for subject, kept in self.sums.items()
        }
        return InMemoryReadings(subjects, self.latencies)


@dataclass
class World:
    """A pipeline with a champion, its requests, and a release of version 2."""

    service: Service
    metrics: Metrics = field(default_factory=Metrics)
    answers: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service.registry.put_contract(parse_contract(CONTRACT))
        self.service.model(1, artifact_bytes(1.0))
        for version in (1, 2):
            self._measure(version)
        champions = Champions(self.service.loader, Keeping(0.0), lambda *_: None)
        trials = Trials(champions, self.metrics.tally)
        self._predictor = Predictor(champions, self, lambda *_: None, trials)

    def _measure(self, version: int) -> None:
        item = self.service.table.get("shells", f"model#{version:06d}")
        if item is not None:
            document = {**item.document, "metrics": {"rmse": 0.5}}
            self.service.table.put("shells", item.record, document, expect=item.revision)

    def post(self, _pipeline: str, lines: list[bytes]) -> None:
        """Captures are of no matter here."""

    def done(self) -> None:
        """Nothing is held."""

    def release(self, body: bytes) -> Execution:
        """Register version 2, and have the workflow release it while requests go on."""
        self.service.register(2, body)
        self._measure(2)
        advancer = Advancer(self.service.registry)

        def advance(arguments: dict[str, Any]) -> dict[str, Any]:
            payload = dict(arguments["Payload"])
            step = payload.pop("step")
            return {"Payload": getattr(advancer, step)(Request(**payload)).model_dump()}

        def check(arguments: dict[str, Any]) -> dict[str, Any]:
            for _ in range(8):
                self.ask()
            time.sleep(0.1)
            checker = Checker(self.service.registry, self.metrics.readings(), 1)
            return {"Payload": checker.look(Look(**arguments["Payload"])).model_dump()}

        package = {
            "ModelPackageVersion": 2,
            "ModelPackageArn": "arn:2",
            "ModelApprovalStatus": "Approved",
            "CustomerMetadataProperties": {"pipeline": "shells"},
        }
        steps = ("BeginRelease", "AdvanceRelease", "PromoteModel", "RollBack")
        tasks: dict[str, Any] = dict.fromkeys(steps, [advance] * 5)
        tasks |= {"ReadPackage": [package], "ReadApproval": [package] * 99}
        tasks |= {"CheckModel": [check] * 99, "RejectPackage": [{}]}
        tasks |= {"TellOfPromotion": [{}], "TellOfRollback": [{}]}
        return run(load("release", SUBSTITUTIONS), REQUEST, tasks)

    def ask(self) -> None:
        lengths = [1.0 + n for n in range(20)]
        body = {
            "instances": [{"length": length} for length in lengths],
            "ids": [uuid4().hex for _ in lengths],
        }
        document = json.loads(self._predictor.answer("shells", json.dumps(body)))
        self.answers += document["predictions"]


@pytest.fixture
def world(service: Service) -> World:
    return World(service)


@pytest.fixture
def service() -> Service:
    made = Service()
    made.accept()
    return made


def test_a_model_that_holds_comes_to_serve(world: World) -> None:
    """Through shadow and canary; then it is watched, and the release is over."""
    execution = world.release(artifact_bytes(1.01))
    assert execution.status == "SUCCEEDED"
    (record,) = world.service.registry.releases("shells")
    assert record.state == "promoted", record
    assert record.predictions["shadow"] >= 60
    assert set(record.predictions) == {"shadow", "canary", "bake"}
    champion = world.service.registry.champion("shells")
    assert (champion.model_version, champion.previous, champion.challenge) == (2, 1, None)
    assert execution.arguments("TellOfPromotion")


@pytest.mark.parametrize("stage", ["shadow", "canary"])
@pytest.mark.parametrize(
    "body",
    [
        artifact_bytes(0.0, intercept=10.0),
        artifact_bytes(1e308),
        artifact_bytes(1.0, intercept=5.0),
    ],
    ids=["constant", "throws", "shifted"],
)
def test_a_model_that_does_not_hold_is_taken_back(world: World, body: bytes, stage: str) -> None:
    """Without an error to anybody, and in the shadow without an answer of it."""
    if stage == "canary":
        contract = parse_contract(CONTRACT.replace("shadow: 60", "shadow: 0"))
        world.service.registry.put_contract(contract)
    execution = world.release(body)
    (record,) = world.service.registry.releases("shells")
    assert (record.state, record.stage) == ("rolled_back", stage), record
    assert record.reason.startswith(f"{stage}: ")
    champion = world.service.registry.champion("shells")
    assert (champion.model_version, champion.challenge) == (1, None)
    assert execution.arguments("TellOfRollback")
    if stage == "shadow":
        assert not [answer for answer in world.answers if "model" in answer]
