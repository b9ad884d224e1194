"""Every event is published in a form that it can be read back from."""

import json

import pytest

from tidemill.events import DatasetReady, Event, ForgetRequested
from tidemill.risk import Basis

TOKENS = ForgetRequested.model_fields["tokens"].annotation
SAMPLES = {
    tuple[str, ...]: ("a", "b"),
    TOKENS: ("0" * 32, "f" * 32),
    int: 3,
    float: 0.5,
    bool: True,
    Basis: "outcomes",
}
CLASSES = sorted(Event.__subclasses__(), key=lambda made: made.__name__)


def sample(made: type[Event]) -> Event:
    values = {
        name: SAMPLES.get(field.annotation, "accepted")
        for name, field in made.model_fields.items()
        if field.is_required()
    }
    return made.model_validate(values)


@pytest.mark.parametrize("made", CLASSES)
def test_an_event_survives_the_bus(made: type[Event]) -> None:
    """Named by its class, versioned, and equal when it is read."""
    event = sample(made)
    entry = event.to_entry("bus")
    assert (entry["DetailType"], entry["Source"]) == (made.__name__, "tidemill")
    detail = json.loads(entry["Detail"])
    assert detail["schema_version"] == "1"
    assert made.from_event({"detail": detail}) == event


def test_another_event_is_not_taken_for_this_one() -> None:
    """A payload that lacks what the class needs is refused."""
    with pytest.raises(ValueError, match="dataset_version"):
        DatasetReady.from_event({"detail": {"pipeline": "p", "run": "r"}})


@pytest.mark.parametrize("tokens", [(), ("0" * 32,), ("0" * 32, "Anna")])
def test_a_request_to_forget_carries_tokens_alone(tokens: tuple[str, ...]) -> None:
    """One of the suppression list and one of each key; a name is none."""
    with pytest.raises(ValueError, match="tokens"):
        ForgetRequested(pipeline="p", request_id="r", tokens=tokens)
