"""Models promoted back and forth while clients ask over HTTP: nobody notices but by the answers."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event
from typing import Any

import httpx
import pytest

from bench.registered import Shelf
from local.journey import Journey
from tidemill.artifact import Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.contract import parse_contract

pytestmark = pytest.mark.e2e

CLIENTS = 4
PROMOTIONS = 4
SECONDS_EACH = 6.0  # longer than a champion is believed
PAUSE = 0.2  # so that all clients stay below the stage's requests a second
PIPELINE = "seesaw"
CONTRACT = f"""
pipeline: {PIPELINE}
target: y
sources:
  rows:
    columns:
      x: {{type: float, nullable: false}}
      y: {{type: float}}
"""


def artifact_of(slope: float) -> bytes:
    """A model that answers `slope` times x."""
    header = Header(
        PIPELINE, f"d{slope}", "c", "regression", "y", (),
        Signature((Feature("x", "float", nullable=False),)), {},
    )  # fmt: skip
    model = {"kind": "linear", "steps": [], "coefficients": [[slope]], "intercepts": [0.0]}
    graph = {"inputs": [["x", "number"]], "model": model | {"link": "identity"}}
    return pack(header.to_json(), graph)


@pytest.fixture
def seesaw(journey: Journey) -> Shelf:
    """Two models, of which the first serves."""
    shelf = Shelf(journey, parse_contract(CONTRACT))
    for version in (1, 2):
        shelf.register(version, artifact_of(float(version)))
    shelf.registry.promote(PIPELINE, 1, "approved")
    return shelf


def test_a_promotion_drops_no_request_and_mixes_no_models(seesaw: Shelf) -> None:
    """Each answer is 200 and wholly of the model it names; both models are seen by every client."""
    stop = Event()
    url = f"{seesaw.journey.cloud['api_url']}/v1/pipelines/{PIPELINE}/predictions"
    headers = {"x-api-key": seesaw.journey.cloud["api_key"]}

    def ask(client: int) -> list[int]:
        seen: list[int] = []
        with httpx.Client(headers=headers, timeout=60) as http:
            while not stop.is_set():
                rows = [client + 0.5, float(len(seen))]
                ids = [f"{client}-{len(seen)}-{n}" for n in range(2)]
                body = {"instances": [{"x": x} for x in rows], "ids": ids}
                answer = http.post(url, json=body)
                assert answer.status_code == 200, answer.text
                seen.append(_version(answer.json(), rows, ids))
                time.sleep(PAUSE)
        return seen

    with ThreadPoolExecutor(CLIENTS) as pool:
        asking = [pool.submit(ask, client) for client in range(CLIENTS)]
        for number in range(PROMOTIONS):
            time.sleep(SECONDS_EACH)
            seesaw.registry.promote(PIPELINE, 2 - number % 2, "approved")
        time.sleep(SECONDS_EACH)
        stop.set()
        answers = [each.result() for each in asking]
    assert all({*seen} == {1, 2} for seen in answers)
    changes = [sum(a != b for a, b in pairwise(seen)) for seen in answers]
    assert all(count >= 2 for count in changes)


def _version(document: dict[str, Any], rows: list[float], ids: list[str]) -> int:
    """Which model has answered, by what it says and by what it computes."""
    pipeline, _, version = document["model"].rpartition("/")
    expected = [{"id": i, "value": int(version) * x} for i, x in zip(ids, rows, strict=True)]
    assert (pipeline, document["predictions"]) == (PIPELINE, expected), json.dumps(document)
    return int(version)
