"""The functions that S3's event and the workflow call, over the ports of a depot."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from inference.batch import handler as files
from inference.batch import steps
from inference.batch.meter import LambdaMeter
from inference.batch.tools import Limits
from inference.batch.wiring import wire
from tests.functions.conftest import Account, in_queue
from tests.functions.inference.batch.conftest import Depot
from tidemill.landing import LandedObject
from tidemill.settings import BatchSettings, BatchStepSettings

SMALL = "length,ribs,wet,sex,seen\n1,2,true,M,2026-03-01\nx,2,true,I,2026-03-01\n"
SETTINGS = ("REGISTRY_TABLE", "DATA_BUCKET", "RESULTS_BUCKET", "CAPTURE_BUCKET")
SETTINGS += ("PSEUDONYM_KEY", "SIGNING_KEY")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What infra gives the functions."""
    for name in ("STAGE", "WORKFLOW", *SETTINGS):
        monkeypatch.setenv(f"TIDEMILL_{name}", name.lower())


@pytest.fixture
def wired(
    by_workflow: Callable[[int], Depot], environment: None, monkeypatch: pytest.MonkeyPatch
) -> Depot:
    """A depot with a workflow behind both functions; small files are scored at once."""
    del environment
    depot = by_workflow(1_000)
    depot.limits = Limits(parts_above=1_000_000, part=1_000)
    for module in (files, steps):
        monkeypatch.setattr(module, "wire", lambda _: depot.tools)
    return depot


def take(step: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """The step's answer, as the workflow has it."""
    answer = steps.handler({"step": step, **given}, None)  # type: ignore[arg-type]
    return json.loads(json.dumps(answer))  # type: ignore[no-any-return]


def deliver(landed: LandedObject, times: int = 1) -> None:
    """S3's event of the object, received so many times by now."""
    messages = in_queue(landed.to_event())
    messages["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(times)
    assert files.handler(messages, None) == {"batchItemFailures": []}  # type: ignore[arg-type]


def test_a_small_file_is_scored_and_counted_once(
    wired: Depot, capsys: pytest.CaptureFixture[str]
) -> None:
    """However often its event comes."""
    landed = wired.put("a.csv", SMALL)
    for _ in range(2):
        deliver(landed)
    (batch,) = wired.registry.batches("shells")
    assert (batch.state, batch.rows.read, batch.rows.failed) == ("completed", 2, 1)
    said = capsys.readouterr().out
    assert said.count('"BatchRows":[2.0]') == 1
    assert '"BatchRowsFailed":[1.0]' in said
    assert '"Feature": "sex"' in said


def test_a_file_that_ends_its_function_twice_goes_to_the_workflow(wired: Depot) -> None:
    """However small: the workflow records it where it fails there too."""
    landed = wired.put("a.csv", SMALL)
    deliver(landed, times=3)
    assert wired.workflow is not None
    assert len(wired.workflow.started) == 1
    (batch,) = wired.registry.batches("shells")
    assert batch.state == "running"


def test_the_steps_lead_to_a_result(wired: Depot, capsys: pytest.CaptureFixture[str]) -> None:
    """Planned, scored part by part and put together; counted when it has ended."""
    landed = wired.put("a.csv", SMALL).to_event()
    planned = take("plan", landed=landed)
    for number in range(planned["parts"]):
        assert take("score", plan_uri=planned["plan_uri"], part=number) == {}
    assert take("assemble", plan_uri=planned["plan_uri"]) == {"state": "completed"}
    assert '"BatchRows":[2.0]' in capsys.readouterr().out


def test_refusals_and_failures_are_counted(
    wired: Depot, capsys: pytest.CaptureFixture[str]
) -> None:
    """An alarm watches them."""
    refused = wired.put("a.csv", "x\n1\n").to_event()
    assert take("plan", landed=refused) == {"route": "done"}
    failed = wired.put("b.csv", SMALL).to_event()
    take("plan", landed=failed)
    assert take("fail", landed=failed, error="Crash", cause="rain") == {"state": "failed"}
    assert capsys.readouterr().out.count('"BatchesRefused":[1.0]') == 2


@pytest.fixture
def handed_over(wired: Depot) -> LandedObject:
    """A file that the workflow is at."""
    landed = wired.put("a.csv", SMALL)
    deliver(landed, times=3)
    take("plan", landed=landed.to_event())
    return landed


def tell(landed: LandedObject, execution: str, status: str, **more: str) -> None:
    """EventBridge's news of an execution, from the queue."""
    given = json.dumps({"landed": landed.to_event()})
    detail = {"name": execution, "status": status, "input": given, **more}
    assert steps.handler(in_queue({"detail": detail}), None) == {}  # type: ignore[arg-type]


def test_an_execution_that_is_stopped_ends_its_file(
    wired: Depot, handed_over: LandedObject, capsys: pytest.CaptureFixture[str]
) -> None:
    """As failed, with the reason, and counted once however often it is told."""
    for _ in range(2):
        tell(handed_over, handed_over.identity, "ABORTED", cause="the wrong file")
    (batch,) = wired.registry.batches("shells")
    assert (batch.state, batch.reasons) == ("failed", ("ExecutionABORTED: the wrong file",))
    assert capsys.readouterr().out.count('"BatchesRefused":[1.0]') == 1


def test_news_of_an_execution_leaves_what_another_does(
    wired: Depot, handed_over: LandedObject
) -> None:
    """A file that is tried again goes on, and the reason that the workflow recorded stays."""
    tell(handed_over, "an-older-one", "TIMED_OUT")
    (batch,) = wired.registry.batches("shells")
    assert batch.state == "running"
    take("fail", landed=handed_over.to_event(), error="Crash", cause="rain")
    tell(handed_over, handed_over.identity, "FAILED", cause="rain")
    (batch,) = wired.registry.batches("shells")
    assert (batch.state, batch.reasons) == ("failed", ("Crash: rain",))


@pytest.mark.parametrize("event", [{}, {"step": "score"}, {"step": "fail", "landed": {}}])
def test_a_step_that_nobody_knows_is_refused(wired: Depot, event: dict[str, Any]) -> None:
    """By what it says, not by a stack trace from the depths."""
    assert wired.registry.batches("shells") == []
    with pytest.raises(ValueError, match="plan, score, assemble and fail"):
        steps.handler(event, None)  # type: ignore[arg-type]


def test_settings_bound_the_sizes(
    account: Account, environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mebibytes in the environment are bytes in the code; a step starts no workflow."""
    assert (account.registry.pipelines(), environment) == ([], None)
    monkeypatch.setenv("TIDEMILL_PART_MB", "2")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    tools = wire(BatchStepSettings.from_env())
    assert (tools.limits.part, tools.results, tools.workflow) == (
        2 << 20,
        "s3://results_bucket",
        None,
    )
    assert wire(BatchSettings.from_env()).workflow is not None


def test_time_at_work_has_a_price() -> None:
    """By memory, processor and region; none where the price is not known."""
    meter = LambdaMeter(2048, "aarch64", "us-east-1")
    assert meter.gb_seconds(3) == 6
    assert meter.usd(1_000_000) == pytest.approx(13.3334)
    assert LambdaMeter(2048, "x86_64", "us-east-1").usd(1_000_000) == pytest.approx(16.6667)
    assert LambdaMeter(2048, "x86_64", "nowhere-1").usd(1) is None
