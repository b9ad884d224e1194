"""Lines of captures: whose they are, and how many are looked at."""

from typing import Any

import pytest

from monitoring.measure.rows import read_predictions
from monitoring.watch.captured import read_captured
from tidemill.contract import Contract
from tidemill_tabular.captured import MOST_LINES, Lines, by_pipeline, some_of


def line(pipeline: str, number: int) -> bytes:
    return f'{{"pipeline":"{pipeline}","key":"{pipeline}/1/{number}"}}'.encode()


@pytest.mark.parametrize("ending", [b"\n", b"", b"\n\n"])
@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("b", "a", "a-b")])
def test_each_line_is_its_pipelines(names: tuple[str, ...], ending: bytes) -> None:
    """In an object of one pipeline or of many, whose names may begin alike."""
    expected: dict[str, list[bytes]] = {name: [] for name in names}
    for number in range(12):
        name = names[number % len(names)]
        expected[name].append(line(name, number))
    lines = [expected[names[n % len(names)]][n // len(names)] for n in range(12)]
    found = by_pipeline(b"\n".join(lines) + ending)
    assert {name: own.body.splitlines() for name, own in found.items()} == expected
    assert all(own.number == len(expected[name]) for name, own in found.items())


@pytest.mark.parametrize("ending", [b"\n", b""])
def test_of_very_many_lines_some_are_drawn(ending: bytes) -> None:
    """As many as are enough, from all over, the same ones again, and all where they are few."""
    lines = [line("a", number) for number in range(5 * MOST_LINES)]
    few = Lines.of(b"\n".join(lines[:MOST_LINES]) + ending)
    assert some_of(few) == few
    whole = Lines.of(b"\n".join(lines) + ending)
    found = some_of(whole).body
    assert found == some_of(whole).body
    places = [lines.index(each) for each in found.splitlines()[::500]]
    assert len(set(found.splitlines())) == len(found.splitlines()) == MOST_LINES
    assert set(found.splitlines()) <= set(lines)
    assert places == sorted(places)
    assert places[1] < MOST_LINES < 4 * MOST_LINES < places[-1]


def test_a_feature_may_be_named_as_a_path() -> None:
    """Its cells are read all the same."""
    columns: Any = {"length": {"type": "float"}, ".x": {"type": "float"}, "y": {"type": "float"}}
    document = {"pipeline": "a", "target": "y", "sources": {"rows": {"columns": columns}}}
    contract = Contract.model_validate(document)
    body = b'{"id":"1","value":2.5,"features":{"length":1.0,".x":7.5}}\n'
    rows = read_predictions(Lines.of(body), contract, {".x": "float"})
    assert rows["feature:.x"].to_pylist() == [7.5]
    assert read_captured(Lines.of(body), contract).features[".x"].to_pylist() == [7.5]
