"""A drop's state is the same whoever reads it: one function whole, or many workers in parts."""

import io
import json
import random
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.ingest import stages
from ingestion.ingest.tools import Limits
from tidemill.events import DropRecorded
from tidemill.pseudonyms import SUPPRESSION, InMemoryKeys, pseudonym
from tidemill.records import DropRecord
from tidemill.store import InMemoryStore
from tidemill.workflow import InMemoryWorkflow

from .conftest import Shore

CONTRACT = """
pipeline: shells
target: rings
sources:
  rows:
    columns:
      name: {type: id, unique: true}
      owner: {type: text}
      seen: {type: timestamp}
      sex: {type: category, values: [M, F, I]}
      length: {type: float, min: 0}
      note: {type: text}
      rings: {type: int}
    tolerate: {bad_rows: 50%}
privacy: {pseudonymise: [owner], subject: owner}
"""
COLUMNS = ["name", "owner", "seen", "sex", "length", "note", "rings"]


def table(rows: int) -> list[list[str]]:
    """Rows of every kind: good, bad, repeated, with cells of several lines."""
    chance = random.Random(7)  # noqa: S311 - the same table every time
    found = []
    for number in range(rows):
        note = chance.choice(["", "plain", "two\nlines", 'a "word"', "a, b"])
        sex = chance.choice("MFIMFIMFIX")
        length = chance.choice(["0.5", "", "1e-3", "nan", f"{chance.random():.6f}"])
        day = f"2026-10-{chance.randint(1, 28):02}T{chance.randint(0, 23):02}:00:00Z"
        owner = f"owner {chance.randint(0, 30)}"
        found.append([f"n{number}", owner, day, sex, length, note, str(chance.randint(1, 9))])
        if number % 97 == 0:
            found.append(list(found[chance.randrange(len(found))]))
        if number % 101 == 0:
            found.append([found[chance.randrange(len(found))][0], *found[-1][1:]])
    return found


def as_csv(rows: list[list[str]]) -> bytes:
    quoted = [[cell.replace('"', '""') for cell in row] for row in [COLUMNS, *rows]]
    lines = [",".join(f'"{c}"' if set(c) & set('",\n') else c for c in row) for row in quoted]
    lines.insert(500, "ragged,row")
    lines.insert(700, 'n,"a stray quote,2026-10-01,M,1,,1')
    return "\n".join(lines).encode()


def as_jsonl(rows: list[list[str]]) -> bytes:
    lines = [json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in rows]
    lines.insert(300, "[not an object]")
    return "\n".join(lines).encode()


def as_parquet(rows: list[list[str]]) -> bytes:
    columns = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body, row_group_size=200)
    return body.getvalue()


FORMATS: dict[str, Callable[[list[list[str]]], bytes]] = {
    "rows.csv": as_csv,
    "rows.jsonl": as_jsonl,
    "rows.parquet": as_parquet,
}
SMALL_PARTS = Limits(parts_above=0, part=8_000, job_above=0)


def shore_of(limits: Limits, workflow: InMemoryWorkflow | None = None) -> Shore:
    shore = Shore(limits=limits, workflow=workflow)
    shore.accept_contract(CONTRACT)
    return shore


def outputs(shore: Shore, drop: DropRecord) -> dict[str, Any]:
    """All that a drop became: its record, and every object that the record names."""
    record = drop_of(drop)
    uris = [part.uri for part in drop.parts]
    uris += [u for u in (drop.quarantine_uri, drop.profile_uri, drop.profile_page_uri) if u]
    return {"record": record, **{uri: shore.store.read(uri) for uri in uris}}


@pytest.mark.parametrize("name", FORMATS)
def test_many_workers_make_what_one_function_makes(name: str) -> None:
    """Rows, parts, quarantine, profile and page are the same to the byte, in whatever order."""
    body = FORMATS[name](table(2_000))
    alone = shore_of(SMALL_PARTS)
    many = shore_of(SMALL_PARTS, InMemoryWorkflow())
    expected = alone.drop(f"shells/rows/{name}", body)
    found = many.drop(f"shells/rows/{name}", body)
    assert expected.state == "accepted"
    assert len(expected.parts) > 3
    assert outputs(many, found) == outputs(alone, expected)
    assert [len(shore.told(DropRecorded)) for shore in (alone, many)] == [1, 1]


@pytest.mark.parametrize("name", FORMATS)
def test_parts_change_no_row(name: str) -> None:
    """Read whole or in parts, a drop has the same rows, numbers and faults."""
    body = FORMATS[name](table(2_000))
    whole, parts = shore_of(Limits()), shore_of(SMALL_PARTS)
    one, several = (shore.drop(f"shells/rows/{name}", body) for shore in (whole, parts))
    assert (len(one.parts), one.rows) == (1, several.rows)
    assert numbered(parts, several) == numbered(whole, one)
    assert faults(parts, several) == faults(whole, one)


def numbered(shore: Shore, drop: DropRecord) -> list[dict[str, Any]]:
    """A drop's accepted rows, numbered as in its file."""
    return [
        row | {"_row": row["_row"] + part.first_row}
        for part in drop.parts
        for row in shore.rows(part.uri)
    ]


def faults(shore: Shore, drop: DropRecord) -> list[tuple[Any, ...]]:
    return sorted(tuple(fault.values()) for fault in shore.rows(drop.quarantine_uri))


