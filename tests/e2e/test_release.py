"""Releases under traffic: what does not hold is taken back by itself, what holds is promoted."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
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
gate: {{latency_ms: {latency}}}
release: {{strategy: canary, canary: 50%, bake: {bake}s, shadow: {shadow}}}
"""
EDGE, STEADY, HONEST = "edge", "steady", "honest"
CHAMPION = Line(steps=1_000)
BAD = {
    "constant": (Line(0.0, 11.0, 1_000), "lie between 11 and 11"),
    "throws": (Line(1.7e308, 1.7e308, 1_000), "could not be given"),
    "slow": (Line(steps=10_000), "the slowest hundredth"),
    "shifted": (Line(2.0, 6.0, 1_000), "differ from the champion's by +5"),
}
BELIEVED_SECONDS = 5.0


@dataclass
class Traffic:
    """Requests one after another until it is told to stop, and what was answered."""

    journey: Journey
    pipeline: str
    stopped: Event = field(default_factory=Event)
    statuses: list[int] = field(default_factory=list)
    answered: list[tuple[float, str]] = field(default_factory=list)
    asked: list[tuple[str, float]] = field(default_factory=list)

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
                self.asked += [(name, 1.0 + n) for n, name in enumerate(ids)]

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


def begin(
    journey: Journey, planter: Planter, pipeline: str, first: Line, **release_rules: int
) -> None:
    """A pipeline whose first model serves."""
    contract = CONTRACT.format(name=pipeline, **release_rules)
    journey.drop(f"{pipeline}/pipeline.yaml", contract.encode())
    wait_for(lambda: journey.find(f"/pipelines/{pipeline}"), "the contract", 60)
    release(journey, planter, pipeline, first)
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


def tried(journey: Journey, pipeline: str, version: int) -> list[float]:
    """When the model was tried, by the metrics that are written of it."""
    pages = journey.client("logs").get_paginator("filter_log_events")
    found = pages.paginate(logGroupName="/tidemill/local/inference/predict")
    lines = (event["message"] for page in found for event in page["events"])
    said = [json.loads(line) for line in lines if '"Model"' in line and line.startswith("{")]
    told = {"Pipeline": pipeline, "Variant": "canary", "Model": str(version)}
    return sorted(each["_aws"]["Timestamp"] / 1000 for each in said if told.items() <= each.items())


def test_what_does_not_hold_is_taken_back(journey: Journey, planter: Planter) -> None:
    """A canary that is constant, throws, is slow or shifted goes, and no request ever fails."""
    begin(journey, planter, EDGE, CHAMPION, shadow=0, bake=90, latency=1)
    records = {}
    with traffic(journey, EDGE) as going:
        for name, (line, _) in BAD.items():
            records[name] = ended(journey, EDGE, release(journey, planter, EDGE, line))
        time.sleep(BELIEVED_SECONDS + 1)
    assert set(going.statuses) == {200}
    for name, record in records.items():
        assert (record["state"], BAD[name][1] in record["reason"]) == ("rolled_back", True), record
        first, *_, last = tried(journey, EDGE, record["model_version"])
        over = datetime.fromisoformat(record["finished_at"]).timestamp()
        print(  # noqa: T201 - what users ask first
            f"{name}: taken back {over - first:.1f} s after its first prediction, the last one "
            f"{last - first:.1f} s after; {record['reason']}"
        )
        assert last < over + BELIEVED_SECONDS + 1
    assert not going.times(f"{EDGE}/{records['throws']['model_version']}")
    champion = planter.registry.champion(EDGE)
    assert (champion.model_version, champion.challenge) == (1, None)
    version = records["shifted"]["model_version"]
    package = planter.registry.model(EDGE, version).package_arn
    described = journey.client("sagemaker").describe_model_package(ModelPackageName=package)
    assert described["ModelApprovalStatus"] == "Rejected"
    assert max(journey.metric("ReleasesRolledBack", Pipeline=EDGE)) >= 1


def test_what_holds_is_promoted_and_can_be_taken_back(
    journey: Journey, planter: Planter, operator: Operator
) -> None:
    """Through shadow and canary to champion; one call rolls back; a shadow that is off goes."""
    begin(journey, planter, STEADY, Line(), shadow=30, bake=15, latency=50)
    with traffic(journey, STEADY) as going:
        good = release(journey, planter, STEADY, Line(2.01))
        record = ended(journey, STEADY, good)
        assert record["state"] == "promoted", record
        assert record["predictions"]["shadow"] >= 30
        assert record["predictions"]["canary"] > 0
        off = release(journey, planter, STEADY, Line(2.0, 6.0))
        refused = ended(journey, STEADY, off)
        assert (refused["state"], refused["stage"]) == ("rolled_back", "shadow"), refused
        asked = operator.post(f"/pipelines/{STEADY}/rollback", {"reason": "a drill"})
        assert (asked["model_version"], asked["rolled_back"]) == (1, good)
        wait_for(
            lambda: going.answered[-1][1] == f"{STEADY}/1" or None, "the first model serving", 20
        )
    assert set(going.statuses) == {200}
    assert not going.times(f"{STEADY}/{off}")
    assert journey.get(f"/pipelines/{STEADY}")["champion"]["model_version"] == 1


def test_what_comes_true_takes_a_model_back(journey: Journey, planter: Planter) -> None:
    """Its answers are about the champion's; by the outcomes they are eight times as far off."""
    begin(journey, planter, HONEST, Line(), shadow=0, bake=90, latency=50)
    with traffic(journey, HONEST) as going:
        worse = release(journey, planter, HONEST, Line(2.0, 1.9))
        wait_for(lambda: len(going.times(f"{HONEST}/{worse}")) > 50 or None, "a canary", 60)
    told = [{"id": name, "value": 2 * length + 1.1} for name, length in going.asked]
    journey.api.post(f"/pipelines/{HONEST}/outcomes", json={"outcomes": told})
    record = ended(journey, HONEST, worse)
    assert record["state"] == "rolled_back", record
    assert "its mean loss (absolute_error) is 0.8 and the champion's 0.1" in record["reason"]
    assert [check["name"] for check in record["checks"] if not check["passed"]] == ["quality"]
