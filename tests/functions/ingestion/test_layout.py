"""How a file is written is found out, or believed where the contract declares it."""

import gzip

import pytest

from tidemill.records import Layout

from .conftest import CONTRACT, Shore

ROWS = [("M", "0.5", "7"), ("F", "0.25", "9"), ("I", "0.1", "3")]
CITIES = CONTRACT.replace("    tolerate", "      city: {type: text}\n    tolerate")


def table(delimiter: str, *, header: bool = True) -> str:
    head = [("sex", "length", "rings")] if header else []
    return "\n".join(delimiter.join(row) for row in [*head, *ROWS]) + "\n"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(shore: Shore, delimiter: str) -> None:
    """It is recorded with the drop."""
    drop = shore.drop("shells/rows/a.csv", table(delimiter))
    assert drop.layout == Layout(
        format="csv", encoding="utf-8", delimiter=delimiter, columns=("sex", "length", "rings")
    )
    assert drop.rows.accepted == 3


def test_a_spreadsheets_own_line_names_the_delimiter(shore: Shore) -> None:
    """`sep=;` before the header is no row and no header."""
    drop = shore.drop("shells/rows/a.csv", "sep=;\r\n" + table(";"))
    assert (drop.rows.accepted, drop.rows.read) == (3, 3)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"sep=;\r\n", "EmptyFileError: the file has no header and no rows"),
        (b"sep=\xff\nsex,length,rings\nM,0.5,7\n", "MissingColumnError"),
        (b'sep="\nsex,length,rings\nM,0.5,7\n', "MissingColumnError"),
        (b"x" * (300 << 10) + b",sex,length,rings\n1,M,0.5,7\n", "UnreadableFileError: its first"),
    ],
)
def test_a_first_line_that_leads_nowhere_is_no_header(
    shore: Shore, body: bytes, reason: str
) -> None:
    """A delimiter that is none, or names without an end, leave the file unread."""
    assert shore.drop("shells/rows/a.csv", body).reasons[0].startswith(reason)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-16-le", "utf-16-le"),
        ("latin-1", "latin-1"),
        ("cp1252", "cp1252"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_encoding_is_found(
    bare_shore: Shore, encoding: str, name: str, *, packed: bool
) -> None:
    """Texts come out as they were meant, and the record names the encoding."""
    bare_shore.accept_contract(CITIES)
    cities = ["Köln", "Málaga", "20 €" if encoding != "latin-1" else "Åbo"]
    lines = ["sex,length,rings,city", *(f"M,0.5,7,{city}" for city in cities)]
    body = "\n".join(lines).encode(encoding)
    key = f"shells/rows/a.csv{'.gz' if packed else ''}"
    drop = bare_shore.drop(key, gzip.compress(body) if packed else body)
    assert drop.layout is not None
    assert drop.layout.encoding == name
    assert [row["city"] for row in bare_shore.rows(drop.parts[0].uri)] == cities


def test_what_the_contract_declares_is_believed(bare_shore: Shore) -> None:
    """A delimiter that is no usual one, an encoding that nothing tells, no header."""
    declared = "    format: {delimiter: '^', encoding: cp1252, header: false}\n    tolerate"
    bare_shore.accept_contract(CONTRACT.replace("    tolerate", declared))
    drop = bare_shore.drop("shells/rows/a.csv", table("^", header=False))
    assert [row["sex"] for row in bare_shore.rows(drop.parts[0].uri)] == ["M", "F", "I"]


def test_a_headerless_file_of_another_width_waits(bare_shore: Shore) -> None:
    """Columns are told by position only where their number is the contract's."""
    declared = "    format: {header: false}\n    tolerate"
    bare_shore.accept_contract(CONTRACT.replace("    tolerate", declared))
    drop = bare_shore.drop("shells/rows/a.csv", "M,0.5\n")
    assert drop.reasons[0].startswith("MissingColumnError: the file has 2 columns and no header")


@pytest.mark.parametrize("ending", ["", "\n", "e\n"])
def test_a_letter_at_the_very_end_tells_the_encoding(bare_shore: Shore, ending: str) -> None:
    """The last bytes of a file count, where the file is not longer than the look at it."""
    bare_shore.accept_contract(CITIES)
    body = f"sex,length,rings,city\nM,0.5,7,Br\xfchl\nM,0.5,7,\xd6{ending}"
    drop = bare_shore.drop("shells/rows/a.csv", body.encode("latin-1"))
    assert drop.layout is not None
    assert (drop.layout.encoding, drop.rows.accepted) == ("latin-1", 2)
    alone = bare_shore.drop("shells/rows/b.csv", body.replace("\xfc", "u").encode("latin-1"))
    assert alone.layout is not None
    assert (alone.layout.encoding, alone.rows.accepted) == ("latin-1", 2)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (gzip.compress(b"sex,length,rings\n"), "gzip"),
        (b"PK\x03\x04" + table(",").encode(), "zip"),
        (b"BZh91AY&SY", "bzip2"),
        (b"PAR1\x15\x04", "Parquet"),
        (table(",").encode("utf-32"), "UTF-32"),
    ],
)
def test_a_file_of_another_kind_is_called_by_its_name(shore: Shore, body: bytes, kind: str) -> None:
    """A packed file that is named as a plain one is no table of a strange encoding."""
    drop = shore.drop("shells/rows/a.csv", body)
    assert drop.reasons == (f"UnreadableFileError: its bytes are {kind}, and its name says csv",)