@pytest.mark.parametrize("name", FORMATS)
def test_every_row_is_counted_once(name: str) -> None:
    """Read rows are accepted, quarantined or duplicates; each accepted one is there."""
    rows = table(2_000)
    drop = shore_of(SMALL_PARTS).drop(f"shells/rows/{name}", FORMATS[name](rows))
    counted = drop.rows
    extra = {"rows.csv": 2, "rows.jsonl": 1, "rows.parquet": 0}[name]
    assert counted.read == len(rows) + extra
    assert counted.read == counted.accepted + counted.quarantined + counted.duplicate
    assert counted.accepted == sum(part.rows for part in drop.parts)
    assert counted.duplicate > 5


class MortalStore(InMemoryStore):
    """A store under which the worker dies once, at a write of its life."""

    def __init__(self, deadly: int) -> None:
        super().__init__()
        self.left = deadly

    def write(self, uri: str, body: bytes, content_type: str = "") -> None:
        if "s3://data" in uri:
            self.left -= 1
        if self.left == 0:
            self.left = -1
            raise ConnectionResetError("the worker died")
        super().write(uri, body, content_type)


@pytest.mark.parametrize("workflow", [None, InMemoryWorkflow()])
def test_workers_that_die_lose_nothing(workflow: InMemoryWorkflow | None) -> None:
    """Whatever worker dies at whatever write, its retry ends in the same record and dataset."""
    body = as_csv(table(300))
    calm = shore_of(SMALL_PARTS)
    expected = calm.drop("shells/rows/a.csv", body)
    calm.freeze()
    deaths = 0
    for deadly in range(1, 60, 4):
        shore = shore_of(SMALL_PARTS, workflow)
        shore.store = mortal = MortalStore(deadly)
        landed = shore.put("shells/rows/a.csv", body)
        try:
            drop = shore.ingest(landed)
        except ConnectionResetError:
            deaths += 1
            drop = shore.ingest(landed)
        assert outputs(shore, drop)["record"] == drop_of(expected)
        mortal.left = 0
        shore.freeze()
        assert versions(shore) == versions(calm)
    assert deaths > 2


def versions(shore: Shore) -> list[str]:
    return [dataset.dataset_version for dataset in shore.registry.datasets("shells")]


def drop_of(drop: DropRecord) -> dict[str, Any]:
    return drop.model_dump(exclude={"recorded_at"})


def test_a_large_drop_is_handed_over_once() -> None:
    """The event delivered twice starts one execution, named by drop and contract."""
    shore = shore_of(SMALL_PARTS, InMemoryWorkflow())
    landed = shore.put("shells/rows/a.csv", as_csv(table(10)))
    for _ in range(2):
        assert shore.hand_over(landed)
    assert shore.workflow is not None
    assert len(shore.workflow.started) == 1


def test_a_contract_that_comes_back_reads_a_large_drop_again() -> None:
    """Each of three changes starts an execution of its own, however often it is announced."""
    shore = shore_of(SMALL_PARTS, InMemoryWorkflow())
    landed = shore.put("shells/rows/a.csv", as_csv(table(10)))
    shore.ingest(landed)
    changed = CONTRACT.replace("seen: {type: timestamp}", "seen: {type: text}")
    for started, text in enumerate([changed, CONTRACT, changed], start=2):
        shore.accept_contract(text)
        for _ in range(2):
            assert shore.hand_over(landed)
        assert shore.workflow is not None
        assert len(shore.workflow.started) == started
        shore.work_off(landed)
    assert shore.workflow is not None
    assert max(map(len, shore.workflow.started)) <= 80


def test_a_drop_without_a_contract_is_never_handed_over() -> None:
    """However large, it waits in quarantine with a draft beside it."""
    shore = Shore(limits=SMALL_PARTS, workflow=InMemoryWorkflow())
    drop = shore.drop("shells/rows/a.csv", as_csv(table(10)))
    assert drop.state == "quarantined"
    assert drop.reasons[0].startswith("NoContractError")


def test_what_a_worker_refuses_is_recorded() -> None:
    """Bytes that turn out broken in the middle reject the whole drop, with the reason."""
    shore = shore_of(SMALL_PARTS, InMemoryWorkflow())
    body = bytearray(as_parquet(table(2_000)))
    body[9_000:9_400] = bytes(400)
    drop = shore.drop("shells/rows/a.parquet", bytes(body))
    assert (drop.state, drop.parts) == ("rejected", ())
    assert drop.reasons[0].startswith("UnreadableFileError")


def test_a_contract_that_changed_meanwhile_calls_the_drop_back() -> None:
    """The last step says so where the contract in force is not the one of the plan."""
    shore = shore_of(SMALL_PARTS, InMemoryWorkflow())
    landed = shore.put("shells/rows/a.csv", as_csv(table(10)))
    planned = stages.plan(landed, shore.tools)
    for number in range(planned["parts"]):
        stages.sort(planned["plan_uri"], number, shore.tools)
    shore.accept_contract(CONTRACT.replace("50%", "51%"))
    assert stages.conclude(planned["plan_uri"], shore.tools)[1]


def test_who_is_forgotten_meanwhile_is_not_recorded() -> None:
    """Parts that were sorted before somebody asked to be forgotten are sorted again."""
    shore = shore_of(SMALL_PARTS, InMemoryWorkflow())
    landed = shore.put("shells/rows/a.csv", as_csv(table(600)))
    planned = stages.plan(landed, shore.tools)
    for number in range(planned["parts"]):
        stages.sort(planned["plan_uri"], number, shore.tools)
    token = pseudonym("owner 3", InMemoryKeys().key("shells", SUPPRESSION))
    shore.registry.update_suppression(
        "shells", token.hex(), lambda old: old.model_copy(update={"columns": ("owner",)})
    )
    assert stages.conclude(planned["plan_uri"], shore.tools) == (None, True)
    assert shore.registry.drops("shells") == []
    assert shore.work_off(landed).rows.forgotten > 5
