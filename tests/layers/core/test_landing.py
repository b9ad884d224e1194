"""What lands in S3: the event as S3 sends it, and what its key means."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tidemill.landing import LandedObject, message_body

EVENTS = Path(__file__).parents[2] / "events"
CREATED = json.loads((EVENTS / "object_created.json").read_text())


def test_s3s_own_event_is_read() -> None:
    """Keys as they are, with spaces and hashes."""
    landed = LandedObject.from_event(CREATED)
    assert landed.uri == "s3://landing/shells/rows/first file #1.csv"
    assert (landed.pipeline, landed.source, landed.size) == ("shells", "rows", 5)
    assert landed.sequencer == "00617F08299329D189"


def test_an_event_that_is_sent_again_says_the_same() -> None:
    """Through a queue and back."""
    landed = LandedObject.from_event(CREATED)
    body = message_body({"body": json.dumps(landed.to_event())})
    assert LandedObject.from_event(body) == landed


def test_an_unversioned_object_has_no_version() -> None:
    """Nor has one whose version is empty."""
    plain = json.loads(json.dumps(CREATED))
    plain["detail"]["object"]["version-id"] = ""
    assert LandedObject.from_event(plain).version_id is None
    del plain["detail"]["object"]["version-id"]
    assert LandedObject.from_event(plain).version_id is None


@pytest.mark.parametrize(
    ("key", "source"),
    [
        ("p/rows/a.csv", "rows"),
        ("p/rows/deep/a.csv", "rows"),
        ("p/a.csv", None),
        ("a.csv", None),
        ("p//a.csv", None),
        ("p/rows/", None),
        ("/rows/a.csv", None),
    ],
)
def test_only_a_full_key_has_a_source(key: str, source: str | None) -> None:
    """`<pipeline>/<source>/<file>`, no part of it empty."""
    event = json.loads(json.dumps(CREATED))
    event["detail"]["object"]["key"] = key
    assert LandedObject.from_event(event).source == source


@pytest.mark.parametrize(
    ("key", "is_batch", "file"),
    [
        ("p/_batch/a.csv", True, "a.csv"),
        ("p/_batch/2026/a.csv", True, "2026/a.csv"),
        ("p/rows/_batch/a.csv", False, "_batch/a.csv"),
        ("p/_batch/", False, ""),
        ("_batch/a.csv", False, ""),
    ],
)
def test_what_is_to_be_scored_is_told_by_its_folder(key: str, is_batch: bool, file: str) -> None:
    """`<pipeline>/_batch/<file>`, whatever the file is called."""
    landed = LandedObject("landing", key, None, "", "", 0, "")
    assert (landed.is_batch, landed.file) == (is_batch, file)


def test_the_same_event_twice_gives_the_same_identity() -> None:
    """And a newer version of the object another one."""
    landed = LandedObject.from_event(CREATED)
    assert landed.identity == LandedObject.from_event(CREATED).identity
    assert landed.identity != replace(landed, version_id="2").identity


def test_an_object_is_recorded_as_a_drop_in_the_state_it_ended_in() -> None:
    """With what its event told, and why."""
    landed = LandedObject.from_event(CREATED)
    drop = landed.recorded("ignored", "no contract")
    assert (drop.drop_id, drop.pipeline, drop.source) == (landed.identity, "shells", "rows")
    assert (drop.uri, drop.size, drop.sequencer) == (landed.uri, 5, landed.sequencer)
    assert (drop.state, drop.reasons, drop.rows.read) == ("ignored", ("no contract",), 0)
