"""64-bit hashes of whole columns: XXH3 of each text, whatever the column's layout."""

import struct

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill_native.texts import HASH_BYTES, hash_texts

KNOWN = {
    "nothing": ("", 0, 0x2D06800538D394C2),
    "nothing, seeded": ("", 42, 0xB029411FF43D84D2),
    "a letter": ("a", 0, 0xE6C632B61E964E1F),
    "a word": ("tidemill", 1, 0xB9CDFBB3DD7FA9F4),
    "two words' length": ("x" * 17, 0, 0x89975E6B7D2F5A11),
    "a sentence's length": ("Größe" * 30, 2**64 - 1, 0x44D7DEB1D5E7F13F),
    "a page's length": ("0123456789abcdef" * 100, 7, 0x62C51C3371997621),
}


def hashes_of(texts: pa.Array, seed: int = 0) -> list[int]:
    found = bytes(hash_texts(texts, seed))
    return list(struct.unpack(f"={len(found) // HASH_BYTES}Q", found))


@pytest.mark.parametrize(("text", "seed", "expected"), KNOWN.values(), ids=KNOWN)
def test_known_answers(text: str, seed: int, expected: int) -> None:
    """Those of the reference implementation, xxHash 0.8, for each of its ranges of length."""
    assert hashes_of(pa.array([text]), seed) == [expected]


@given(texts=st.lists(st.text(max_size=20)), seed=st.integers(0, 2**64 - 1))
def test_a_hash_hangs_on_text_and_seed_alone(texts: list[str], seed: int) -> None:
    """Not on its place, its neighbours or the array's type; different texts differ."""
    array = pa.array(texts, pa.string())
    found = hashes_of(array, seed)
    assert found == [hashes_of(pa.array([text]), seed)[0] for text in texts]
    assert found == hashes_of(array.cast(pa.binary()), seed)
    assert len(set(found)) == len(set(texts))


@given(texts=st.lists(st.none() | st.text(max_size=9)), data=st.data())
def test_a_slice_is_read_as_it_stands(texts: list[str | None], data: st.DataObject) -> None:
    """An offset into a larger array moves nothing, and a null disturbs no neighbour."""
    array = pa.array(texts, pa.string())
    start = data.draw(st.integers(0, len(texts)))
    whole, part = hashes_of(array), hashes_of(array.slice(start))
    assert part == whole[start:]


def test_another_seed_gives_unrelated_hashes() -> None:
    """Half the bits differ, give or take, and none of a hundred thousand hashes agrees."""
    array = pa.array([f"customer {number}" for number in range(100_000)])
    pairs = list(zip(hashes_of(array, 1), hashes_of(array, 2), strict=True))
    assert len({word for pair in pairs for word in pair}) == 200_000
    differing = sum((one ^ other).bit_count() for one, other in pairs) / len(pairs)
    assert differing == pytest.approx(32, abs=0.1)


@pytest.mark.parametrize("texts", [[], [None, None], ["", ""]])
def test_a_column_may_hold_no_byte(texts: list[str | None]) -> None:
    """Empty, missing throughout, or of empty texts: no data is no fault."""
    assert len(hashes_of(pa.array(texts, pa.string()))) == len(texts)


def test_other_arrays_are_refused() -> None:
    """By their type, which says what to cast."""
    with pytest.raises(TypeError, match="array of int64: cast it to string or binary"):
        hash_texts(pa.array([1]))
