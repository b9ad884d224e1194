"""Rows and their channels: stable for ever, whole groups, the newest rows last to be seen."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.freeze.boundaries import find_boundaries, newest_boundaries
from ingestion.freeze.fingerprint import fingerprint, hash_cells
from ingestion.freeze.split import CHANNELS, Dealer
from tidemill.contract import Contract, parse_contract
from tidemill.errors import ContractError
from tidemill.records import Boundaries, DatasetRecord

from .accepted import Accepted

CONTRACT = """
pipeline: shells
target: rings
sources:
  rows:
    columns:
      group: {type: category}
      rings: {type: int}
      at: {type: timestamp}
split: """
START = datetime(2026, 1, 1, tzinfo=UTC)

type Row = tuple[str | None, int | None, int | None]

rows_of = st.lists(
    st.tuples(
        st.none() | st.text("abc", max_size=2), st.none() | st.integers(0, 9),
        st.none() | st.integers(0, 30)
    ),
    min_size=1,
    max_size=30,
)  # fmt: skip


def split_by(rule: str, columns: str = CONTRACT) -> Contract:
    return parse_contract(f"{columns}{rule}\n")


def columns(rows: list[Row]) -> dict[str, list[Any]]:
    """Rows of group, rings and hours since the start."""
    return {
        "group": [group for group, _, _ in rows],
        "rings": [rings for _, rings, _ in rows],
        "at": [None if at is None else START + timedelta(hours=at) for _, _, at in rows],
    }


def many(count: int) -> list[Row]:
    return [(f"g{n // 10}" if n % 50 else None, n, (n * 7) % count) for n in range(count)]


def deal(accepted: Accepted, floor: Boundaries | None = None) -> tuple[list[str], list[Row]]:
    """The channel of every row that was accepted so far, and the rows."""
    joined = accepted.joined()
    dealer = Dealer(
        accepted.contract, joined.content, find_boundaries(accepted.contract, joined, floor)
    )
    dealt = [CHANNELS[n] for batch in joined.batches() for n in dealer.place(batch)]
    found = accepted.table().select(["group", "rings", "at"]).to_pylist()
    return dealt, [tuple(row.values()) for row in found]


def channels(contract: Contract, rows: list[Row]) -> dict[str, list[Row]]:
    accepted = Accepted(contract)
    accepted.add(columns(rows))
    dealt, found = deal(accepted)
    pairs = list(zip(dealt, found, strict=True))
    return {channel: [row for place, row in pairs if place == channel] for channel in CHANNELS}


@pytest.mark.parametrize("rule", ["{by: hash}", "{by: group, column: group}"])
@settings(deadline=None, max_examples=50)
@given(batches=st.lists(rows_of, min_size=2, max_size=4))
def test_growing_data_move_no_row(rule: str, batches: list[list[Row]]) -> None:
    """By hash and by group, what a row is in, it stays in, and so do its equals that come later."""
    contract = split_by(rule)
    accepted, known = Accepted(contract), dict[Row, str]()
    for batch in batches:
        accepted.add(columns(batch), part_rows=7)
        for channel, row in zip(*deal(accepted), strict=True):
            assert known.setdefault(row, channel) == channel


@settings(deadline=None, max_examples=100)
@given(batches=st.lists(rows_of, min_size=2, max_size=5))
def test_nothing_trained_on_is_tested_on_later(batches: list[list[Row]]) -> None:
    """By time, no row goes from train or validation to test, however late the others come."""
    contract = split_by("{by: time, column: at, validation: 20%, test: 20%}")
    accepted, trained, floor = Accepted(contract), set[datetime](), None
    for batch in batches:
        accepted.add(columns(batch))
        dealt, rows = deal(accepted, floor)
        floor = find_boundaries(contract, accepted.joined(), floor)
        tested = {row[2] for channel, row in zip(dealt, rows, strict=True) if channel == "test"}
        assert None not in tested
        assert not tested & trained
        trained |= {row[2] for row in rows} - tested


@pytest.mark.parametrize(
    "rule", ["{by: hash}", "{by: group, column: group}", "{by: time, column: rings}"]
)
def test_every_channel_gets_its_share(rule: str) -> None:
    """Every row is in one channel, and shares are near those asked for."""
    columns = CONTRACT.replace("target: rings", "target: group") if "rings" in rule else CONTRACT
    found = channels(split_by(rule, columns), many(4000))
    sizes = {channel: len(rows) / 4000 for channel, rows in found.items()}
    assert sizes == pytest.approx({"train": 0.7, "validation": 0.15, "test": 0.15}, abs=0.04)
    assert sorted(chain.from_iterable(found.values()), key=str) == sorted(
        ((g, n, START + timedelta(hours=at or 0)) for g, n, at in many(4000)), key=str
    )


def test_groups_stay_whole() -> None:
    """No group, and not the group of the missing, is in two channels."""
    found = channels(split_by("{by: group, column: group}"), many(3000))
    sets = [{row[0] for row in rows} for rows in found.values()]
    assert all(sets)
    assert sum(map(len, sets)) == len(set.union(*sets))


def test_another_share_moves_rows_at_its_own_edge() -> None:
    """More validation takes from train and leaves test alone; so the other way round."""
    found = [
        channels(split_by(f"{{by: hash, validation: {v}%, test: {t}%}}"), many(2000))
        for v, t in ((15, 15), (30, 15), (30, 25))
    ]
    sets = [{name: set(rows) for name, rows in parts.items()} for parts in found]
    assert sets[0]["test"] == sets[1]["test"] < sets[2]["test"]
    assert sets[0]["validation"] < sets[1]["validation"] == sets[2]["validation"]


def test_time_splits_past_from_future() -> None:
    """The newest rows test, those before them validate, the oldest and the undated train."""
    rows = [(None, n, None if n < 10 else (n * 7) % 1000) for n in range(1000)]
    found = channels(split_by("{by: time, column: at, validation: 20%, test: 10%}"), rows)
    assert {channel: len(rows) for channel, rows in found.items()} == {
        "train": 700, "validation": 200, "test": 100
    }  # fmt: skip
    times = {channel: [row[2] for row in rows if row[2]] for channel, rows in found.items()}
    assert len(times["train"]) == 690
    assert max(times["train"]) < min(times["validation"])
    assert max(times["validation"]) < min(times["test"])


@pytest.mark.parametrize(
    ("hours", "sizes"),
    [
        ([0] * 70 + [1] * 18 + [2] * 12, (70, 18, 12)),
        ([0] * 60 + [1] * 40, (0, 60, 40)),
        ([0] * 10 + [1] * 10 + [2] * 80, (10, 10, 80)),
        ([0] * 90 + [1] * 10, (0, 90, 10)),
        ([5] * 100, (0, 0, 100)),
        ([None] * 100, (100, 0, 0)),
    ],
)
def test_equal_times_go_together(hours: list[int | None], sizes: tuple[int, ...]) -> None:
    """Ties are never cut; the shares are met as nearly as they allow."""
    found = channels(split_by("{by: time, column: at}"), [(None, 1, hour) for hour in hours])
    assert tuple(map(len, found.values())) == sizes


@pytest.mark.parametrize(
    ("kind", "cells", "test"),
    [
        ("int", [2**60 + n for n in range(10)], str(2**60 + 8)),
        ("float", [n / 10 for n in range(10)], "0.8"),
        ("timestamp", [START + timedelta(microseconds=n) for n in range(10)],
         "2026-01-01T00:00:00.000008+00:00"),
    ],
)  # fmt: skip
def test_boundaries_are_exact(kind: str, cells: list[Any], test: str) -> None:
    """As written in the record, they cut where they cut, to the last digit."""
    text = CONTRACT.replace("at: {type: timestamp}", f"at: {{type: {kind}}}")
    accepted = Accepted(split_by("{by: time, column: at, validation: 20%, test: 20%}", text))
    accepted.add({"group": [None] * 10, "rings": [1] * 10, "at": cells})
    found = find_boundaries(accepted.contract, accepted.joined(), None)
    assert found is not None
    assert (found.column, found.type, found.test) == ("at", kind, test)
    dealer = Dealer(accepted.contract, [], found)
    (batch,) = accepted.joined().batches()
    assert dealer.place(batch).tolist() == [0] * 6 + [1] * 2 + [2] * 2


def frozen(version: str, boundaries: Boundaries | None) -> DatasetRecord:
    return DatasetRecord(
        dataset_version=version,
        contract_version="c",
        drops=(),
        boundaries=boundaries,
        channels={},
        rows={},
        profile_uri="",
        contract_uri="",
        created_at="",
    )


def test_the_newest_boundary_of_the_column_holds() -> None:
    """Whatever order versions were frozen in, and whatever other columns once cut."""
    cuts = [("at", "timestamp", f"2026-01-{day:02}T00:00:00+00:00") for day in (2, 9, 5)]
    cuts += [("rings", "int", "99"), ("at", "int", "99")]
    records = [
        frozen(str(n), Boundaries(column=column, type=kind, validation=cut, test=cut))
        for n, (column, kind, cut) in enumerate(cuts)
    ]
    by_time = split_by("{by: time, column: at}")
    assert newest_boundaries(by_time, [*records, frozen("old", None)]) == records[1].boundaries
    assert newest_boundaries(by_time, []) is None
    assert newest_boundaries(split_by("{by: hash}"), records) is None


def test_time_is_something_with_an_order() -> None:
    """A column that is no time and no number is refused by its name."""
    with pytest.raises(
        ContractError, match=r"split.column: 'group' is category; time is a timestamp"
    ):
        newest_boundaries(split_by("{by: time, column: group}"), [])


def test_known_rows_have_known_numbers() -> None:
    """These never change: a champion has seen one side of them."""
    cells = {
        "i": pa.array([0, 1, -1, 2**60, None]),
        "f": pa.array([0.0, 0.5, -1.0, 1e300, None]),
        "b": pa.array([True, False, None, True, None]),
        "s": pa.array(["", "x", "grün ✓ ok", "x" * 300, None]),
        "t": pa.array([0, 1, 2, 3, None], pa.timestamp("us", tz="UTC")),
        "p": pa.array([bytes(16), b"a" * 16, None, bytes(range(16)), None], pa.binary(16)),
    }
    assert [f"{number:016x}" for number in fingerprint(cells)] == KNOWN


KNOWN = [
    "30c33bcbc4a7002f",
    "7d44b33831300c56",
    "7d831b6601bcf636",
    "7279f575c7b1e948",
    "e220a8397b1dcdaf",
]


def test_a_number_is_of_the_row_alone() -> None:
    """Not of its neighbours, its batch, its columns' order, nor of a column it does not fill."""
    texts = [f"{'é' * (n % 40)}{n}" if n % 7 else None for n in range(20_000)]
    cells = {"s": pa.array(texts), "n": pa.array([n % 100 for n in range(20_000)])}
    whole = fingerprint(cells)
    sliced = {name: column.slice(8_190, 100) for name, column in cells.items()}
    copied = {name: pa.array(column.to_pylist()) for name, column in sliced.items()}
    turned = {"n": sliced["n"], "new": pa.nulls(100, pa.float64()), "s": sliced["s"]}
    for same in (sliced, copied, turned):
        assert fingerprint(same).tolist() == whole[8_190:8_290].tolist()


