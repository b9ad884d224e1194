"""One drop, from the event to its one recorded state."""

import gzip
import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.ingest.ingest import ingest
from tidemill.events import DropRecorded
from tidemill.landing import LandedObject
from tidemill.profile import Profile

from .conftest import CONTRACT, Shore

GOOD = "sex,length,rings\nM,0.5,7\nF,0.4,9\n"
ACCEPTED = [
    {"sex": "M", "length": 0.5, "rings": 7, "_row": 1},
    {"sex": "F", "length": 0.4, "rings": 9, "_row": 2},
]


def parquet(**columns: list[Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def zstandard(text: str) -> bytes:
    packed: bytes = pa.compress(text.encode(), codec="zstd", asbytes=True)
    return packed


FORMATS: dict[str, bytes] = {
    "a.csv": GOOD.encode(),
    "b.CSV": b"\xef\xbb\xbf" + GOOD.encode(),
    "c.csv": GOOD.replace(",", ";").encode(),
    "d.csv": GOOD.replace("\n", "\r\n").encode(),
    "e.tsv": GOOD.replace(",", "\t").encode(),
    "f.csv": GOOD.replace(",", "|").rstrip().encode(),
    "g.csv.gz": gzip.compress(GOOD.encode()),
    "h.csv.zst": zstandard(GOOD),
    "i.csv": b"rings,extra,length,sex\n7,?,0.5,M\n9,?,0.4,F\n",
    "j.csv": b'"sex","length","rings"\n"M","0.5","7"\n\n"F"," 0.4 ","9"\n',
    "k.jsonl": b'{"sex": "M", "length": 0.5, "rings": 7}\n{"rings": 9, "length": 0.4, "sex": "F"}',
    "l.parquet": parquet(sex=["M", "F"], length=[0.5, 0.4], rings=[7, 9]),
    "m.parquet": parquet(rings=[7.0, 9.0], sex=["M", "F"], length=["0.5", "0.4"]),
    "n.csv": b"sex,length,rings,,\nM,0.5,7,,\nF,0.4,9,,\n",
    "o.csv": b"sex,length,rings,_row\nM,0.5,7,3\nF,0.4,9,4\n",
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_rows(shore: Shore, name: str) -> None:
    """Format, packing, delimiter, order and company of the columns change nothing in the rows."""
    drop = shore.drop(f"shells/rows/{name}", FORMATS[name])
    assert (drop.state, drop.reasons) == ("accepted", ())
    assert shore.rows(drop.parts[0].uri) == ACCEPTED


UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty.csv": (b"", "EmptyFileError: the file is empty"),
    "blank.csv": (b"\n\n \n", "EmptyFileError"),
    "header.csv": (b"sex,length,rings\n", "EmptyFileError: the file has a header and no rows"),
    "header2.csv": (b"sex,length,rings", "EmptyFileError: the file has a header and no rows"),
    "twice.csv": (b"sex,sex,length,rings\nM,F,1,1\n", "the header names sex more than once"),
    "cut.csv.gz": (gzip.compress(GOOD.encode() * 99)[:-9], "UnreadableFileError"),
    "plain.csv.gz": (GOOD.encode(), "UnreadableFileError: Not a gzipped file"),
    "plain.csv.zst": (GOOD.encode(), "UnreadableFileError"),
    "cut.csv.zst": (zstandard(GOOD * 99)[:-9], "UnreadableFileError"),
    "empty.jsonl": (b"\n", "EmptyFileError"),
    "array.jsonl": (b"[1]\n[2]\n", "EmptyFileError: the file has no JSON object"),
    "text.parquet": (b"PAR1 not really", "UnreadableFileError"),
    "empty.parquet": (parquet(sex=[], length=[], rings=[]), "EmptyFileError"),
    "nested.parquet": (parquet(sex=[["M"]], length=[0.5], rings=[7]), "UnreadableFileError"),
    "data.xlsx": (b"PK", "UnsupportedFormatError: 'xlsx' is no format Tidemill reads"),
    "noending": (GOOD.encode(), "UnsupportedFormatError"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_rejected_with_the_reason(shore: Shore, name: str) -> None:
    """A file that is no table ends as `rejected`, named after its error, with nothing written."""
    body, reason = UNREADABLE[name]
    drop = shore.drop(f"shells/rows/{name}", body)
    assert drop.state == "rejected"
    assert reason in drop.reasons[0]
    assert shore.outputs() == {}


def test_a_missing_target_column_waits_in_quarantine(shore: Shore) -> None:
    """The reason names the column that is not there and those that are."""
    drop = shore.drop("shells/rows/a.csv", "sex,length\nM,0.5\n")
    assert drop.state == "quarantined"
    (reason,) = drop.reasons
    assert reason.startswith("MissingColumnError: rings: in the contract, not in the file")
    assert reason.endswith("whose columns are sex, length")


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("seven", "is not an int"),
        ("7.5", "is not an int"),
        ("9" * 19, "is not an int"),
        ("0", "is below 1"),
        ("", "is missing"),
        ("7\x00", "holds a NUL byte"),
    ],
)
def test_a_bad_cell_is_quarantined_with_its_rule(shore: Shore, cell: str, rule: str) -> None:
    """The bad row goes to quarantine with its number, column, rule and raw text; the rest stays."""
    drop = shore.drop("shells/rows/a.csv", f"sex,length,rings\nM,0.5,7\nF,0.4,{cell}\nI,0.1,3\n")
    assert drop.state == "accepted"
    assert drop.rows.model_dump(exclude={"duplicate", "forgotten"}) == {
        "read": 3,
        "accepted": 2,
        "quarantined": 1,
    }
    assert shore.rows(drop.quarantine_uri) == [
        {"row": 2, "column": "rings", "rule": rule, "raw": cell, "subject": None}
    ]
    assert [row["_row"] for row in shore.rows(drop.parts[0].uri)] == [1, 3]


@pytest.mark.parametrize("cell", ["nan", "inf", "1e999", "-1e999", "0x1", "1_0", "1,5", "2.1"])
def test_only_finite_numbers_within_bounds_are_floats(shore: Shore, cell: str) -> None:
    """Not-a-number, infinity, overflow and other spellings never become a value."""
    drop = shore.drop("shells/rows/a.csv", f'sex,length,rings\nM,0.5,7\nF,"{cell}",9\n')
    assert [fault["raw"] for fault in shore.rows(drop.quarantine_uri)] == [cell]


@pytest.mark.parametrize(
    ("cell", "value"), [("+1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e-2", 0.01)]
)
def test_usual_spellings_of_a_number_are_read(shore: Shore, cell: str, value: float) -> None:
    """Signs, bare points and exponents are numbers."""
    drop = shore.drop("shells/rows/a.csv", f"sex,length,rings\nM,{cell},+7\n")
    assert shore.rows(drop.parts[0].uri)[0] | {"sex": "M"} == {
        "sex": "M", "length": value, "rings": 7, "_row": 1
    }  # fmt: skip


def test_ragged_rows_are_counted_and_numbered(shore: Shore) -> None:
    """Short and long rows are quarantined whole; the numbers of the others do not move."""
    drop = shore.drop(
        "shells/rows/a.csv",
        "sex,length,rings\nM,0.5,7\nF,0.4\nI,0.3,4\nM,0.2,5,6\n\nF,0.1,8\nM,0.1,9\n",
    )
    assert drop.rows.model_dump(exclude={"duplicate", "forgotten"}) == {
        "read": 6,
        "accepted": 4,
        "quarantined": 2,
    }
    assert [row["_row"] for row in shore.rows(drop.parts[0].uri)] == [1, 3, 5, 6]
    assert shore.rows(drop.quarantine_uri) == [
        {
            "row": 2,
            "column": "",
            "rule": "has 2 cells where the header has 3",
            "raw": "F,0.4",
            "subject": None,
        },
        {
            "row": 4,
            "column": "",
            "rule": "has 4 cells where the header has 3",
            "raw": "M,0.2,5,6",
            "subject": None,
        },
    ]


def test_row_numbers_hold_beyond_one_block(shore: Shore) -> None:
    """A bad row far behind the first block of a large file is found under its own number."""
    rows = [f"M,0.5,{number}" + "0" * (number == 199_999) for number in range(1, 400_001)]
    rows[250_000], rows[350_000] = "M,0.5", "M,x,1"
    drop = shore.drop("shells/rows/a.csv", "\n".join(["sex,length,rings", *rows]))
    assert drop.rows.model_dump(exclude={"duplicate", "forgotten"}) == {
        "read": 400_000,
        "accepted": 399_998,
        "quarantined": 2,
    }
    assert {fault["row"] for fault in shore.rows(drop.quarantine_uri)} == {250_001, 350_001}
    assert all(row["rings"] == row["_row"] for row in shore.rows(drop.parts[0].uri)[300_000:])


def test_a_row_with_two_faults_is_one_row_and_two_reasons(shore: Shore) -> None:
    """Quarantine lists every broken cell; the row counts once."""
    drop = shore.drop("shells/rows/a.csv", "sex,length,rings\nX,9,7\nM,0.5,7\n")
    assert drop.rows.quarantined == 1
    assert [fault["column"] for fault in shore.rows(drop.quarantine_uri)] == ["sex", "length"]
    assert set(drop.reasons) == {"sex is none of M, F, I: 1 cells", "length is above 2: 1 cells"}


def test_too_many_bad_rows_quarantine_the_whole_drop(shore: Shore) -> None:
    """Above the tolerance nothing is accepted, and the reason does the sum."""
    drop = shore.drop("shells/rows/a.csv", "sex,length,rings\nX,1,7\nX,1,7\nM,1,7\n")
    assert drop.state == "quarantined"
    assert drop.parts == ()
    assert drop.reasons[0] == (
        "TooManyBadRowsError: 2 of 3 rows (66.7%) break the contract, which tolerates 50.0%"
    )


def test_json_lines_that_lack_a_column_late_have_it_missing(shore: Shore) -> None:
    """A nullable member that no object of a later batch has is missing there, not an error."""
    first = '{"sex": "M", "length": 0.5, "rings": 7}\n'
    rest = '{"sex": "M", "rings": 7}\n' * 20_000
    drop = shore.drop("shells/rows/a.jsonl", first + rest)
    assert (drop.state, drop.rows.accepted) == ("accepted", 20_001)


def test_json_lines_that_are_no_objects_are_quarantined(shore: Shore) -> None:
    """A line of another kind, however deep, is one bad row under its line number."""
    good = '{"sex": "M", "length": 0.5, "rings": 7}'
    deep = "[" * 100_000
    drop = shore.drop("shells/rows/a.jsonl", f"{good}\nnonsense\n{deep}\n{good}\n{good}")
    assert drop.rows.model_dump(exclude={"duplicate", "forgotten"}) == {
        "read": 5,
        "accepted": 3,
        "quarantined": 2,
    }
    assert [fault["row"] for fault in shore.rows(drop.quarantine_uri)] == [2, 3]


def test_the_same_event_twice_changes_nothing(shore: Shore) -> None:
    """A redelivered event gives the same record, writes nothing, and tells of the drop again."""
    landed = shore.put("shells/rows/a.csv", GOOD)
    first = shore.ingest(landed)
    written = {uri: len(bodies) for uri, bodies in shore.store.objects.items()}
    assert shore.ingest(landed) == first
    assert {uri: len(bodies) for uri, bodies in shore.store.objects.items()} == written
    assert len(shore.registry.drops("shells")) == 1
    assert {event.state for event in shore.told(DropRecorded)} == {"accepted"}


def test_the_newer_of_two_versions_counts_in_any_order(shore: Shore) -> None:
    """Of two versions of one object the one with the higher sequencer lives, whichever is first."""
    old = shore.put("shells/rows/a.csv", GOOD, "00A")
    new = shore.put("shells/rows/a.csv", GOOD.replace("9", "8"), "00A1")
    newer, older = shore.ingest(new), shore.ingest(old)
    assert (newer.state, older.state) == ("accepted", "ignored")
    assert older.reasons == ("a newer version of this object arrived first",)
    assert [drop.drop_id for drop in shore.registry.live_drops("shells")] == [newer.drop_id]


def test_an_older_version_that_is_read_slowly_does_not_come_back(shore: Shore) -> None:
    """A newer version accepted while the older is being read stays what the object holds."""
    old = shore.put("shells/rows/a.csv", GOOD)
    new = shore.put("shells/rows/a.csv", GOOD.replace("9", "8"))
    opened = shore.store.open

    def open_slowly(uri: str, version: str | None = None) -> Any:  # noqa: ANN401
        shore.store.open = opened  # type: ignore[method-assign]
        shore.ingest(new)
        return opened(uri, version)

    shore.store.open = open_slowly  # type: ignore[method-assign]
    assert shore.ingest(old).state == "ignored"
    assert [drop.version_id for drop in shore.registry.live_drops("shells")] == ["2"]


def test_equal_content_under_two_keys_counts_once(shore: Shore) -> None:
    """The second object is a duplicate of the first; one of them is enough to keep its rows."""
    first = shore.drop("shells/rows/a.csv", GOOD)
    second = shore.drop("shells/rows/b.csv", GOOD)
    assert second.state == "duplicate"
    assert second.reasons == (f"the same content was accepted before, as drop {first.drop_id}",)
    shore.drop("shells/rows/a.csv", GOOD.replace("9", "8"))
    assert len(shore.registry.live_drops("shells")) == 2


def test_a_duplicate_replaces_what_its_object_held(shore: Shore) -> None:
    """Overwriting an object with content known from elsewhere takes its old rows out."""
    kept = shore.drop("shells/rows/a.csv", GOOD)
    shore.drop("shells/rows/b.csv", GOOD.replace("9", "8"))
    assert shore.drop("shells/rows/b.csv", GOOD).state == "duplicate"
    assert [drop.drop_id for drop in shore.registry.live_drops("shells")] == [kept.drop_id]


def test_content_that_nobody_holds_any_more_may_come_back(shore: Shore) -> None:
    """Content whose object was overwritten is no duplicate when it lands again."""
    shore.drop("shells/rows/a.csv", GOOD)
    shore.drop("shells/rows/a.csv", GOOD.replace("9", "8"))
    assert shore.drop("shells/rows/b.csv", GOOD).state == "accepted"


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("shells/rows/", "a folder marker holds no data"),
        ("shells/a.csv", "not under <pipeline>/<source>/<file>"),
        ("a.csv", "not under <pipeline>/<source>/<file>"),
        ("shells/_odd/a.csv", "'_odd' is reserved: names of sources start with a letter"),
    ],
)
def test_what_is_no_drop_is_ignored_with_the_reason(shore: Shore, key: str, reason: str) -> None:
    """A key that means no table leaves a record that says why."""
    drop = shore.drop(key, GOOD)
    assert (drop.state, drop.reasons) == ("ignored", (reason,))


