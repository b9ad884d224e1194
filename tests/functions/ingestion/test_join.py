"""Sources that are looked up: exact, in order, bounded, whatever the batches."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.freeze import join
from ingestion.freeze.fingerprint import Words, fingerprint
from tidemill.contract import parse_contract
from tidemill.errors import ContractError, TooLargeToJoinError

from .accepted import Accepted

CONTRACT = """
pipeline: shells
target: rings
sources:
  rows:
    columns:
      beach: {type: id}
      year: {type: int}
      rings: {type: int}
  beaches:
    join: [beach, year]
    columns:
      beach: {type: id}
      year: {type: int}
      salt: {type: float}
      name: {type: category}
  years:
    join: [year]
    columns:
      year: {type: int}
      warm: {type: bool}
"""


def accepted() -> Accepted:
    return Accepted(parse_contract(CONTRACT))


def rows(*keys: tuple[str | None, int | None]) -> dict[str, list[Any]]:
    beaches, years = zip(*keys, strict=True)
    return {"beach": list(beaches), "year": list(years), "rings": list(range(len(keys)))}


def beaches(*said: tuple[str | None, int | None, float | None, str | None]) -> dict[str, list[Any]]:
    return dict(
        zip(("beach", "year", "salt", "name"), map(list, zip(*said, strict=True)), strict=True)
    )


def test_each_row_gets_what_its_keys_say() -> None:
    """In the order of the first source; a key that is missing or unknown says nothing."""
    made = accepted()
    made.add(rows(("a", 1), ("b", 1), (None, 1), ("a", 2), ("a", None), ("a", 1)), part_rows=2)
    made.add(beaches(("a", 1, 1.5, "N"), ("a", 2, 2.5, "S"), (None, 1, 9.9, "?")), "beaches")
    made.add({"year": [2, None], "warm": [True, False]}, "years")
    table = made.table()
    assert table.column_names == ["beach", "year", "rings", "salt", "name", "warm", "_row"]
    assert table.column("rings").to_pylist() == list(range(6))
    assert table.column("salt").to_pylist() == [1.5, None, None, 2.5, None, 1.5]
    assert table.column("warm").to_pylist() == [None, None, None, True, None, None]
    assert table.column("_row").to_pylist() == [f"{0:016x}:{n}" for n in range(1, 7)]


def test_the_last_row_of_a_key_counts_whole() -> None:
    """The newest drop's last, its missing cells too: never a mixture of two rows."""
    made = accepted()
    made.add(rows(("a", 1), ("b", 1)))
    made.add({"year": [1], "warm": [True]}, "years")
    made.add(beaches(("a", 1, 1.0, "old"), ("b", 1, 1.0, "kept"), ("a", 1, 2.0, "mid")), "beaches")
    made.add(beaches(("a", 1, 3.0, "new"), ("a", 1, 4.0, None)), "beaches")
    table = made.table()
    assert table.column("salt").to_pylist() == [4.0, 1.0]
    assert table.column("name").to_pylist() == [None, "kept"]


def test_pseudonyms_are_keys_like_any_other() -> None:
    """Sixteen bytes, whatever they are, found where they are the same."""
    made = Accepted(parse_contract(f"{CONTRACT}privacy: {{pseudonymise: [beach]}}\n"))
    a, b, zero = b"a" * 16, b"a" * 15 + b"b", bytes(16)
    made.add({"beach": [a, None, b, zero], "year": [1, 1, 1, 1], "rings": [0, 1, 2, 3]})
    said = {"beach": [b, zero, None], "year": [1, 1, 1], "salt": [2.5, 0.5, 9.9]}
    made.add(said | {"name": ["S", "Z", "?"]}, "beaches")
    made.add({"year": [1], "warm": [True]}, "years")
    table = made.table()
    assert table.column("salt").to_pylist() == [None, None, 2.5, 0.5]
    assert table.column("beach").to_pylist() == [a, None, b, zero]


