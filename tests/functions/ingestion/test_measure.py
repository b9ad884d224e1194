"""Whole batches measured as the core measures them value by value."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.ingest.profiling import distinct
from ingestion.ingest.profiling import measure as measuring
from ingestion.ingest.profiling.measure import measure
from ingestion.ingest.profiling.sums import exact_sums
from tidemill.contract import Column, Source
from tidemill.profile import Cell, ColumnProfile, Profile, Sketch
from tidemill.profile.hashes import hash_integer, hash_number, hash_text
from tidemill.profile.reading import sums
from tidemill_tabular.checking.casts import ARROW_TYPES

# A loaded machine is no fault of the code.
UNHURRIED = settings(deadline=None)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(["x" * 128, "é" * 90])
CELLS: dict[str, st.SearchStrategy[Cell]] = {
    "int": st.integers(-(2**63), 2**63 - 1),
    "float": NUMBERS | st.sampled_from([0.0, -0.0, 0.1, 1e-9, 1e-10]),
    "bool": st.booleans(),
    "category": TEXTS,
    "timestamp": st.datetimes(timezones=st.just(UTC)),
    "text": TEXTS,
    "id": TEXTS,
}


def profile_of(cells: list[Cell], kind: str, *, surrounded: bool = False) -> ColumnProfile:
    """A column of a batch, of its own or cut from the middle of a longer one."""
    array = pa.array(cells, ARROW_TYPES[kind])
    if surrounded:
        array = pa.concat_arrays([array, array, array])[len(cells) : 2 * len(cells)]
    source = Source(columns={"a": Column.model_validate({"type": kind})})
    return measure(pa.RecordBatch.from_arrays([array], names=["a"]), source).columns["a"]


@pytest.mark.parametrize("kind", list(CELLS))
@UNHURRIED
@given(data=st.data(), surrounded=st.booleans())
def test_a_batch_is_measured_value_by_value(
    kind: str, data: st.DataObject, *, surrounded: bool
) -> None:
    """Every kind, nulls among them, equals the profile of its cells to the last bit."""
    cells = data.draw(st.lists(st.none() | CELLS[kind], max_size=40))
    expected = ColumnProfile.of_cells(measuring.KINDS[kind], cells)
    assert profile_of(cells, kind, surrounded=surrounded) == expected


@pytest.mark.parametrize("size", [1, 300, 513, 20_000])
@pytest.mark.parametrize("kind", ["int", "float", "category", "timestamp", "text", "id"])
def test_many_values_are_measured_alike(kind: str, size: int) -> None:
    """Where there are too many to keep them one by one as well."""
    dice = np.random.default_rng(size)
    numbers = dice.integers(0, size * 2, size)
    cells: list[Cell] = {
        "int": numbers.tolist(),
        "float": dice.lognormal(0, 3, size).round(4).tolist(),
        "timestamp": [datetime.fromtimestamp(n * 40_000, UTC) for n in numbers.tolist()],
    }.get(kind, [f"value {n}" for n in numbers.tolist()])
    expected = ColumnProfile.of_cells(measuring.KINDS[kind], cells)
    assert profile_of(cells, kind) == expected


@UNHURRIED
@given(st.lists(NUMBERS | st.floats(-1e3, 1e3), max_size=50))
def test_sums_are_exact(numbers: list[float]) -> None:
    """Over the whole range of doubles, tiny and huge ones together."""
    reference = sums(numbers)
    assert exact_sums(np.array(numbers)) == (reference["total"], reference["squares"])


@UNHURRIED
@given(st.lists(TEXTS), st.lists(NUMBERS), st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_hashes_are_those_of_the_core(
    texts: list[str], numbers: list[float], integers: list[int]
) -> None:
    """One value or a column of them."""
    assert distinct.hash_texts(pa.array(texts, pa.string())).tolist() == [*map(hash_text, texts)]
    assert distinct.hash_numbers(np.array(numbers)).tolist() == [*map(hash_number, numbers)]
    ticks = np.array(integers, np.int64)
    assert distinct.hash_integers(ticks).tolist() == [*map(hash_integer, integers)]


@UNHURRIED
@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 300), max_size=700))
def test_sketches_are_those_of_the_core(words: list[int]) -> None:
    """Also of hashes that share a register, which these are made to."""
    hashes = np.array(words, np.uint64)
    few = distinct.find_few(hashes)
    assert distinct.sketch_of(hashes, few) == Sketch.of(words)
    if few is not None:
        counted = dict(zip(hashes[few.places].tolist(), few.counts.tolist(), strict=True))
        assert counted == {word: words.count(word) for word in set(words)}


@pytest.mark.parametrize("kind", ["int", "category", "id"])
def test_pseudonyms_are_ids(kind: str) -> None:
    """Whatever the contract says that they stand for; null is missing."""
    tokens = [bytes([n]) * 16 for n in (1, 2, 2)]
    array = pa.array([*tokens, None], pa.binary(16))
    source = Source(columns={"a": Column.model_validate({"type": kind})})
    batch = pa.RecordBatch.from_arrays([array], names=["a"])
    column = measure(batch.slice(1), source).columns["a"]
    assert (column.kind, column.count, column.nulls, column.distinct) == ("id", 3, 1, 1)
    assert measure(batch, source).columns["a"].distinct == 2


def test_threads_measure_what_one_measures() -> None:
    """Nothing is shared between batches."""
    dice = np.random.default_rng(0)
    source = Source.model_validate({"columns": {"a": {"type": "float"}, "b": {"type": "text"}}})
    batches = [
        pa.RecordBatch.from_arrays(
            [pa.array(dice.normal(size=500)), pa.array(dice.integers(0, 99, 500).astype(str))],
            names=["a", "b"],
        )
        for _ in range(12)
    ]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(measure, batches, [source] * 12))
    alone = [measure(batch, source) for batch in batches]
    assert together == alone
    merged = Profile()
    for part in together:
        merged = merged.merge(part)
    assert merged == measure(pa.concat_batches(batches), source)
