"""A batch file from its event to the one state that it ends in, whoever takes the steps."""

import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inference.batch import stages
from inference.batch.batch import score_file
from inference.batch.tools import Limits
from tests.functions.inference.batch.conftest import CONTRACT, Depot, artifact_bytes
from tidemill.contract import parse_contract
from tidemill.landing import LandedObject
from tidemill.store import InMemoryStore

HEADER = "length,ribs,wet,sex,seen"
ROWS = 30_000
BODY = f"{HEADER}\n" + "".join(
    f"{n % 977 / 100},{n % 90},true,{'MF'[n % 2]},2026-03-{1 + n % 28:02}\n"
    if n % 1_000
    else f"{n},1\n"
    for n in range(ROWS)
)
SMALL = f"{HEADER}\n1,2,true,M,2026-03-01\n"
PART = 300_000


def test_parts_give_the_result_of_the_whole(
    depot: Depot, by_workflow: Callable[[int], Depot]
) -> None:
    """Equal bytes whoever scored them, with rows numbered through the whole file."""
    whole = depot.drop("a.csv", BODY)
    expected = depot.store.read(whole.result_uri or "")
    parts = by_workflow(PART).drop("a.csv", BODY)
    assert parts.result_uri == whole.result_uri
    assert depot.store.read(whole.result_uri or "") == expected
    assert parts.rows.model_copy(update={"gb_seconds": 0}) == whole.rows.model_copy(
        update={"gb_seconds": 0}
    )
    assert (whole.parts.of, parts.parts.done, parts.parts.of >= 3) == (1, parts.parts.of, True)
    rows = depot.rows(parts)
    assert [row["id"] for row in rows] == [str(n) for n in range(1, ROWS + 1)]
    assert parts.rows.failed == ROWS / 1_000


@pytest.mark.parametrize("output", ["csv", "jsonl", "parquet"])
def test_a_file_that_lands_again_has_the_same_result(
    by_workflow: Callable[[int], Depot], output: str
) -> None:
    """A new version is a new batch; its result is written over the old one, byte for byte."""
    depot = by_workflow(PART)
    first = depot.drop("a.csv", BODY, output=output)
    body = depot.store.read(first.result_uri or "")
    second = depot.drop("a.csv", BODY, output=output)
    assert second.batch_id != first.batch_id
    assert second.result_uri == first.result_uri
    assert depot.store.objects[first.result_uri or ""] == [body, body]
    assert [batch.state for batch in depot.registry.batches("shells")] == ["completed"] * 2


