"""Hashes of columns: of the value alone, of whichever type."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.ingest.checking.hashing import NULL, hash_values

SEED = 0x9E3779B97F4A7C15
COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (pa.string(), st.text(max_size=40)),
    "token": (pa.binary(16), st.binary(min_size=16, max_size=16)),
    "int": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "float": (pa.float64(), st.floats(allow_nan=False)),
    "bool": (pa.bool_(), st.booleans()),
}


@pytest.mark.parametrize("name", COLUMNS)
@given(data=st.data())
def test_equal_values_have_equal_hashes_and_others_have_others(
    name: str, data: st.DataObject
) -> None:
    """Wherever they stand, slices included; every null has the same one."""
    kind, values = COLUMNS[name]
    column = data.draw(st.lists(st.none() | values, max_size=12))
    start = data.draw(st.integers(0, len(column)))
    array = pa.array(column, kind)
    hashes = hash_values(array, SEED).tolist()
    assert hash_values(array.slice(start), SEED).tolist() == hashes[start:]
    assert len(set(hashes)) == len(set(column))
    assert all(
        (number == NULL) == (value is None) for number, value in zip(hashes, column, strict=True)
    )


@pytest.mark.parametrize("name", COLUMNS)
@given(data=st.data())
def test_another_seed_gives_another_hash(name: str, data: st.DataObject) -> None:
    """Two of them make one of 128 bits."""
    kind, values = COLUMNS[name]
    array = pa.array([data.draw(values)], kind)
    assert hash_values(array, SEED).tolist() != hash_values(array, 1).tolist()