def test_an_object_deleted_before_it_was_read_is_ignored(shore: Shore) -> None:
    """The event of an object that is gone ends in a state, not in a retry without end."""
    landed = shore.put("shells/rows/a.csv", GOOD)
    del shore.store.objects[landed.uri]
    assert shore.ingest(landed).reasons == ("the object was deleted before it was read",)


@pytest.mark.parametrize("name", ["a b.csv", "a#1.csv", "a?b=1.csv", "ä%20.csv", "x/y/z.csv"])
def test_any_key_can_be_read(shore: Shore, name: str) -> None:
    """Characters that mean something in a URL mean nothing in a key."""
    assert shore.drop(f"shells/rows/{name}", GOOD).state == "accepted"


def test_an_unknown_source_waits_and_names_the_known(shore: Shore) -> None:
    """A table that the contract does not declare is quarantined."""
    drop = shore.drop("shells/other/a.csv", GOOD)
    assert drop.state == "quarantined"
    assert drop.reasons == ("UnknownSourceError: the contract has no source 'other'; it has rows",)


class FailingOnce:
    """A callable that raises the first time it is called."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call
        self._failed = False

    def __call__(self, *args: Any, **named: Any) -> Any:  # noqa: ANN401
        if not self._failed:
            self._failed = True
            raise ConnectionError("the line broke")
        return self._call(*args, **named)


@pytest.mark.parametrize(
    ("part", "call"),
    [
        ("store", "open"),
        ("store", "upload"),
        ("store", "write"),
        ("registry", "is_newest"),
        ("registry", "claim_content"),
        ("registry", "hold"),
        ("registry", "put_drop"),
        ("bus", "publish"),
    ],
)
def test_a_crash_anywhere_is_mended_by_the_next_delivery(
    shore: Shore, monkeypatch: pytest.MonkeyPatch, part: str, call: str
) -> None:
    """Whatever call fails, the event fails with it, and a redelivery reaches the same end."""
    port = getattr(shore, part)
    landed = shore.put("shells/rows/a.csv", GOOD)
    monkeypatch.setattr(port, call, FailingOnce(getattr(port, call)))
    with pytest.raises(ConnectionError):
        shore.ingest(landed)
    drop = shore.ingest(landed)
    assert drop.state == "accepted"
    assert shore.registry.live_drops("shells") == [drop]
    assert shore.rows(drop.parts[0].uri) == ACCEPTED
    assert [event.state for event in shore.told(DropRecorded)] == ["accepted"]


class BrokenBody(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError(f"the line broke after {size} bytes")


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.csv.zst", "a.jsonl", "a.parquet"])
def test_a_transfer_that_breaks_is_no_fault_of_the_file(
    shore: Shore, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A broken connection is retried; it never rejects the drop."""
    landed = shore.put(f"shells/rows/{name}", GOOD)
    monkeypatch.setattr(shore.store, "open", lambda *_, **__: BrokenBody())
    with pytest.raises(ConnectionResetError):
        shore.ingest(landed)
    assert shore.registry.drops("shells") == []