def test_a_parquet_file_is_cut_by_its_row_groups(by_workflow: Callable[[int], Depot]) -> None:
    """And its answers are in the file's order."""
    table = pa.table(
        {
            "id": [f"s-{n}" for n in range(5_000)],
            "length": [n % 97 / 10 for n in range(5_000)],
            "ribs": pa.nulls(5_000, pa.int64()),
            "wet": [True] * 5_000,
            "sex": ["M"] * 5_000,
            "seen": pa.array([0] * 5_000, pa.timestamp("ms")),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, row_group_size=1_000)
    depot = by_workflow(1_000)
    batch = depot.drop("a.parquet", sink.getvalue())
    assert batch.parts.of == 5
    assert [row["id"] for row in depot.rows(batch)] == table["id"].to_pylist()


def test_the_same_event_again_changes_nothing(depot: Depot) -> None:
    """What has ended is neither scored nor written once more."""
    landed = depot.put("a.csv", SMALL)
    batch = depot.score(landed)
    assert score_file(landed, depot.tools) is None
    assert depot.registry.batches("shells") == [batch]
    assert len(depot.store.objects[batch.result_uri or ""]) == 1


def test_a_large_file_is_handed_over_once(by_workflow: Callable[[int], Depot]) -> None:
    """Its execution is named by the object; until it ends, the record says that it runs."""
    depot = by_workflow(PART)
    landed = depot.put("a.csv", BODY)
    for _ in range(2):
        assert score_file(landed, depot.tools) is None
    assert depot.workflow is not None
    assert list(depot.workflow.started) == [landed.identity]
    (batch,) = depot.registry.batches("shells")
    assert (batch.state, batch.execution) == ("running", landed.identity)


class FailingOnce(InMemoryStore):
    """A store that fails at the first object whose name says so."""

    def __init__(self, store: InMemoryStore, named: str) -> None:
        self.objects, self.tags = store.objects, store.tags
        self._named: str | None = named

    def create(self, uri: str, *rest: Any) -> Any:  # noqa: ANN401 - as the port has it
        if self._named and self._named in uri:
            self._named = None
            raise ConnectionError(uri)
        return super().create(uri, *rest)


def test_a_part_that_fails_is_scored_again_alone(by_workflow: Callable[[int], Depot]) -> None:
    """The others keep what they left, and the result is the same."""
    depot = by_workflow(PART)
    depot.store = FailingOnce(depot.store, "part-00001")
    landed = depot.put("a.csv", BODY)
    planned = stages.plan(landed, depot.tools)
    failed = []
    for number in [*range(planned["parts"]), 1]:
        try:
            stages.score(planned["plan_uri"], number, depot.tools)
        except ConnectionError:
            failed.append(number)
    assert failed == [1]
    batch = stages.conclude(planned["plan_uri"], depot.tools)
    assert (batch.state, batch.rows.read) == ("completed", ROWS)
    parts = [len(bodies) for uri, bodies in depot.store.objects.items() if "/part-" in uri]
    assert parts == [1] * planned["parts"]


def test_progress_is_noted_part_by_part(by_workflow: Callable[[int], Depot]) -> None:
    """Each part counts once, however often it was scored."""
    depot = by_workflow(PART)
    landed = depot.put("a.csv", BODY)
    planned = stages.plan(landed, depot.tools)
    for number in (0, 1, 1):
        stages.score(planned["plan_uri"], number, depot.tools)
    done, scored = depot.registry.scored("shells", landed.identity)
    assert (done, 0 < scored.read < ROWS) == (2, True)
    (batch,) = depot.registry.batches("shells")
    assert (batch.state, batch.parts.of) == ("running", planned["parts"])


def test_one_model_scores_all_parts(by_workflow: Callable[[int], Depot]) -> None:
    """A promotion in between changes nothing: the record had the model from the start."""
    depot = by_workflow(PART)
    landed = depot.put("a.csv", BODY)
    planned = stages.plan(landed, depot.tools)
    depot.serve(artifact_bytes("regression"), 2)
    again = stages.plan(landed, depot.tools)
    assert again == planned
    for number in range(planned["parts"]):
        stages.score(planned["plan_uri"], number, depot.tools)
    batch = stages.conclude(planned["plan_uri"], depot.tools)
    assert batch.model == "shells/1"
    assert {row["value"] for row in depot.rows(batch)} == {"", "no", "yes"}


REFUSED: dict[str, tuple[str, bytes | str, dict[str, str], str]] = {
    "column": ("a.csv", "length,ribs\n1,2\n", {}, "MissingColumnError: wet, sex, seen"),
    "other table": ("a.csv", "x,y\n1,2\n", {}, "MissingColumnError: none of the file's"),
    "ending": ("a.xlsx", "1", {}, "UnsupportedFormatError: 'xlsx' is no format"),
    "empty": ("a.csv", "", {}, "EmptyFileError: the file is empty"),
    "no rows": ("a.csv", f"{HEADER}\n", {}, "EmptyFileError: the file has a header and no rows"),
    "bytes": ("a.parquet", b"no parquet at all", {}, "UnreadableFileError: "),
    "packing": ("a.csv.gz", "no gzip", {}, "UnreadableFileError: "),
    "output": ("a.csv", SMALL, {"output": "xlsx"}, "RefusedBatchError: metadata output='xlsx'"),
    "id": ("a.csv", SMALL, {"id": "name"}, "MissingColumnError: name: named by metadata id"),
    "twice": ("a.csv", f"{HEADER},sex\n1,2,true,M,2026-03-01,F\n", {}, "UnreadableFileError: "),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("large", [False, True])
def test_a_file_that_cannot_be_scored_is_refused_by_name(
    depot: Depot, by_workflow: Callable[[int], Depot], case: str, *, large: bool
) -> None:
    """The record says what is wrong; no result is written, and nothing is tried again."""
    name, body, metadata, reason = REFUSED[case]
    place = by_workflow(PART) if large and body else depot
    batch = place.drop(name, body, **metadata)
    assert batch.state == "refused"
    assert batch.reasons[0].startswith(reason), batch.reasons
    assert [uri for uri in depot.store.objects if uri.startswith("s3://results/")] == []


def test_a_file_that_is_too_large_is_refused_before_it_is_read(depot: Depot) -> None:
    """By its size alone; a packed one sooner, since it cannot be cut."""
    depot.limits = Limits(whole=10, most=1_000)
    for name, body, said in (
        ("a.csv", BODY, "RefusedBatchError: the file has"),
        ("a.csv.gz", gzip.compress(SMALL.encode()), "RefusedBatchError: what is packed"),
        ("u.csv", SMALL.encode("utf-16"), "RefusedBatchError: what is packed"),
    ):
        batch = depot.drop(name, body)
        assert (batch.state, batch.reasons[0].startswith(said)) == ("refused", True), batch


def test_a_file_that_is_too_wide_is_refused(depot: Depot) -> None:
    """At most 5,000 columns."""
    names, ones = (",".join(f"{mark}{n}" for n in range(5_000)) for mark in ("c", ""))
    batch = depot.drop("a.csv", f"{HEADER},{names}\n1,2,true,M,2026-03-01,{ones}\n")
    assert batch.reasons == (
        "RefusedBatchError: the file has 5005 columns, and 5000 are read at most",
    )


def test_nothing_serves_yet(depot: Depot) -> None:
    """A pipeline without a champion, without a contract, or without a name one may have."""
    depot.registry.put_contract(parse_contract(CONTRACT.replace("shells", "young")))
    for pipeline, error in (
        ("young", "NoChampionError"),
        ("unheard-of", "UnknownPipelineError"),
        ("No Name", "UnknownPipelineError"),
    ):
        landed = replace(depot.put("a.csv", SMALL), key=f"{pipeline}/_batch/a.csv")
        batch = depot.score(landed)
        assert (batch.state, batch.reasons[0].partition(":")[0]) == ("refused", error)


def test_an_object_deleted_before_it_was_read_is_refused(depot: Depot) -> None:
    """The event of an object that is gone ends in a state, not in a retry without end."""
    landed = depot.put("a.csv", SMALL)
    del depot.store.objects[landed.uri]
    assert depot.score(landed).reasons == ("the object was deleted before it was read",)


def test_an_object_that_was_overwritten_writes_no_result(
    by_workflow: Callable[[int], Depot],
) -> None:
    """Whichever ends last, the result is that of the newest version."""
    depot = by_workflow(PART)
    old, new = depot.put("a.csv", BODY), depot.put("a.csv", SMALL)
    planned = stages.plan(old, depot.tools)
    for number in range(planned["parts"]):
        stages.score(planned["plan_uri"], number, depot.tools)
    newest = depot.score(new)
    overtaken = stages.conclude(planned["plan_uri"], depot.tools)
    assert (newest.state, overtaken.state) == ("completed", "refused")
    assert "a newer version" in overtaken.reasons[0]
    assert len(depot.rows(newest)) == 1


def test_what_the_workflow_gives_up_has_failed(by_workflow: Callable[[int], Depot]) -> None:
    """With its error; sent again it starts another execution, under another name."""
    depot = by_workflow(PART)
    landed = depot.put("a.csv", BODY)
    score_file(landed, depot.tools)
    cause = '{"errorMessage": "it rained", "errorType": "RuntimeError"}'
    batch = stages.fail(landed, "States.TaskFailed", cause, depot.tools)
    assert (batch.state, batch.reasons) == ("failed", ("States.TaskFailed: it rained",))
    score_file(landed, depot.tools)
    assert depot.workflow is not None
    assert len(depot.workflow.started) == 2
    assert depot.score(landed).state == "completed"
    late = stages.fail(landed, "States.Timeout", "late", depot.tools)
    assert late.state == "completed"


def test_a_damaged_end_refuses_the_whole(by_workflow: Callable[[int], Depot]) -> None:
    """A worker leaves what it met; the last step records it, and no result is written."""
    depot = by_workflow(PART)
    packed = gzip.compress(BODY.encode())
    batch = depot.drop("a.csv.gz", packed[: len(packed) // 2])
    assert (batch.state, batch.result_uri) == ("refused", None)
    assert batch.reasons[0].startswith("UnreadableFileError")


def test_an_altered_model_scores_nothing(depot: Depot) -> None:
    """That is no fault of the file's: it is tried again, and waits where nobody vouches."""
    depot.store.write("s3://models/1.tidemill", artifact_bytes("regression"))
    landed = depot.put("a.csv", SMALL)
    with pytest.raises(Exception, match="is not what was registered"):
        score_file(landed, depot.tools)
    (batch,) = depot.registry.batches("shells")
    assert batch.state == "running"


def test_other_drops_are_left_alone(depot: Depot) -> None:
    """The event rule's pattern lets more through than what is to be scored."""
    landed = LandedObject("landing", "shells/rows/_batch/a.csv", "1", "e", "001", 5, "2026-11-01")
    assert score_file(landed, depot.tools) is None
    assert depot.registry.batches("shells") == []


def test_a_file_without_a_header_is_bound_as_drops_are(depot: Depot) -> None:
    """In the contract's order, with the target or without."""
    contract = CONTRACT.replace("  rows:\n", "  rows:\n    format: {header: false}\n")
    depot.registry.put_contract(parse_contract(contract))
    line = "s1,me,1.5,3,true,M,2026-03-01"
    for body in (f"{line}\n", f"{line},yes\n"):
        batch = depot.drop("a.csv", body)
        assert (batch.state, batch.rows.scored) == ("completed", 1), batch
    assert depot.drop("a.csv", "1,2\n").reasons[0].startswith("MissingColumnError: the file has 2")
