"""Releases under traffic: what does not hold is taken back by itself, what holds is promoted."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest

from infra.signed_api import Operator
from local.journey import Journey, wait_for

from .plant import Line, Planter

pytestmark = pytest.mark.e2e

CONTRACT = """
pipeline: {name}
target: rings
task: regression
sources: {{rows: {{columns: {{length: {{type: float}}, rings: {{type: float}}}}}}}}
release: {{strategy: canary, canary: 50%, bake: 15s, shadow: {shadow}}}
"""
CHAMPION = Line(reads=20_000)
BAD = {
    "constant": Line(0.0, 11.0, 20_000),
    "throws": Line(1.7e308, 1.7e308, 20_000),
    "slow": Line(reads=200_000),
    "shifted": Line(2.0, 6.0, 20_000),
}


@dataclass
class Traffic:
    """Requests one after another until it is told to stop, and what was answered."""

    journey: Journey
    pipeline: str
    stopped: Event = field(default_factory=Event)
    statuses: list[int] = field(default_factory=list)
    answered: list[tuple[float, str]] = field(default_factory=list)

    def run(self) -> None:
        headers = {"x-api-key": self.journey.cloud["api_key"]}
        url = f"{self.journey.cloud['api_url']}/v1/pipelines/{self.pipeline}/predictions"
        with httpx.Client(headers=headers, timeout=60) as api:
            while not self.stopped.wait(0.02):
                ids = [uuid4().hex for _ in range(10)]
                instances = [{"length": 1.0 + n} for n in range(10)]
                answer = api.post(url, json={"instances": instances, "ids": ids})
                self.statuses.append(answer.status_code)
                document = answer.json()
                champion = document.get("model", "")
                models = {each.get("model", champion) for each in document.get("predictions", ())}
                self.answered += [(time.time(), model) for model in models]

    def times(self, model: str) -> list[float]:
        """When the model answered somebody."""
        return [moment for moment, name in self.answered if name == model]


@contextmanager
def traffic(journey: Journey, pipeline: str) -> Iterator[Traffic]:
    going = Traffic(journey, pipeline)
    thread = Thread(target=going.run)
    thread.start()
    try:
        yield going
    finally:
        going.stopped.set()
        thread.join()


@pytest.fixture(scope="module")
def planter(journey: Journey) -> Planter:
    return Planter(journey)


@pytest.fixture(scope="module")
def operator(journey: Journey) -> Iterator[Operator]:
    cloud = journey.cloud
    session = boto3.Session(cloud["access_key"], cloud["secret_key"], region_name=cloud["region"])
    with Operator(cloud["api_url"], session) as made:
        yield made


def begin(journey: Journey, planter: Planter, pipeline: str, shadow: int) -> None:
    """A pipeline whose first model serves."""
    contract = CONTRACT.format(name=pipeline, shadow=shadow)
    journey.drop(f"{pipeline}/pipeline.yaml", contract.encode())
    wait_for(lambda: journey.find(f"/pipelines/{pipeline}"), "the contract", 60)
    release(journey, planter, pipeline, CHAMPION)
    ended(journey, pipeline, 1)


def release(journey: Journey, planter: Planter, pipeline: str, line: Line) -> int:
    """Plant a model and approve it, as a person does in the registry."""
    model = planter.plant(pipeline, line)
    journey.client("sagemaker").update_model_package(
        ModelPackageArn=model.package_arn, ModelApprovalStatus="Approved"
    )
    return model.model_version


def ended(journey: Journey, pipeline: str, version: int) -> dict[str, Any]:
    """The release of a model once it is over."""

    def look() -> dict[str, Any] | None:
        releases = journey.get(f"/pipelines/{pipeline}/releases")["releases"]
        over = (r for r in releases if r["model_version"] == version and r["state"] != "running")
        return next(over, None)

    return wait_for(look, f"the end of the release of {pipeline}/{version}", 120)


def test_what_does_not_hold_is_taken_back(journey: Journey, planter: Planter) -> None:
    """A canary that is constant, throws, is slow or shifted goes, and no request ever fails."""
    begin(journey, planter, "edge", shadow=0)
    for name, line in BAD.items():
        with traffic(journey, "edge") as going:
            version = release(journey, planter, "edge", line)
            record = ended(journey, "edge", version)
            finished = time.time()
            wait_for(
                lambda: time.time() - max([finished, *going.times(f"edge/{version}")]) > 6,  # noqa: B023
                "the canary falling silent",
                30,
            )
        seen = going.times(f"edge/{version}")
        exposed = f"{max(seen) - min(seen):.1f} s of answers" if seen else "never answered"
        print(f"{name}: {record['reason']}; {exposed}")  # noqa: T201 - what users ask first
        assert record["state"] == "rolled_back", record
        assert set(going.statuses) == {200}
        assert len(going.statuses) > 20
        if name == "throws":
            assert not seen
        champion = planter.registry.champion("edge")
        assert (champion.model_version, champion.challenge) == (1, None)
    package = planter.registry.model("edge", version).package_arn
    described = journey.client("sagemaker").describe_model_package(ModelPackageName=package)
    assert described["ModelApprovalStatus"] == "Rejected"
    assert max(journey.metric("ReleasesRolledBack", Pipeline="edge")) >= 1


def test_what_holds_is_promoted_and_can_be_taken_back(
    journey: Journey, planter: Planter, operator: Operator
) -> None:
    """Through shadow and canary to champion; one call rolls back; a shadow that is off goes."""
    begin(journey, planter, "steady", shadow=30)
    with traffic(journey, "steady") as going:
        good = release(journey, planter, "steady", Line(2.01, 1.0, 20_000))
        record = ended(journey, "steady", good)
        assert record["state"] == "promoted", record
        assert record["predictions"]["shadow"] >= 30
        assert record["predictions"]["canary"] > 0
        off = release(journey, planter, "steady", BAD["shifted"])
        refused = ended(journey, "steady", off)
        assert (refused["state"], refused["stage"]) == ("rolled_back", "shadow"), refused
        asked = operator.post("/pipelines/steady/rollback", {"reason": "a drill"})
        assert (asked["model_version"], asked["rolled_back"]) == (1, good)
        wait_for(lambda: going.answered[-1][1] == "steady/1" or None, "the first model serving", 20)
    assert set(going.statuses) == {200}
    assert not going.times(f"steady/{off}")
    assert journey.get("/pipelines/steady")["champion"]["model_version"] == 1
