"""JSON Lines: any member may come in any line, however long the lines before it are."""

import json

import pytest

from .conftest import CONTRACT, Shore

PLAIN = {"sex": "M", "rings": 7}


def lines(*documents: object) -> str:
    return "\n".join(map(json.dumps, documents))


def test_a_member_that_comes_late_is_read(shore: Shore) -> None:
    """Members are not looked for at the beginning alone, which is all that is known of columns."""
    body = lines(*[PLAIN] * 20_000, PLAIN | {"length": 0.5})
    drop = shore.drop("shells/rows/a.jsonl", body)
    assert drop.layout is not None
    assert "length" not in drop.layout.columns
    assert (drop.state, shore.rows(drop.parts[0].uri)[-1]["length"]) == ("accepted", 0.5)


def test_a_first_line_may_be_long(shore: Shore) -> None:
    """A line of less than a mebibyte is read, though it shows no member at once."""
    drop = shore.drop("shells/rows/a.jsonl", lines({"x": "x" * 400_000} | PLAIN, PLAIN))
    assert (drop.state, drop.rows.accepted) == ("accepted", 2)


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("[" + "9" * 5_000 + "]", "holds a number of thousands of digits"),
        ("[" * 200_000 + "]" * 200_000, "is not a JSON object"),
        ('"\\ud800"', "holds a lone surrogate, which is no text"),
    ],
)
def test_what_cannot_be_told_as_text_costs_one_row(shore: Shore, cell: str, rule: str) -> None:
    """Whatever a line holds, those around it stay."""
    body = f"{lines(PLAIN)}\n" + f'{{"sex": {cell}, "rings": 7}}' + f"\n{lines(PLAIN)}"
    drop = shore.drop("shells/rows/a.jsonl", body)
    (fault,) = shore.rows(drop.quarantine_uri)
    assert (drop.rows.read, drop.rows.accepted, fault["row"]) == (3, 2, 2)
    assert fault["rule"] == rule


def test_nested_cells_keep_their_text(bare_shore: Shore) -> None:
    """A list or an object is a text of JSON."""
    bare_shore.accept_contract(CONTRACT.replace("type: category, values: [M, F, I]", "type: text"))
    drop = bare_shore.drop("shells/rows/a.jsonl", lines(PLAIN | {"sex": ["M", {"x": None}]}))
    assert bare_shore.rows(drop.parts[0].uri)[0]["sex"] == '["M", {"x": null}]'
