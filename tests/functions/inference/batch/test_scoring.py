"""Rows of a batch file: scored as the API scores them, in order, none left out."""

import gzip
import io
import json
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inference.batch.asked import result_name
from tests.functions.inference.batch.conftest import Depot, artifact_bytes
from tidemill.artifact import Feature, Rules
from tidemill.errors import InvalidInstancesError
from tidemill.pseudonyms import InMemoryKeys, pseudonym

HEADER = "id,length,ribs,wet,sex,seen"
GOOD = f"{HEADER}\na,1.5,3,true,M,2026-03-01\nb,2.5,,false,F,2026-03-01T12:30:00+01:00\n"
INSTANCES: list[dict[str, Any]] = [
    {"length": 1.5, "ribs": 3, "wet": True, "sex": "M", "seen": "2026-03-01"},
    {"length": 2.5, "ribs": None, "wet": False, "sex": "F", "seen": "2026-03-01T11:30:00Z"},
]


def parquet(instances: list[dict[str, Any]], ids: list[str]) -> bytes:
    sink = io.BytesIO()
    table = pa.Table.from_pylist(instances).add_column(0, "id", [ids])
    pq.write_table(table, sink)
    return sink.getvalue()


def lines(instances: list[dict[str, Any]], ids: list[str]) -> str:
    named = zip(instances, ids, strict=True)
    return "".join(json.dumps({"id": name, **row}) + "\n" for row, name in named)


def asked(
    depot: Depot, instance: dict[str, Any], name: str
) -> tuple[dict[str, Any] | None, list[str]]:
    """What the API answers, or None and the fields that it faults."""
    try:
        return depot.ask([instance], [name])[0], []
    except InvalidInstancesError as fault:
        return None, [each.pointer.rpartition("/")[2] for each in fault.faults]


FILES = {
    "a.csv": GOOD,
    "b.tsv": GOOD.replace(",", "\t"),
    "c.csv.gz": gzip.compress(GOOD.encode()),
    "d.csv.zst": pa.compress(GOOD.encode(), codec="zstd", asbytes=True),
    "e.jsonl": lines(INSTANCES, ["a", "b"]),
    "f.parquet": parquet(INSTANCES, ["a", "b"]),
    "g.parquet.gz": gzip.compress(parquet(INSTANCES, ["a", "b"])),
}


@pytest.mark.parametrize("output", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("name", FILES)
def test_every_format_is_read_and_written(depot: Depot, name: str, output: str) -> None:
    """The answers are the API's own, with the file's ids, whatever came and whatever is asked."""
    batch = depot.drop(name, FILES[name], output=output)
    assert (batch.state, batch.reasons, batch.model) == ("completed", (), "shells/1")
    assert batch.result_uri == f"s3://results/shells/{result_name(name, output)}"
    expected = depot.ask(INSTANCES, ["a", "b"])
    rows = depot.rows(batch)
    if output == "jsonl":
        assert rows == expected
        return
    for row, answer in zip(rows, expected, strict=True):
        assert (row["id"], row["value"]) == (answer["id"], answer["value"])
        shares = {label: float(row[f"probability_{label}"]) for label in ("no", "yes")}
        assert shares == answer["probabilities"]
        assert not row["error"]


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.csv", ""), ("b.tsv", ".csv"), ("c.csv.gz", ".csv"), ("e.jsonl", "")],
)
def test_a_result_is_of_the_format_that_came(depot: Depot, name: str, ending: str) -> None:
    """Unless something else is asked for; no two files of one name have one result."""
    batch = depot.drop(f"deep/{name}", FILES[name])
    assert batch.result_uri == f"s3://results/shells/deep/{name}{ending}"
    assert depot.store.metadata(batch.result_uri)["model"] == "shells/1"


@pytest.mark.parametrize(
    "rules",
    [
        Rules(),
        Rules(unseen="reject", out_of_range="reject"),
        Rules(missing="reject"),
        Rules(missing="reject", unseen="reject", out_of_range="reject"),
    ],
)
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_rows_are_answered_and_refused_as_the_api_does(
    depot: Depot, task: str, rules: Rules
) -> None:
    """Over random rows, odd ones among them: the same value to the last bit, or a fault."""
    depot.serve(artifact_bytes(task, rules), 2)
    chance = random.Random(7)  # noqa: S311 - the same rows each time
    instances = [
        {
            "length": chance.choice([0, 1.5, 9.999999999999998, 10, 11.25, None, chance.random()]),
            "ribs": chance.choice([3, 4, 100, 101, -5, -6, None]),
            "wet": chance.choice([True, False, None]),
            "sex": chance.choice(["M", "F", "I", 'ü,\n"', None]),
            "seen": chance.choice(["2026-03-01", "1969-12-31T23:59:59.5Z", None]),
        }
        for _ in range(400)
    ]
    ids = [f"row {number}" for number in range(len(instances))]
    batch = depot.drop("a.jsonl", lines(instances, ids))
    rows = depot.rows(batch)
    answered = 0
    for instance, name, row in zip(instances, ids, rows, strict=True):
        expected, fields = asked(depot, instance, name)
        answered += expected is not None
        assert (row if "error" not in row else None) == expected
        assert all(f"{field}: " in row["error"] for field in fields)
    assert 0 < answered < len(rows)
    assert (batch.rows.scored, batch.rows.failed) == (answered, len(rows) - answered)


