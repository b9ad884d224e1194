"""Columns of pseudonyms are the scalar's tokens, and those of forgotten people are found."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.pseudonyms import pseudonym
from tidemill_tabular.checking.pseudonymise import TOKENS, forgotten_mask, pseudonymise

KEY = b"\x0b" * 20


def test_a_known_answer_stands_in_its_row() -> None:
    """RFC 4231, test case 1, truncated; a null stays one."""
    tokens = pseudonymise(pa.array([None, "Hi There"]), KEY)
    assert tokens.type == TOKENS
    assert tokens.to_pylist() == [None, bytes.fromhex("b0344c61d8db38535ca8afceaf0bf12b")]


@given(cells=st.lists(st.none() | st.text(max_size=8)))
def test_every_cell_has_the_scalars_token(cells: list[str | None]) -> None:
    """Row by row, repeated values and nulls among them, as strings or by a dictionary."""
    array = pa.array(cells, pa.string())
    expected = [None if cell is None else pseudonym(cell, KEY) for cell in cells]
    assert pseudonymise(array, KEY).to_pylist() == expected
    assert pseudonymise(array.dictionary_encode(), KEY).to_pylist() == expected


@pytest.mark.parametrize("cells", [[], [None], [None, None]])
def test_a_column_without_values_has_no_tokens(cells: list[None]) -> None:
    """Empty, or missing throughout."""
    tokens = pseudonymise(pa.array(cells, pa.string()), KEY)
    assert (tokens.type, tokens.to_pylist()) == (TOKENS, cells)


def test_a_slice_is_read_as_it_stands() -> None:
    """An offset into a larger block moves nothing."""
    array = pa.array(["a", "b", None, "c"]).slice(1, 2)
    assert pseudonymise(array, KEY).to_pylist() == [pseudonym("b", KEY), None]


def test_an_int_is_its_decimal() -> None:
    """However it was written, the typed value's decimal is what gets a token."""
    values = pc.cast(pa.array([7, -1], pa.int64()), pa.string())
    assert pseudonymise(values, KEY).to_pylist() == [pseudonym("7", KEY), pseudonym("-1", KEY)]


@given(cells=st.lists(st.none() | st.sampled_from("abcd")), gone=st.sets(st.sampled_from("ab")))
def test_the_rows_of_forgotten_people_are_marked(cells: list[str | None], gone: set[str]) -> None:
    """All of theirs and no others', never a missing cell."""
    tokens = pseudonymise(pa.array(cells, pa.string()), KEY)
    suppressed = frozenset(pseudonym(name, KEY) for name in gone)
    assert forgotten_mask(tokens, suppressed).to_pylist() == [cell in gone for cell in cells]


def test_half_a_token_forgets_nobody() -> None:
    """All 16 bytes count, in a slice too; a missing cell is nobody's, whatever lies under it."""
    gone, alike = b"\x01" * 16, b"\x01" * 8 + b"\x02" * 8
    tokens = pa.array([gone, alike, None, gone, b"\x02" * 16], TOKENS)
    suppressed = frozenset({gone, b"\0" * 16})
    assert forgotten_mask(tokens, suppressed).to_pylist() == [True, False, False, True, False]
    assert forgotten_mask(tokens.slice(1, 3), suppressed).to_pylist() == [False, False, True]
    assert forgotten_mask(tokens.slice(5), suppressed).to_pylist() == []
    assert forgotten_mask(pa.array([], TOKENS), suppressed).to_pylist() == []


@pytest.mark.parametrize("people", [5, 5_000], ids=["few people", "many people"])
def test_a_long_column_has_the_same_tokens_however_often_its_texts_repeat(people: int) -> None:
    """The quicker way is taken for each kind, and nobody can tell which it was."""
    cells = [None if n % 7 == 0 else f"customer {n % people}" for n in range(5_000)]
    expected = [None if cell is None else pseudonym(cell, KEY) for cell in cells]
    assert pseudonymise(pa.array(cells), KEY).to_pylist() == expected