def test_one_bad_byte_costs_one_row(bare_shore: Shore) -> None:
    """The rest of a UTF-8 file stays UTF-8."""
    bare_shore.accept_contract(CITIES)
    cities = ["Köln", "Málaga", "Åbo", "Bor\udce5s"]
    lines = ["sex,length,rings,city", *(f"M,0.5,7,{city}" for city in cities)]
    drop = bare_shore.drop("shells/rows/a.csv", "\n".join(lines).encode(errors="surrogateescape"))
    assert (drop.state, drop.rows.quarantined) == ("accepted", 1)
    (fault,) = bare_shore.rows(drop.quarantine_uri)
    assert fault["rule"] == "holds bytes that are no text in the file's encoding"
    assert (fault["row"], fault["raw"]) == (4, "M,0.5,7,Bor\\xe5s")


def test_header_names_are_trimmed(shore: Shore) -> None:
    """Spaces around a name mean nothing."""
    drop = shore.drop("shells/rows/a.csv", " sex , length,rings \nM,0.5,7\n")
    assert drop.state == "accepted"


def test_a_header_may_hold_line_ends(bare_shore: Shore) -> None:
    """A name in quotes may run over lines; rows begin behind it."""
    renamed = CONTRACT.replace("sex: {", '"sex\\nor not": {')
    bare_shore.accept_contract(renamed)
    drop = bare_shore.drop("shells/rows/a.csv", '"sex\nor not",length,rings\nM,0.5,7\n')
    assert (drop.state, drop.rows.read) == ("accepted", 1)


def test_strange_and_missing_columns_end_as_the_contract_says(bare_shore: Shore) -> None:
    """Undeclared columns may be refused, and absent nullable ones read as missing."""
    settings = "    unknown_columns: refuse\n    missing_columns: 'null'\n    tolerate"
    bare_shore.accept_contract(CONTRACT.replace("    tolerate", settings))
    strange = bare_shore.drop("shells/rows/a.csv", "sex,length,rings,extra\nM,0.5,7,1\n")
    assert strange.reasons == ("UnknownColumnError: extra: in the file, not in the contract",)
    absent = bare_shore.drop("shells/rows/b.csv", "sex,rings\nM,7\n")
    assert bare_shore.rows(absent.parts[0].uri)[0]["length"] is None
    needed = bare_shore.drop("shells/rows/c.csv", "sex,length\nM,0.5\n")
    assert needed.reasons[0].startswith("MissingColumnError: rings")


def test_data_may_be_too_old(bare_shore: Shore) -> None:
    """A drop whose newest moment is older than `max_age` when it lands waits, and says so."""
    seen = "      seen: {type: timestamp, max_age: 2d}\n    tolerate"
    bare_shore.accept_contract(CONTRACT.replace("    tolerate", seen))
    old = "sex,length,rings,seen\nM,0.5,7,2026-10-20\nM,0.5,7,2026-10-29\n"
    stale = bare_shore.drop("shells/rows/a.csv", old)
    assert stale.state == "quarantined"
    assert stale.reasons[0].startswith("StaleDataError: the newest seen is 2026-10-29")
    fresh = bare_shore.drop("shells/rows/b.csv", old.replace("10-29", "10-31"))
    assert fresh.state == "accepted"