def test_dropped_columns_are_in_no_output(bare_shore: Shore) -> None:
    """What privacy.drop names is in no file, profile, record or event, not even in bad rows."""
    bare_shore.accept_contract(
        CONTRACT.replace("    tolerate", "      name: {type: text}\n    tolerate")
        + "privacy: {drop: [name]}\n"
    )
    rows = [
        "M,0.5,7,SECRET",
        "X,0.5,7,SECRET",
        "M,0.5,7,SECRET,1",
        "M,0.5,7,SECRET",
        "M,1,1,SECRET",
    ]
    body = "\n".join(["sex,length,rings,name", *rows])
    drop = bare_shore.drop("shells/rows/a.csv", body)
    assert (drop.state, drop.rows.quarantined) == ("accepted", 2)
    for uri in (drop.parts[0].uri, drop.quarantine_uri):
        assert "SECRET" not in str(bare_shore.rows(uri))
    written = [*bare_shore.bus.published, bare_shore.registry.drops("shells")]
    assert "SECRET" not in str(written)
    profile = Profile.model_validate_json(bare_shore.store.read(drop.profile_uri or ""))
    assert "name" not in profile.columns


def test_a_row_that_nobody_declared_is_not_kept_in_clear(shore: Shore) -> None:
    """A ragged row of a file with undeclared columns is counted without its text."""
    drop = shore.drop("shells/rows/a.csv", "sex,length,rings,name\nM,1,1,A\nM,1,1,B,SECRET\n")
    assert [fault["raw"] for fault in shore.rows(drop.quarantine_uri)] == [""]


