"""Sketches: few values exactly, many within two percent, in any order of parts."""

from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.profile import Sketch
from tidemill.profile.hashes import hash_integer, hash_number, hash_text

# A loaded machine is no fault of the code.
UNHURRIED = settings(deadline=None)
WORDS = st.lists(st.integers(0, 2**64 - 1), max_size=400)


@pytest.mark.parametrize("size", [0, 1, 200, 256])
def test_few_values_are_counted_exactly(size: int) -> None:
    """Up to 256 of them, however often each occurs."""
    assert Sketch.of([hash_integer(n) for n in range(size)] * 2).estimate == size


@pytest.mark.parametrize("size", [257, 1_000, 16_000, 50_000, 200_000])
def test_many_values_are_counted_within_two_percent(size: int) -> None:
    """At every size that follows."""
    assert Sketch.of(map(hash_integer, range(size))).estimate == pytest.approx(size, rel=0.02)


@UNHURRIED
@given(st.lists(WORDS, max_size=5))
def test_parts_may_come_in_any_order(parts: list[list[int]]) -> None:
    """What they have in common is counted once; few parts may make many values together."""
    whole = Sketch.of(word for part in parts for word in part)
    sketches = [Sketch.of(part) for part in parts]
    assert reduce(Sketch.merge, sketches, Sketch()) == whole
    assert reduce(lambda one, other: other.merge(one), reversed(sketches), Sketch()) == whole
    assert Sketch.decode(whole.encode()) == whole


@UNHURRIED
@given(st.integers(257, 700), st.integers(257, 700))
def test_sketches_of_many_values_merge_register_by_register(left: int, right: int) -> None:
    """As if one had seen all of them."""
    one, other = (
        Sketch.of(map(hash_integer, span)) for span in (range(left), range(200, 200 + right))
    )
    assert one.merge(other) == Sketch.of(
        map(hash_integer, {*range(left), *range(200, 200 + right)})
    )


@pytest.mark.parametrize("text", ["set:AAAA", "hll:AAAA", "what", "sum:AAAAAAAAAAA=", "set:é"])
def test_a_text_that_is_no_sketch_is_refused(text: str) -> None:
    """With a ValueError, as every document's fault."""
    with pytest.raises(ValueError, match=r"sketch|base64|ASCII|padding"):
        Sketch.decode(text)


def test_equal_values_hash_alike_and_others_do_not() -> None:
    """Both zeros are one; lengths count; what is long is told apart as well."""
    assert hash_number(0.0) == hash_number(-0.0)
    texts = ["", "\0", "\0\0", "a" * 8, "a" * 9, "b" * 200, "b" * 201, "é", "e"]
    assert len({hash_text(text) for text in texts}) == len(texts)
