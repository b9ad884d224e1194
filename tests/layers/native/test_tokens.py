"""Keyed tokens of whole columns: those of the standard library, whatever the column's layout."""

import hmac
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill_native import texts as native
from tidemill_native.texts import TOKEN_BYTES, hmac_tokens

KEY = b"a key of tests"
LARGER = b"This is a test using a larger than block-size key and a larger than block-size data. "
KNOWN = {
    "case 1": (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b"),
    "case 2": (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"),
    "case 3": (b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a7"),
    "case 4": (bytes(range(1, 26)), b"\xcd" * 50, "82558a389a443c0ea4cc819899f2083a"),
    "case 5": (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    "case 6": (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f",
    ),
    "case 7": (
        b"\xaa" * 131,
        LARGER + b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944",
    ),
}


def scalar(text: bytes, key: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")[:TOKEN_BYTES]


def tokens_of(texts: pa.Array, key: bytes) -> list[bytes]:
    found = bytes(hmac_tokens(texts, key))
    return [found[at : at + TOKEN_BYTES] for at in range(0, len(found), TOKEN_BYTES)]


@pytest.mark.parametrize(("key", "text", "token"), KNOWN.values(), ids=KNOWN)
def test_known_answers(key: bytes, text: bytes, token: str) -> None:
    """Those of RFC 4231, cut to 128 bits; case 5 is cut there as well."""
    assert bytes(hmac_tokens(pa.array([text]), key)).hex() == token


@given(texts=st.lists(st.text()), key=st.binary(max_size=200))
def test_every_text_has_the_standard_librarys_hmac(texts: list[str], key: bytes) -> None:
    """Any Unicode, the empty text and the empty key included."""
    expected = [scalar(text.encode(), key) for text in texts]
    assert tokens_of(pa.array(texts, pa.string()), key) == expected


@given(size=st.integers(0, 300), key_size=st.integers(0, 130))
def test_every_length_is_padded_as_it_should_be(size: int, key_size: int) -> None:
    """On either side of each 64-byte block of SHA-256."""
    text, key = b"\xa5" * size, b"\x5a" * key_size
    assert tokens_of(pa.array([text, b"", text]), key)[::2] == [scalar(text, key)] * 2


@given(texts=st.lists(st.none() | st.binary(max_size=9)), data=st.data())
def test_a_slice_is_read_as_it_stands(texts: list[bytes | None], data: st.DataObject) -> None:
    """An offset into a larger array moves nothing, and a null disturbs no neighbour."""
    start = data.draw(st.integers(0, len(texts)))
    array = pa.array(texts, pa.binary()).slice(start, data.draw(st.integers(0, len(texts))))
    found = zip(array.to_pylist(), tokens_of(array, KEY), strict=True)
    assert all(text is None or token == scalar(text, KEY) for text, token in found)


@pytest.mark.parametrize("texts", [[], [None], [None, None], ["", ""]])
def test_a_column_may_hold_no_byte(texts: list[str | None]) -> None:
    """Empty, missing throughout, or of empty texts: no data is no fault."""
    assert len(hmac_tokens(pa.array(texts, pa.string()), KEY)) == TOKEN_BYTES * len(texts)


def test_a_long_column_keeps_its_order() -> None:
    """A hundred thousand texts, each with its own token."""
    texts = [f"customer {number}" for number in range(100_000)]
    assert tokens_of(pa.array(texts), KEY) == [scalar(text.encode(), KEY) for text in texts]


def test_threads_do_not_disturb_each_other() -> None:
    """Columns worked off at the same time have the tokens they have one after the other."""
    columns = [pa.array([f"{n}/{row}" for row in range(5_000)]) for n in range(16)]
    alone = [hmac_tokens(column, bytes([n])) for n, column in enumerate(columns)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda n: hmac_tokens(columns[n], bytes([n])), range(16)))
    assert together == alone


@given(texts=st.lists(st.binary(max_size=200), min_size=1), key=st.binary(max_size=100))
def test_every_processor_gives_the_same_tokens(texts: list[bytes], key: bytes) -> None:
    """One without SHA instructions does what this one does, whichever it is."""
    array = pa.array(texts, pa.binary())
    out = bytearray(TOKEN_BYTES * len(texts))
    native._KERNELS.hmac_tokens_baseline(
        native._laid_out(array), key, len(key), native._writable(out)
    )
    assert out == hmac_tokens(array, key)


@pytest.mark.parametrize("kind", [pa.large_string(), pa.int32(), pa.string_view()])
def test_other_arrays_are_refused(kind: pa.DataType) -> None:
    """By their type, which says what to cast."""
    with pytest.raises(TypeError, match=f"array of {kind}: cast it to string or binary"):
        hmac_tokens(pa.nulls(1, kind), KEY)


def test_a_missing_library_says_how_to_make_it(tmp_path: Path) -> None:
    """Nothing slower takes its place in silence."""
    with pytest.raises(ImportError, match="make setup"):
        native._load(tmp_path / "kernels.so")


def test_the_interpreter_goes_on_meanwhile() -> None:
    """Another thread gets its turn well within the time that a long column takes."""
    texts = pa.array(["somebody's name"] * 1_000_000)
    span: list[float] = []

    def work() -> None:
        span.append(perf_counter())
        hmac_tokens(texts, KEY)
        span.append(perf_counter())

    turns = []
    worker = Thread(target=work)
    worker.start()
    while worker.is_alive():
        turns.append(perf_counter())
        sleep(0.001)
    start, end = span
    margin = (end - start) / 4
    assert [turn for turn in turns if start + margin < turn < end - margin]
