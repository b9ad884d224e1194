"""What workers leave for the last step of a large file."""

import json

import pytest

from tidemill.errors import MissingColumnError
from tidemill.parts import find_outcome, leave_outcome, leave_plan
from tidemill.records import Rows, Tally
from tidemill.store import InMemoryStore

WORK = "s3://data/work/d1"
URI = f"{WORK}/outcomes/00000.json"


def test_the_plan_lies_beside_the_list_of_its_parts() -> None:
    """And the workflow is told where both are."""
    store = InMemoryStore()
    told = leave_plan(Tally(rows=3), WORK, 2, store)
    plan, key = f"{WORK}/plan.json", "work/d1/parts.json"
    assert told == {"plan_uri": plan, "bucket": "data", "key": key, "parts": 2}
    assert Tally.model_validate_json(store.read(plan)) == Tally(rows=3)
    parts = json.loads(store.read(f"s3://data/{key}"))
    assert parts == [{"plan_uri": plan, "part": 0}, {"plan_uri": plan, "part": 1}]


def test_an_outcome_is_found_as_it_was_left() -> None:
    """Whatever record it is."""
    store = InMemoryStore()
    leave_outcome(Rows(read=2, accepted=2), URI, store)
    assert find_outcome(Rows, URI, store) == Rows(read=2, accepted=2)


@pytest.mark.parametrize("refusal", [MissingColumnError("no rings"), FileNotFoundError("s3://a/b")])
def test_a_refusal_that_was_left_is_raised(refusal: Exception) -> None:
    """By its own name and in its own words."""
    store = InMemoryStore()
    leave_outcome(refusal, URI, store)
    with pytest.raises(type(refusal), match=str(refusal)):
        find_outcome(Rows, URI, store)
