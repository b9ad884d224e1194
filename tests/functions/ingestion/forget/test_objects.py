"""One object at a time: what is found in it, and what it is without the person."""

import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.forget.captures import capture_without, search_capture
from ingestion.forget.found import Found
from ingestion.forget.subject import Subject
from ingestion.forget.tables import search_table, table_without
from tidemill.pseudonyms import pseudonym

from .conftest import QUARANTINE, Shop

URI = "s3://data/drops/shop/orders/d1/quarantine.parquet"


@pytest.fixture
def anna(bare_shop: Shop) -> Subject:
    contract = bare_shop.registry.contract("shop")
    return Subject.of_request(bare_shop.request("anna"), contract, bare_shop.keys)


def test_a_table_stays_as_it_was_written(bare_shop: Shop, anna: Subject) -> None:
    """Types, metadata, compression, encodings and row groups; only rows are missing."""
    people = ["anna", "bert"] * 500
    table = bare_shop.table(people).append_column("kind", pa.array(["a", "b"] * 500))
    table = table.append_column("place", pa.array([f"d1:{n:04}" for n in range(1000)]))
    table = table.replace_schema_metadata({"made": "by a test"})
    bare_shop.write(
        URI,
        table,
        compression="zstd",
        row_group_size=300,
        use_dictionary=["kind"],
        column_encoding={"place": "DELTA_BYTE_ARRAY"},
    )
    assert search_table(URI, bare_shop.store, anna) == Found(500)
    before = pq.ParquetFile(io.BytesIO(bare_shop.store.read(URI)))
    after = pq.ParquetFile(io.BytesIO(table_without(URI, bare_shop.store, anna)))
    assert after.read().equals(table.filter(pa.array([False, True] * 500)), check_metadata=True)
    assert after.num_row_groups == before.num_row_groups == 4
    for column in range(table.num_columns):
        old = before.metadata.row_group(0).column(column)
        new = after.metadata.row_group(0).column(column)
        assert (new.compression, set(new.encodings)) == (old.compression, set(old.encodings))


@pytest.mark.parametrize("people", [[], ["anna"], ["anna", "anna"]])
def test_a_table_may_be_empty_afterwards(bare_shop: Shop, anna: Subject, people: list[str]) -> None:
    """It keeps its columns."""
    bare_shop.write(URI, bare_shop.table(people))
    assert search_table(URI, bare_shop.store, anna) == Found(len(people))
    left = pq.read_table(io.BytesIO(table_without(URI, bare_shop.store, anna)))
    assert (left.num_rows, left.column_names) == (0, ["who", "size", "_row"])


@pytest.mark.parametrize(
    "who",
    [
        pa.array(["anna", None, "bert", "Anna"]),
        pa.array(["anna", None, "bert", "Anna"]).dictionary_encode(),
    ],
)
def test_people_in_clear_are_recognised(bare_shop: Shop, anna: Subject, who: pa.Array) -> None:
    """As they are spelt: another spelling is somebody else, a missing one nobody."""
    bare_shop.write(URI, pa.table({"who": who}))
    assert search_table(URI, bare_shop.store, anna) == Found(1)


def test_numbers_that_name_people_are_recognised(bare_shop: Shop) -> None:
    """By their decimal, in tables from when the column was an int."""
    contract = bare_shop.registry.contract("shop")
    seven = Subject.of_request(bare_shop.request("7"), contract, bare_shop.keys)
    bare_shop.write(URI, pa.table({"who": pa.array([7, 70, None, -7])}))
    assert search_table(URI, bare_shop.store, seven) == Found(1)


def faults(shop: Shop, *rows: tuple[int, str, str], **more: Any) -> None:  # noqa: ANN401
    numbers, columns, raws = zip(*rows, strict=True)
    table = pa.table([numbers, columns, ["is bad"] * len(rows), raws], schema=QUARANTINE)
    for name, cells in more.items():
        table = table.append_column(name, cells)
    shop.write(URI, table, row_group_size=2)


def left(shop: Shop, subject: Subject) -> list[int]:
    table = pq.read_table(io.BytesIO(table_without(URI, shop.store, subject)))
    return [int(row) for row in table.column("row").to_pylist()]


def test_every_fault_of_a_persons_row_goes(bare_shop: Shop, anna: Subject) -> None:
    """Those of other columns too, in whatever row group they stand."""
    faults(bare_shop, (1, "size", "x"), (2, "size", "y"), (3, "size", "z"), (1, "who", "anna"))
    assert search_table(URI, bare_shop.store, anna) == Found(2, unnamed=2)
    assert left(bare_shop, anna) == [2, 3]


@pytest.mark.parametrize("raw", ["anna,1,2,3", 'x;"anna"', " anna \t7", "1|anna"])
def test_a_raw_row_is_searched_piece_by_piece(bare_shop: Shop, anna: Subject, raw: str) -> None:
    """Whatever stood between its cells."""
    faults(bare_shop, (1, "", raw), (2, "", "hanna,1"), (3, "", ""))
    assert search_table(URI, bare_shop.store, anna) == Found(1, unnamed=2)
    assert left(bare_shop, anna) == [2, 3]


def test_a_fault_that_holds_a_token_says_whose_it_is(bare_shop: Shop, anna: Subject) -> None:
    """Where quarantine has a column `subject`, no row with a token is left in doubt."""
    key = bare_shop.keys.key("shop", 1)
    owners = [pseudonym("bert", key), pseudonym("anna", key), None]
    faults(
        bare_shop,
        (1, "size", "x"),
        (2, "size", "y"),
        (3, "size", "z"),
        subject=pa.array(owners, pa.binary(16)),
    )
    assert search_table(URI, bare_shop.store, anna) == Found(1, unnamed=1)
    assert left(bare_shop, anna) == [1, 3]


@pytest.mark.parametrize("packed", [True, False])
def test_only_the_persons_predictions_go(bare_shop: Shop, anna: Subject, *, packed: bool) -> None:
    """By the id they were asked for under, or the column that names people; packed as before."""
    uri = bare_shop.add_capture(
        "a",
        {"id": "1", "features": {"who": "anna"}},
        {"id": "anna"},
        {"id": "anna", "pipeline": "other"},
        {"id": "anna", "pipeline": "other", "features": {"note": "shop"}},
        {"id": "2", "features": {"note": "anna", "who": None}},
        packed=packed,
    )
    body = bare_shop.store.read(uri)
    before = (gzip.decompress(body) if packed else body).splitlines(keepends=True)
    assert search_capture(uri, bare_shop.store, anna) == Found(2)
    after = capture_without(uri, bare_shop.store, anna)
    assert (gzip.decompress(after) if packed else after) == b"".join(before[2:])


@pytest.mark.parametrize("line", ['{"pipeline": "shop"', '["shop"]', '{"pipeline": "shop"}'])
def test_a_line_that_cannot_be_read_is_kept_and_said(
    bare_shop: Shop, anna: Subject, line: str
) -> None:
    """It stops nothing."""
    uri = "s3://capture/predictions/a"
    whole = json.dumps({"pipeline": "shop", "id": "anna", "features": {}})
    bare_shop.store.write(uri, f"{line}\n{whole}\n".encode())
    assert search_capture(uri, bare_shop.store, anna) == Found(1, unnamed=1)
    assert capture_without(uri, bare_shop.store, anna) == f"{line}\n".encode()
