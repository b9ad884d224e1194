"""Harm is told once, and again only where more is certain."""

from dataclasses import asdict
from typing import Any

import pytest

from monitoring.measure.concluding import conclude
from tests.models import a_model
from tidemill.contract import parse_contract
from tidemill.events import HarmFound, InMemoryBus
from tidemill.registry import Registry
from tidemill.risk import Loss
from tidemill.table import InMemoryTable

CONTRACT = """
pipeline: shells
target: old
sources: {rows: {columns: {length: {type: float}, old: {type: bool}}}}
"""
GOOD, BAD, UNSURE = (
    asdict(Loss(0.2, 0.19, 0.21, 900)),
    asdict(Loss(0.4, 0.35, 0.45, 900)),
    asdict(Loss(0.25, 0.1, 0.4, 20)),
)
ESTIMATE, DATA, CONCEPT = (
    {"estimated": BAD},
    {"realised": BAD, "estimated": BAD},
    {"realised": BAD, "estimated": GOOD},
)
UNNAMED = {"realised": BAD, "estimated": UNSURE}


def told(*moments: dict[str, Any]) -> tuple[list[tuple[str, str]], str]:
    """What was published while the kept losses were these, and the change that is kept."""
    registry, bus = Registry(InMemoryTable()), InMemoryBus()
    registry.put_contract(parse_contract(CONTRACT))
    registry.put_model("shells", a_model())
    registry.promote("shells", 1, "approved")
    champion = registry.champion("shells")
    for losses in moments:
        known = {"model": "shells/1", "promised": GOOD, "realised": None, "estimated": None}
        record = registry.update_promise(
            "shells", lambda kept, known={**known, **losses}: {**kept, **known}
        )
        assert conclude("shells", record, champion, registry, bus).verdict != "no harm"
    events = [event for event in bus.published if isinstance(event, HarmFound)]
    return [(e.basis, e.change) for e in events], registry.kept_promise("shells")["change"]


@pytest.mark.parametrize(
    ("moments", "events", "change"),
    [
        ((DATA, UNNAMED, DATA, ESTIMATE), [("outcomes", "data")], "data"),
        ((DATA, CONCEPT, DATA), [("outcomes", "data")], "data"),
        ((UNNAMED, DATA), [("outcomes", ""), ("outcomes", "data")], "data"),
        ((ESTIMATE, CONCEPT), [("estimate", "data"), ("outcomes", "concept")], "concept"),
        ((ESTIMATE, UNNAMED, UNNAMED), [("estimate", "data"), ("outcomes", "data")], "data"),
        (
            (ESTIMATE, UNNAMED, CONCEPT),
            [("estimate", "data"), ("outcomes", "data"), ("outcomes", "concept")],
            "concept",
        ),
    ],
)
def test_what_was_told_stays_until_more_is_certain(
    moments: tuple[dict[str, Any], ...], events: list[tuple[str, str]], change: str
) -> None:
    """Outcomes are more than an estimate, and a change that is named more than none."""
    assert told(*moments) == (events, change)