def test_what_training_never_saw_is_counted(depot: Depot) -> None:
    """By feature, as the API counts it."""
    body = f"{HEADER}\na,1,101,true,I,2026-03-01\nb,11,5,true,M,2026-03-01\nc,,5,true,M,\n"
    batch = depot.drop("a.csv", body)
    assert batch.rows.unseen == {"sex": 1}
    assert batch.rows.out_of_range == {"length": 1, "ribs": 1}
    assert batch.rows.failed == 1


def test_a_bad_row_fails_no_other(depot: Depot) -> None:
    """It is kept in its place, without a value, and its error names column and rule."""
    body = (
        f"{HEADER}\na,x,3,true,M,2026-03-01\nb,1,3,true,M\nc,1,3,perhaps,M,soon\n"
        'd,1,3,true,M,2026-03-01\n"e,1,3\nf,,3,true,M,2026-03-01\n'
    )
    batch = depot.drop("a.csv", body)
    rows = depot.rows(batch)
    assert [(row["id"], row["error"]) for row in rows] == [
        ("a", "length: is not a float"),
        ("", "row: has 5 cells where the header has 6"),
        ("c", "wet: is not a bool; seen: is not a timestamp"),
        ("d", ""),
        ("", "row: opens a quote that is never closed"),
        ("f", "length: is missing"),
    ]
    assert [bool(row["value"]) for row in rows] == [False, False, False, True, False, False]
    assert (batch.rows.read, batch.rows.scored, batch.rows.failed) == (6, 1, 5)


def test_rows_without_a_name_are_numbered(depot: Depot) -> None:
    """From 1, as rows of drops are."""
    body = GOOD.replace("id,", "shell,")
    assert [row["id"] for row in depot.rows(depot.drop("a.csv", body))] == ["1", "2"]


def test_any_column_can_name_rows(depot: Depot) -> None:
    """One of the contract's, one it does not know, or a feature."""
    body = GOOD.replace("id,", "shell,")
    for column, names in {"shell": ["a", "b"], "sex": ["M", "F"]}.items():
        batch = depot.drop("a.csv", body, id=column)
        assert [row["id"] for row in depot.rows(batch)] == names


def test_what_names_people_is_hidden_as_ingestion_hides_it(depot: Depot) -> None:
    """A pseudonymised column names rows by its tokens, in hexadecimal digits."""
    body = GOOD.replace("id,", "person,")
    batch = depot.drop("a.csv", body, id="person")
    key = InMemoryKeys().key("shells", 1)
    assert [row["id"] for row in depot.rows(batch)] == [pseudonym(n, key).hex() for n in "ab"]


def test_a_model_without_the_kernel_answers_the_same(
    depot: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row by row, to the last bit; so do models that read texts."""
    first = depot.drop("a.jsonl", FILES["e.jsonl"])
    monkeypatch.setattr("tidemill.artifact.kernel.load", lambda *_: None)
    second = depot.drop("b.jsonl", FILES["e.jsonl"])
    assert depot.rows(first) == depot.rows(second)
    depot.serve(artifact_bytes("regression"), 2)
    third = depot.drop("c.jsonl", FILES["e.jsonl"])
    assert [row["value"] for row in depot.rows(third)] == [
        answer["value"] for answer in depot.ask(INSTANCES, ["a", "b"])
    ]


def test_a_value_that_is_no_number_is_no_answer(depot: Depot) -> None:
    """JSON knows no infinity: the row says so."""
    depot.serve(artifact_bytes("regression", slope=1e308), 2)
    rows = depot.rows(depot.drop("a.csv", GOOD))
    assert rows[0]["value"] == "1.5e+308"
    assert (rows[1]["value"], rows[1]["error"]) == ("", "the model answers no finite number")


def test_features_that_the_model_does_not_read_are_read_all_the_same(depot: Depot) -> None:
    """Texts and categories among them: their rules hold, and the answers are those without them."""
    plain = depot.rows(depot.drop("a.jsonl", FILES["e.jsonl"]))
    unread = (Feature("note", "text"), Feature("shape", "category", ("flat",)))
    depot.serve(artifact_bytes(rules=Rules(unseen="reject"), unread=unread), 2)
    more = [{**row, "note": "a note", "shape": "flat"} for row in INSTANCES]
    assert depot.rows(depot.drop("b.jsonl", lines(more, ["a", "b"]))) == plain
    more[0]["shape"] = "round"
    (row, _) = depot.rows(depot.drop("b.jsonl", lines(more, ["a", "b"])))
    assert row == {"id": "a", "value": None, "error": "shape: is none of flat"}


def test_a_file_without_a_good_row_is_scored(depot: Depot) -> None:
    """Each of its rows says what is wrong with it."""
    batch = depot.drop("a.csv", f"{HEADER}\n1,2\n3\n")
    assert (batch.state, batch.rows.scored, batch.rows.failed) == ("completed", 0, 2)
    assert [row["error"] for row in depot.rows(batch)] == [
        "row: has 2 cells where the header has 6",
        "row: has 1 cells where the header has 6",
    ]