def test_wide_rows_come_in_small_batches() -> None:
    """Long texts take no more memory than many rows: about 32 MB at a time, none lost."""
    made = accepted()
    made.add(rows(*[(f"{n:0100000}", 1) for n in range(1_000)]), part_rows=700)
    made.add(beaches(("a", 1, 1.0, "N")), "beaches")
    made.add({"year": [1], "warm": [True]}, "years")
    sizes = [batch.num_rows for batch in made.joined().batches()]
    assert sum(sizes) == 1_000
    assert max(sizes) < 400


def test_a_column_is_read_without_the_others() -> None:
    """The time, say, of a source that is looked up."""
    made = accepted()
    made.add(rows(("a", 1), ("b", 2)))
    made.add(beaches(("b", 2, 2.5, "S")), "beaches")
    made.add({"year": [2], "warm": [True]}, "years")
    joined = made.joined()
    for name, cells in {"rings": [0, 1], "salt": [None, 2.5]}.items():
        assert [array.to_pylist() for array in joined.column(name)] == [cells]


def test_a_source_without_rows_says_nothing() -> None:
    """Every column is there, and empty."""
    made = accepted()
    made.add(rows(("a", 1)))
    made.add(beaches(("a", 1, 1.0, "N")), "beaches")
    made.add({"year": [], "warm": []}, "years")
    assert made.table().column("warm").to_pylist() == [None]


def test_contents_in_any_order_are_the_same_rows() -> None:
    """What landed first does not matter to the first source."""
    parts = [rows(("a", n), ("b", n)) | {"rings": [n, -n]} for n in range(5)]
    tables = []
    for order in (parts, parts[::-1]):
        made = accepted()
        for part in order:
            made.add(part)
        made.add(beaches(("a", 1, 1.0, "N")), "beaches")
        made.add({"year": [1], "warm": [True]}, "years")
        tables.append(made.table().drop_columns(["_row"]))
    assert tables[0].equals(tables[1])


def test_more_than_memory_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the source's name and the remedy, before it is all read; sources add up."""
    made = accepted()
    made.add(rows(("a", 1)))
    made.add(beaches(*[("a", n, 1.0, "N") for n in range(100)]), "beaches")
    made.add({"year": list(range(100)), "warm": [True] * 100}, "years")
    monkeypatch.setattr(join, "MOST_BYTES", 10_000)
    with pytest.raises(TooLargeToJoinError, match=r"sources.years: .* name the largest one first"):
        made.joined()


def test_keys_that_collide_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another seed; where no seed helps, the contract is refused."""
    made = accepted()
    made.add(rows(("a", 1), ("b", 1)))
    made.add(beaches(("a", 1, 1.0, "N"), ("b", 1, 2.0, "S")), "beaches")
    made.add({"year": [1], "warm": [True]}, "years")

    def colliding(columns: dict[str, pa.Array], seed: int = 0) -> Words:
        return fingerprint(columns, seed) if seed > 2 else np.zeros(len(columns["year"]), np.uint64)

    monkeypatch.setattr(join, "fingerprint", colliding)
    assert made.table().column("salt").to_pylist() == [1.0, 2.0]
    monkeypatch.setattr(join, "SEEDS", 3)
    with pytest.raises(ContractError, match=r"sources.beaches.join"):
        made.joined()


keys = st.tuples(st.none() | st.text("ab", max_size=2), st.none() | st.integers(0, 3))


@settings(deadline=None)
@given(asked=st.lists(keys, min_size=1), known=st.lists(keys))
def test_a_lookup_finds_what_a_dictionary_finds(
    asked: list[tuple[str | None, int | None]], known: list[tuple[str | None, int | None]]
) -> None:
    """Any keys, repeated and missing ones among them."""
    made = accepted()
    made.add(rows(*asked), part_rows=3)
    said = [(*key, float(n), None) for n, key in enumerate(known)]
    columns = beaches(*said) if said else {"beach": [], "year": [], "salt": [], "name": []}
    made.add(columns, "beaches")
    made.add({"year": [1], "warm": [True]}, "years")
    expected = {key: float(n) for n, key in enumerate(known) if None not in key}
    assert made.table().column("salt").to_pylist() == [expected.get(key) for key in asked]
