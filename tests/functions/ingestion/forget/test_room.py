"""Forgetting meets what ingestion really writes, and ingestion keeps the forgotten out."""

import io
from typing import Any

import pyarrow.parquet as pq
import pytest

from ingestion.forget.forget import Tools, forget
from ingestion.ingest.tools import Limits
from tidemill.events import ForgetRequested
from tidemill.pseudonyms import InMemoryKeys, pseudonym, subject_tokens
from tidemill.records import ForgetRecord
from tidemill.workflow import InMemoryWorkflow

CONTRACT = """
pipeline: shells
target: rings
sources:
  rows:
    columns:
      diver: {type: id}
      tag: {type: id, unique: true}
      length: {type: float, min: 0}
      rings: {type: int}
    tolerate: {bad_rows: 50%}
privacy: {subject: diver, KEPT}
"""
DIVERS = ("anna", "bert", "cleo", "dora", "emil")
ROWS = 500
KEPT = ["pseudonymise: [diver]", "pseudonymise: []"]


def contract(kept: str) -> str:
    return CONTRACT.replace("KEPT", kept)


def csv(first: int = 0) -> str:
    """Rows of five divers in turn, a hundred each; every tenth of each has a bad length."""
    lines = [
        f"{DIVERS[n % 5]},t{first + n},{-1 if n % 50 < 5 else n},{n % 20}" for n in range(ROWS)
    ]
    return "\n".join(["diver,tag,length,rings", *lines, ""])


def forget_anna(shore: Any, request_id: str = "r1") -> ForgetRecord:  # noqa: ANN401 - a Shore
    keys = InMemoryKeys()
    tokens = subject_tokens(shore.registry.contract("shells"), "anna", keys)
    tools = Tools(
        registry=shore.registry,
        store=shore.store,
        bus=shore.bus,
        keys=keys,
        data="s3://data",
        capture="s3://capture",
    )
    event = ForgetRequested(pipeline="shells", request_id=request_id, tokens=tokens)
    return forget(event, tools, bool)


def divers(shore: Any) -> dict[str, int]:  # noqa: ANN401 - a Shore
    """How many rows of whom lie in any table of the data bucket, in any version."""
    keys = [InMemoryKeys().key("shells", number) for number in (1, 2)]
    names = {pseudonym(name, key): name for name in DIVERS for key in keys}
    found: dict[str, int] = dict.fromkeys(DIVERS, 0)
    for uri, versions in shore.outputs().items():
        for body in versions if uri.endswith(".parquet") else ():
            table = pq.read_table(io.BytesIO(body))
            for cell in table.column("diver").to_pylist() if "diver" in table.column_names else ():
                found[names.get(cell, cell)] += 1
    return found


@pytest.fixture(params=["one function", "many workers"])
def shore(request: pytest.FixtureRequest, bare_shore: Any) -> Any:  # noqa: ANN401 - a Shore
    if request.param == "many workers":
        bare_shore.limits = Limits(parts_above=1000, part=2000)
        bare_shore.workflow = InMemoryWorkflow()
    return bare_shore


@pytest.mark.parametrize("kept", KEPT)
def test_a_person_is_gone_from_drops_and_datasets(shore: Any, kept: str) -> None:  # noqa: ANN401
    """Everybody else's rows stay, and every row is counted once."""
    shore.adopt(contract(kept))
    drop = shore.drop("shells/rows/a.csv", csv())
    shore.freeze()
    before = divers(shore)
    assert (drop.state, before["anna"], before["bert"]) == ("accepted", 270, 270)
    record = forget_anna(shore)
    assert divers(shore) == {**before, "anna": 0}
    assert {name: tally.rows for name, tally in record.removed.items()} == {
        "work": 100,
        "drops": 100,
        "datasets": 90,
    }
    assert [raw.uri for raw in record.raw_objects] == ["s3://landing/shells/rows/a.csv"]
    (drop,) = shore.registry.drops("shells")
    assert drop.rows.model_dump() == {
        "read": 500,
        "accepted": 360,
        "quarantined": 40,
        "duplicate": 0,
        "forgotten": 100,
    }
    assert sum(part.rows for part in drop.parts) == 360
    (dataset,) = shore.registry.datasets("shells")
    assert (sum(dataset.rows.values()), dataset.forgotten_rows) == (360, 90)
    assert not [uri for uri in shore.outputs() if ".keys." in uri]


@pytest.mark.parametrize("kept", KEPT)
def test_a_person_stays_out(shore: Any, kept: str) -> None:  # noqa: ANN401 - a Shore
    """Of drops that are read again under another key, and of new ones; good rows and bad."""
    shore.adopt(contract(kept))
    shore.drop("shells/rows/a.csv", csv())
    forget_anna(shore)
    shore.adopt(contract(kept + ", key: 2").replace("min: 0", "min: -0.5"))
    (again,) = shore.redeliver() or shore.registry.drops("shells")
    new = shore.drop("shells/rows/b.csv", csv(first=ROWS))
    for drop in (again, new):
        assert (drop.rows.read, drop.rows.accepted) == (500, 360)
        assert (drop.rows.quarantined, drop.rows.forgotten) == (40, 100)
    shore.freeze()
    assert divers(shore)["anna"] == 0
    assert forget_anna(shore, "r2").removed == {}


def test_a_person_in_clear_is_nowhere_in_what_comes_out(shore: Any) -> None:  # noqa: ANN401
    """Pseudonymised, no name stands in any object or record."""
    shore.adopt(contract(KEPT[0]))
    shore.drop("shells/rows/a.csv", csv())
    shore.freeze()
    tables = [
        str(pq.read_table(io.BytesIO(body)).to_pylist())
        for uri, (body,) in shore.outputs().items()
        if uri.endswith(".parquet")
    ]
    others = [
        body.decode() for uri, (body,) in shore.outputs().items() if not uri.endswith(".parquet")
    ]
    records = [drop.model_dump_json() for drop in shore.registry.drops("shells")]
    written = "".join((*tables, *others, *records, str(shore.bus.published)))
    assert not [name for name in DIVERS if name in written]