def test_the_profile_is_of_the_accepted_rows(shore: Shore) -> None:
    """The drop's profile counts what was accepted, column by column."""
    drop = shore.drop("shells/rows/a.csv", GOOD + "X,0.4,9\n,,3\n")
    profile = Profile.model_validate_json(shore.store.read(drop.profile_uri or ""))
    assert profile.rows == 3
    assert profile.columns["sex"].counts == {"M": 1, "F": 1}
    assert profile.columns["length"].nulls == 1
    assert (profile.columns["rings"].minimum, profile.columns["rings"].maximum) == (3, 9)


def test_numbers_too_large_to_square_survive(bare_shore: Shore) -> None:
    """A profile holds the largest finite numbers and can be read back."""
    bare_shore.accept_contract(CONTRACT.replace(", min: 0, max: 2", ""))
    drop = bare_shore.drop("shells/rows/a.csv", "sex,length,rings\nM,1e308,7\nM,1e308,7\n")
    profile = Profile.model_validate_json(bare_shore.store.read(drop.profile_uri or ""))
    assert profile.columns["length"].maximum == 1e308


def test_listed_values_are_compared_as_the_type_they_have(bare_shore: Shore) -> None:
    """`1.0` is the listed 1 in a float column and `Yes` the listed true in a bool column."""
    bare_shore.accept_contract(
        CONTRACT.replace("{type: float, min: 0, max: 2}", "{type: float, values: [1, 2.5]}")
        .replace("{type: category, values: [M, F, I]}", "{type: bool, values: [true]}")
    )  # fmt: skip
    drop = bare_shore.drop("shells/rows/a.csv", "sex,length,rings\nYes,1.0,7\nno,2.50,7\n")
    assert [fault["raw"] for fault in bare_shore.rows(drop.quarantine_uri)] == ["no"]


def test_the_event_of_a_version_is_its_own_drop(shore: Shore) -> None:
    """Another version of the same key is another drop."""
    first = shore.put("shells/rows/a.csv", GOOD)
    second = LandedObject(**{**first.__dict__, "version_id": "2", "sequencer": "002"})
    shore.store.write(first.uri, GOOD.replace("9", "8").encode())
    assert shore.ingest(first).drop_id != shore.ingest(second).drop_id


def test_what_is_to_be_scored_is_no_drop(shore: Shore) -> None:
    """A file under `_batch/` leaves no record, no event and no draft here."""
    assert ingest(shore.put("shells/_batch/today.csv", GOOD), shore.tools) is None
    assert shore.registry.drops("shells") == []
    assert shore.bus.published == []
    assert list(shore.store.objects) == ["s3://landing/shells/_batch/today.csv"]
