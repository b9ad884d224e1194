"""The steps of a large drop as the workflow and the job take them, over a simulated account."""

import json
from typing import Any

import pytest

from ingestion.adopt import handler as adopt
from ingestion.ingest import handler as ingest
from ingestion.ingest import stages, steps
from ingestion.ingest.job import sort_all
from ingestion.ingest.tools import MIB, Limits
from ingestion.ingest.wiring import wire
from tests.functions.conftest import Account, in_queue, landed
from tidemill.aws import client
from tidemill.settings import IngestSettings, StepSettings
from tidemill.store import parse_uri

from .conftest import CONTRACT, Shore

KEY = "shells/rows/large.csv"
ROWS = 150_000
LINES = ["sex,length,rings", *(f"{'MFIX'[n % 4]},{n / 1e6:.6f},{n + 1}" for n in range(ROWS))]


@pytest.fixture
def object_landed(account: Account, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A contract in force, parts of a MiB, and a file of three with a bad row in four."""
    monkeypatch.setenv("TIDEMILL_PARTS_ABOVE_MB", "1")
    monkeypatch.setenv("TIDEMILL_PART_MB", "1")
    contract = landed("shells/pipeline.yaml", account.put("shells/pipeline.yaml", CONTRACT))
    adopt.handler(in_queue(contract), None)  # type: ignore[arg-type]
    event = landed(KEY, account.put(KEY, "\n".join(LINES)))
    event["detail"]["object"]["size"] = len("\n".join(LINES))
    return event


def take(step: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The step's answer, as the workflow has it."""
    answer = steps.handler({"step": step, **given}, None)  # type: ignore[arg-type]
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return]


def parts_of(planned: dict[str, Any]) -> list[dict[str, Any]]:
    """The items that a Distributed Map reads."""
    body = client("s3").get_object(Bucket=planned["bucket"], Key=planned["key"])["Body"].read()
    found: list[dict[str, Any]] = json.loads(body)
    return found


def executions() -> list[dict[str, Any]]:
    machine = IngestSettings.from_env().workflow
    found: list[dict[str, Any]] = client("stepfunctions").list_executions(stateMachineArn=machine)[
        "executions"
    ]
    return found


def test_a_large_drop_is_handed_to_the_workflow_once(
    account: Account, object_landed: dict[str, Any]
) -> None:
    """Its execution has the object as its input; nothing is recorded before the last step."""
    for _ in range(2):
        assert ingest.handler(in_queue(object_landed), None) == {"batchItemFailures": []}  # type: ignore[arg-type]
    (execution,) = executions()
    described = client("stepfunctions").describe_execution(executionArn=execution["executionArn"])
    assert json.loads(described["input"])["landed"]["detail"]["object"]["key"] == KEY
    assert account.registry.drops("shells") == []


def test_a_drop_that_ends_its_function_twice_goes_to_the_workflow(
    account: Account, object_landed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third delivery of what is larger than a part hands it over; the first ones do not."""
    monkeypatch.setenv("TIDEMILL_PARTS_ABOVE_MB", "100")
    messages = in_queue(object_landed)
    messages["Records"][0]["attributes"]["ApproximateReceiveCount"] = "3"
    ingest.handler(messages, None)  # type: ignore[arg-type]
    assert len(executions()) == 1
    assert account.registry.drops("shells") == []
    messages["Records"][0]["attributes"]["ApproximateReceiveCount"] = "2"
    ingest.handler(messages, None)  # type: ignore[arg-type]
    assert len(executions()) == 1
    assert [drop.state for drop in account.registry.drops("shells")] == ["accepted"]


def test_the_steps_lead_to_a_recorded_drop(
    account: Account, object_landed: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Parts are sorted in any order, any number of times; the drop is recorded and told of."""
    planned = take("plan", landed=object_landed)
    assert planned["route"] == "parts"
    parts = parts_of(planned)
    assert len(parts) == planned["parts"] > 2
    for part in [*reversed(parts), parts[0]]:
        assert take("sort", **part) == {}
    answer = take("record", plan_uri=planned["plan_uri"])
    assert answer == {"state": "accepted", "again": False}
    (drop,) = account.registry.drops("shells")
    assert drop.drop_id == planned["drop_id"]
    assert (drop.rows.read, drop.rows.quarantined) == (ROWS, ROWS // 4)
    assert f'"RowsAccepted":[{drop.rows.accepted}.0]' in capsys.readouterr().out
    assert [event["detail-type"] for event in account.received()][-1] == "DropRecorded"


def test_what_lies_in_the_store_is_all_that_steps_know(
    object_landed: dict[str, Any],
) -> None:
    """The plan and its list are below `work/`, where the workers' roles may read and write."""
    planned = take("plan", landed=object_landed)
    bucket, key = parse_uri(planned["plan_uri"])
    assert (bucket, planned["bucket"]) == ("data", "data")
    assert key.startswith("work/shells/")
    assert planned["key"].startswith("work/shells/")
    assert planned["pipeline"] == "shells"


def test_a_drop_that_cannot_be_read_is_recorded_at_once(
    account: Account, object_landed: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan ends its way; the workflow has nothing left to do, and the drop is counted."""
    key = "shells/rows/empty.csv"
    event = landed(key, account.put(key, ""))
    answer = take("plan", landed=event)
    assert answer["route"] == "done"
    (drop,) = account.registry.drops("shells")
    assert drop.state == "rejected"
    assert '"DropsQuarantined":[1.0]' in capsys.readouterr().out
    assert object_landed["detail"]["object"]["key"] != key


def test_a_job_sorts_what_was_not_sorted(shore: Shore) -> None:
    """Part by part in one process; behind a job that was taken away it goes on."""
    shore.limits = Limits(parts_above=1, part=MIB // 2)
    landed_object = shore.put("shells/rows/large.csv", "\n".join(LINES))
    planned = stages.plan(landed_object, shore.tools)
    assert planned["parts"] > 2
    stages.sort(planned["plan_uri"], 0, shore.tools)
    sort_all(planned["plan_uri"], shore.tools)
    outcomes = {uri: bodies for uri, bodies in shore.outputs().items() if "/outcomes/" in uri}
    assert len(outcomes) == planned["parts"]
    assert {len(bodies) for bodies in outcomes.values()} == {1}
    drop, again = stages.conclude(planned["plan_uri"], shore.tools)
    assert (drop.state, drop.rows.read, again) == ("accepted", ROWS, False)


def test_settings_bound_the_sizes(object_landed: dict[str, Any]) -> None:
    """Mebibytes in the environment are bytes in the code; a step starts no workflow."""
    assert object_landed
    tools = wire(StepSettings.from_env())
    assert (tools.limits.parts_above, tools.limits.part) == (MIB, MIB)
    assert tools.workflow is None
    assert wire(IngestSettings.from_env()).workflow is not None


@pytest.mark.parametrize("event", [{}, {"step": "sort"}, {"step": "sort", "plan_uri": "s3://a/b"}])
def test_a_step_that_nobody_knows_is_refused(account: Account, event: dict[str, Any]) -> None:
    """By what it says, not by a stack trace from the depths."""
    assert account.registry.pipelines() == []
    with pytest.raises(ValueError, match="plan, sort and record"):
        steps.handler(event, None)  # type: ignore[arg-type]
