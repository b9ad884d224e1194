"""Events from the queue, and the clock."""

from typing import Any

import pytest

from monitoring.retrain.handler import handler
from tests.functions.conftest import Account, in_queue
from tests.functions.monitoring.retrain.conftest import HARM, PIPELINE, Loop
from tidemill.events import DatasetReady, DriftDetected, Event, HarmFound

HARMED = HarmFound(pipeline=PIPELINE, model_version=1, basis="outcomes", reason="loss 2")
DRIFTED = DriftDetected(
    pipeline=PIPELINE, window="drop", score=1.0, features=("length",), model_version=1
)
READY = DatasetReady(pipeline=PIPELINE, dataset_version="v2")


def delivered(*events: Event) -> Any:  # noqa: ANN401 - what SQS is answered
    """Hand the events over as a rule of the bus puts them into the queue."""
    bodies = [
        {"detail-type": type(event).__name__, "detail": event.model_dump(mode="json")}
        for event in events
    ]
    return handler(in_queue(*bodies), None)  # type: ignore[arg-type]


@pytest.fixture
def loop(account: Account, monkeypatch: pytest.MonkeyPatch) -> Loop:
    """A pipeline in the account, of which 100 rows are new."""
    for name in ("LANDING_QUEUE", "PSEUDONYM_KEY", "WORKFLOW", "DATA_BUCKET"):
        monkeypatch.delenv(f"TIDEMILL_{name}")
    made = Loop(account.registry)
    made.accept("on: [drift, schedule], every: 1d")
    made.freeze("v1", 1000)
    made.run("v1", finished_at="2026-11-01T00:00:00Z")
    made.promote(1, "v1")
    made.freeze("v2", 1100)
    return made


@pytest.mark.parametrize("sign", [HARMED, DRIFTED])
def test_a_sign_becomes_a_request(account: Account, loop: Loop, sign: Event) -> None:
    """Two deliveries are one request."""
    loop.measure(HARM)
    assert delivered(sign, sign) == {"batchItemFailures": []}
    asked = [event["detail"]["request_id"] for event in account.received()]
    assert len(set(asked)) == 1
    assert account.registry.retrainings(PIPELINE)[0].asked


def test_new_rows_are_a_reason_to_think_over(account: Account, loop: Loop) -> None:
    """Of drift whose harm was not known when it was seen."""
    delivered(DRIFTED)
    assert account.received() == []
    loop.measure(HARM)
    delivered(READY)
    assert [event["detail-type"] for event in account.received()] == ["RetrainRequested"]


@pytest.mark.usefixtures("loop")
def test_the_clock_calls_without_a_message(account: Account) -> None:
    """What was decided is the answer."""
    (decided,) = handler({}, None)["decided"]  # type: ignore[arg-type]
    assert (decided["trigger"], decided["asked"]) == ("schedule", True)
    assert [event["detail-type"] for event in account.received()] == ["RetrainRequested"]
