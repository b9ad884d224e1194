"""Files that are out to break something end in a named state, in bounded memory and time."""

import gzip
import io
import tracemalloc
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from .conftest import CONTRACT, Shore

HEAD = b"sex,length,rings\n"
ROW = b"M,0.5,7\n"
MIB = 1 << 20


def bomb(size: int) -> bytes:
    """`size` bytes of nothing much, packed a thousand to one."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(HEAD + ROW)]
    parts += [packer.compress(b"x" * MIB) for _ in range(size // MIB)]
    return b"".join([*parts, packer.flush()])


def test_a_line_of_a_hundred_megabytes_is_one_bad_row(shore: Shore) -> None:
    """It is counted, quoted by its beginning, and the rows around it are kept."""
    body = HEAD + ROW + b"x" * (100 * MIB) + b"\n" + ROW
    landed = shore.put("shells/rows/a.csv", body)
    tracemalloc.start()
    drop = shore.ingest(landed)
    peak = tracemalloc.get_traced_memory()[1] - len(body)
    tracemalloc.stop()
    assert (drop.state, drop.rows.read, drop.rows.accepted) == ("accepted", 3, 2)
    (fault,) = shore.rows(drop.quarantine_uri)
    assert (fault["row"], len(fault["raw"])) == (2, 200)
    assert fault["rule"].startswith("is longer than 1 MiB")
    assert peak < 100 * MIB


def test_what_unpacks_out_of_proportion_is_rejected(shore: Shore) -> None:
    """A bomb is refused when it has shown what it is, not when it has filled the disk."""
    drop = shore.drop("shells/rows/a.csv.gz", bomb(400 * MIB))
    assert drop.state == "rejected"
    assert drop.reasons == (
        "UnreadableFileError: it unpacks to more than 200 times its size; drop it unpacked",
    )


def test_two_thousand_columns_are_read(bare_shore: Shore) -> None:
    """A wide table has a profile of every column."""
    names = [f"c{number}" for number in range(2_000)]
    columns = "\n".join(f"      {name}: {{type: float}}" for name in names)
    bare_shore.accept_contract(
        f"pipeline: shells\ntarget: c0\nsources:\n  rows:\n    columns:\n{columns}\n"
    )
    lines = [names, *(["1.5"] * 2_000 for _ in range(50))]
    body = "\n".join(",".join(line) for line in lines)
    drop = bare_shore.drop("shells/rows/a.csv", body)
    assert (drop.state, drop.rows.accepted) == ("accepted", 50)


def test_a_parquet_file_may_not_claim_what_it_cannot_hold(shore: Shore) -> None:
    """A file of few bytes and very many rows is refused before they are made."""
    rows = 60_000_000
    column = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), rows), ["M"])
    body = io.BytesIO()
    pq.write_table(pa.table({"sex": column}), body, row_group_size=rows)
    drop = shore.drop("shells/rows/a.parquet", body.getvalue())
    assert drop.state == "rejected"
    assert f"it claims {rows} rows" in drop.reasons[0]


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b"\x00" * 1000, "rejected"),
        (b"\x00" * 1000 + HEAD + ROW, "rejected"),
        (b"\xff\xfe", "rejected"),
        (HEAD + b'"' * 1000, "quarantined"),
        (HEAD + b"\r" * 1000, "rejected"),
        (HEAD + b"," * 1000, "quarantined"),
        (b'"' + HEAD + ROW, "rejected"),
        (HEAD.replace(b"\n", b"\r") + ROW.replace(b"\n", b"\r"), "accepted"),
        (HEAD + ROW + b"\x1a", "accepted"),
        (gzip.compress(HEAD + ROW, mtime=0), "rejected"),
    ],
)
def test_every_file_ends_in_a_state(bare_shore: Shore, body: bytes, state: str) -> None:
    """Whatever the bytes, the drop has a state, a reason, and every row counted once."""
    bare_shore.accept_contract(CONTRACT)
    drop = bare_shore.drop("shells/rows/a.csv", body)
    assert drop.state == state
    assert drop.state == "accepted" or drop.reasons[0].split(":")[0].endswith("Error")
    assert drop.rows.read == drop.rows.accepted + drop.rows.quarantined
