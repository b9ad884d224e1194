"""What the compiled kernel answers from the bytes of a body is what a closer look would answer."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.predict.cells import Instances
from inference.predict.loading import Champion
from inference.predict.predict import Predictor
from tests.functions.inference.predict.bodies import artifact, bodies, spellings
from tidemill.artifact import Artifact, Rules
from tidemill.errors import InvalidInstancesError, RequestError, TidemillError

UNIQUE = re.compile(r"\b[0-9a-f]{24}-")


class Ledger:
    """Serves one model, and keeps what is captured and measured."""

    def __init__(self, model: Artifact) -> None:
        instances = Instances(model.signature, model.header.target)
        self.champion = Champion("shells/1", model, instances, 1)
        self.lines: list[dict[str, Any]] = []
        self.metrics: Counter[tuple[str, str]] = Counter()

    def of(self, _pipeline: str) -> Champion:
        return self.champion

    def post(self, _pipeline: str, lines: list[bytes]) -> None:
        for line in b"".join(lines).splitlines():
            self.lines.append(json.loads(line) | {"at": ""})

    def done(self) -> None:
        """Nothing is held."""

    def measure(self, _pipeline: str, values: Mapping[str, float], feature: str = "") -> None:
        for metric, value in values.items():
            self.metrics[metric, feature] += int(metric != "PredictionLatency" and value)


def outcome(model: Artifact, body: str) -> tuple[Any, ...]:
    """All that a request leads to; ids that are made are of no request."""
    ledger = Ledger(model)
    said: object
    try:
        said = UNIQUE.sub("", Predictor(ledger, ledger, ledger.measure).answer("shells", body))
    except InvalidInstancesError as fault:
        said = str(fault), [(each.pointer, each.detail) for each in fault.faults]
    except RequestError as fault:
        said = type(fault), fault.pointer, fault.detail
    except TidemillError as fault:
        said = type(fault), str(fault)
    lines = json.loads(UNIQUE.sub("", json.dumps(ledger.lines)))
    return said, lines, ledger.metrics


def is_taken(model: Artifact, body: str) -> bool:
    """Whether the kernel answers by itself."""
    assert model.reader is not None
    return model.reader.answer(body, ("{", "{", "u-", 1e10, 500_000, 10**8)) is not None


def closely(model: Artifact) -> Artifact:
    """The same model, which leaves every body to a closer look."""
    other = artifact(model.header.classes, model.signature.rules)
    other.reader = None
    return other


RULES = [
    Rules(),
    Rules(unseen="reject", out_of_range="reject"),
    Rules(missing="reject", capture=0.5),
]
MODELS = [artifact(), *(artifact(("no", 'yes "é"'), rules) for rules in RULES)]
PAIRS = [(model, closely(model)) for model in MODELS]


@settings(max_examples=200, deadline=None)
@given(bodies(), st.sampled_from(range(len(PAIRS))))
def test_both_ways_lead_to_the_same(body: str, which: int) -> None:
    """The same document byte for byte, the same faults, captured lines and counts."""
    # Of ids that are made, chance decides which are captured.
    ours, closer = PAIRS[which if '"ids"' in body else 0]
    assert outcome(ours, body) == outcome(closer, body)


@settings(max_examples=300, deadline=None)
@given(bodies(), st.data())
def test_a_mangled_body_leads_to_the_same(body: str, data: st.DataObject) -> None:
    """Cut, doubled, overwritten or with foreign characters in it."""
    for _ in range(data.draw(st.integers(1, 3))):
        first = data.draw(st.integers(0, len(body)))
        end = min(len(body), first + data.draw(st.integers(0, 3)))
        put = st.text(max_size=3) | st.text('{}[]",:\\u0189eE.+-ntf \n', max_size=4)
        body = body[:first] + data.draw(put | st.just(body[first:end] * 2)) + body[end:]
    ours, closer = PAIRS[0]
    assert outcome(ours, body) == outcome(closer, body)


@settings(max_examples=200, deadline=None)
@given(spellings)
def test_a_number_is_read_however_it_is_spelt(spelling: str) -> None:
    """To the nearest float, or left to those who know what is wrong with it."""
    ours, closer = PAIRS[0]
    for field in ("size", "ribs", "rings"):
        body = f'{{"instances":[{{"size":1,"{field}":{spelling}}}]}}'.replace(
            '"size":1,"size"', '"size"'
        )
        assert outcome(ours, body) == outcome(closer, body)


@pytest.mark.parametrize(
    "row",
    [
        '{"size": 0.5}',
        '{"size": 1e10, "ribs": 3.0, "wet": true, "rings": 9}',
        '{"ribs": 101, "size": -0.0, "sex/größe": "F", "colour": null}',
        '{"size": 12.345678901234567, "note": "\\ud83d\\ude00"}',
        '{"size": 1, "sex\\/gr\\u00f6\\u00dfe": "\\u00fc\\n"}',
        '{"size": 2.2250738585072011e-308, "seen": "2026-03-01T12:30:00.5+05:45"}',
        '{"size":1,"seen":"2024-02-29"}',
        '{"size":1,"seen":"1969-12-31 23:59:59.9Z"}',
    ],
)
def test_what_is_regular_needs_no_closer_look(row: str) -> None:
    """Any order, white space, escapes, spelling of numbers; the target is passed over."""
    body = f'{{"ids": ["\\u0022a"], "instances": [{row}]}} \n'
    for ours, closer in PAIRS[:2]:
        assert is_taken(ours, body)
        assert outcome(ours, body) == outcome(closer, body)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "\x00",
        '{"instances": [{"size": 1}]}\x00',
        '{"instances": [{"size": 1}]} x',
        '{"instances": [{"size": 1, "size": 1}]}',
        '{"instances": [{"size": 1, "size": 2}], "instances": [{"size": 1}]}',
        '{"instances": [{"size": 1}], "ids": ["a"], "ids": ["a"]}',
        '{"instances": [{"size": 12345678901234567890}]}',
        '{"instances": [{"size": 1e999}]}',
        '{"instances": [{"size": 1, "note": "\ud800"}]}',
        '{"instances": [{"size": 1, "note": "\\ud800"}]}',
        '{"instances": [{"size": 1, "rings": {"a": 1}}]}',
        '{"instances": ' + "[" * 200_000,
        '{"instances": [' + "{" * 200_000,
        '{"instances": [{"size": 1}' + ',{"size": 1}' * 10_000 + "]}",
    ],
)
def test_what_is_odd_is_left_to_a_closer_look(body: str) -> None:
    """However odd; where that finds nothing wrong, it answers."""
    ours, closer = PAIRS[0]
    assert not is_taken(ours, body)
    assert outcome(ours, body) == outcome(closer, body)


@settings(max_examples=400, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_written_as_orjson_writes_them(value: float) -> None:
    """The shortest decimal that is read as the same float, laid out alike."""
    ours, closer = PAIRS[0]
    body = f'{{"instances":[{{"size":{value!r}}}],"ids":["a"]}}'
    assert outcome(ours, body) == outcome(closer, body)


def test_many_rows_are_answered_alike_in_lots_that_fit_together() -> None:
    """Ten thousand, with ids, captured in pieces of whole lines below half a megabyte."""
    rows = [
        {"size": k / 7, "ribs": k % 120, "colour": "red" if k % 3 else "?"} for k in range(10_000)
    ]
    body = json.dumps({"instances": rows, "ids": [f"id-{k}" for k in range(10_000)]})
    for ours, closer in PAIRS:
        assert outcome(ours, body) == outcome(closer, body)
    model = PAIRS[0][0]
    assert model.reader is not None
    answered = model.reader.answer(body, ("{", "{", "u-", 1e10, 500_000, 10**8))
    assert answered is not None
    pieces = answered[1]
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= 500_000
    assert all(piece.endswith(b"\n") for piece in pieces)