def test_numbers_have_one_number() -> None:
    """Whatever the type they are declared as, and minus zero is zero."""
    ints = hash_cells(pa.array([0, 7, -7, 2**53]))
    assert hash_cells(pa.array([-0.0, 7.0, -7.0, 2.0**53])).tolist() == ints.tolist()


def test_different_cells_have_different_numbers() -> None:
    """Near texts, near numbers, swapped columns, and the empty text are all told apart."""
    texts = ["", "\0", "\0\0", "a", "a\0", "ab", "ba", "a" * 8, "a" * 9, "a" * 256, "a" * 257]
    numbers = [0.0, 0.1, 0.5, 1.0, -1.0, 2.0**53, 2.0**53 + 2, 1e300, 1e-300]
    for cells in (pa.array(texts), pa.array(numbers), pa.array([2**62 + n for n in range(50)])):
        assert len(set(hash_cells(cells).tolist())) == len(cells)
    one, other = pa.array(["a"]), pa.array(["b"])
    assert fingerprint({"x": one, "y": other}) != fingerprint({"x": other, "y": one})


@settings(deadline=None)
@given(st.lists(st.text(max_size=300), min_size=1, max_size=20))
def test_texts_are_hashed_as_written_down(texts: list[str]) -> None:
    """Eight bytes at a time, as a plain loop would."""
    found = hash_cells(pa.array(texts, pa.string()))
    assert found.tolist() == [plain_hash(text.encode()) for text in texts]


def plain_hash(text: bytes) -> int:
    if len(text) > 256:
        return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")
    number = plain_mix(len(text))
    words = [text[at : at + 8] for at in range(0, len(text), 8)] or [b""]
    for word in words:
        number = plain_mix(number ^ int.from_bytes(word, "little"))
    return number


def plain_mix(number: int) -> int:
    """splitmix64, as its authors print it."""
    z = (number + 0x9E3779B97F4A7C15) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


def test_numbers_are_uniform() -> None:
    """Sixteen buckets of consecutive integers and of short texts are equally full."""
    for cells in (pa.array(range(64_000)), pa.array([f"id-{n}" for n in range(64_000)])):
        counts = np.bincount((fingerprint({"x": cells}) >> np.uint64(60)).astype(int))
        assert ((counts - 4_000) ** 2 / 4_000).sum() < 40  # chi-square, 15 degrees: p = 0.0005
