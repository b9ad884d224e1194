"""One message an incident, however often and in whatever order its news come."""

import json
from typing import Any

import pytest

from monitoring.notify.begun import BEGINS, ENDS
from tests.functions.monitoring.notify.conftest import Desk
from tidemill import events
from tidemill.costs import STAGE


def alarm(state: str, at: str, name: str = "ApiErrors") -> str:
    """As CloudWatch writes it into a topic."""
    return json.dumps(
        {
            "AlarmName": f"Tidemill-dev-{name}",
            "AlarmDescription": "The API answered with a 5xx. Read the logs.",
            "NewStateValue": state,
            "OldStateValue": "OK",
            "StateChangeTime": f"2026-11-03T{at}:00.000+0000",
        }
    )


def event(name: str, at: str = "12:00", pipeline: str = "shells", **detail: Any) -> str:  # noqa: ANN401
    """As EventBridge delivers it."""
    return json.dumps(
        {
            "detail-type": name,
            "time": f"2026-11-03T{at}:00Z",
            "detail": {"pipeline": pipeline, **detail},
        }
    )


DRIFT = {"window": "drop", "score": 1.0, "features": ["length", "ribs"]}


def test_an_alarm_is_told_once_until_it_is_over(desk: Desk) -> None:
    """The same state again says nothing; after an end, it is another incident."""
    desk.receive(alarm("ALARM", "12:00"))
    desk.receive(alarm("ALARM", "12:05"))
    assert desk.kinds == ["ApiErrors"]
    (told,) = desk.mail.heard
    assert (told.subject, told.since) == (STAGE, "2026-11-03T12:00:00.000Z")
    assert (told.words.what, told.words.todo) == ("The API answered with a 5xx", "Read the logs.")
    desk.receive(alarm("OK", "12:10"))
    desk.receive(alarm("ALARM", "12:20"))
    assert desk.kinds == ["ApiErrors", "ApiErrors"]
    assert desk.chat.heard == desk.mail.heard


def test_code_that_was_taken_back_is_one_incident(desk: Desk) -> None:
    """However many alarms it raised, and told of again when the next release is taken back too."""

    def released(deployment: str, state: str, at: str) -> str:
        detail = {"application": "tidemill-dev-predict", "state": state, "deploymentId": deployment}
        name = "CodeDeploy Deployment State-change Notification"
        return json.dumps({"detail-type": name, "time": f"2026-11-03T{at}:00Z", "detail": detail})

    for name in ("CodeErrors", "CodeFailures"):
        desk.receive(alarm("ALARM", "12:00", name))
    desk.receive(released("d-1", "STOP", "12:01"))
    desk.receive(released("d-1", "FAILURE", "12:02"))
    assert desk.kinds == ["CodeReleaseRolledBack#d-1"]
    (told,) = desk.mail.heard
    assert (told.subject, told.since) == (STAGE, "2026-11-03T12:01:00Z")
    assert "code of predict" in told.words.what
    assert told.words.done == "the version before answers all requests"
    desk.receive(released("d-2", "STOP", "12:30"))
    assert len(desk.kinds) == 2


def test_an_end_that_comes_before_its_beginning_ends_it(desk: Desk) -> None:
    """Topics do not keep the order; the moments do."""
    desk.receive(alarm("OK", "12:10"))
    desk.receive(alarm("ALARM", "12:00"))
    assert desk.kinds == []
    desk.receive(alarm("ALARM", "12:20"))
    desk.receive(alarm("OK", "12:10"))
    desk.receive(alarm("ALARM", "12:25"))
    assert desk.kinds == ["ApiErrors"]


def test_after_a_week_of_silence_it_is_told_again(desk: Desk) -> None:
    """Nobody should have to remember a message of last month."""
    desk.receive(event("DriftDetected", **DRIFT))
    desk.receive(event("DriftDetected", "13:00", **DRIFT).replace("11-03", "11-09"))
    assert len(desk.kinds) == 1
    desk.receive(event("DriftDetected", "13:30", **DRIFT).replace("11-03", "11-16"))
    assert len(desk.kinds) == 2


def test_pipelines_have_incidents_of_their_own(desk: Desk) -> None:
    """Each by its kind; a new champion ends the drift of its pipeline alone."""
    for name in ("shells", "pears"):
        desk.receive(event("DriftDetected", pipeline=name, **DRIFT))
    desk.receive(event("ModelPromoted", "12:30", model_version=2))
    for name in ("shells", "pears"):
        desk.receive(event("DriftDetected", "13:00", pipeline=name, **DRIFT))
    assert [incident.subject for incident in desk.mail.heard] == ["shells", "pears", "shells"]
    assert desk.mail.heard[0].words.what == "Data drifted in length, ribs"


def test_a_channel_that_failed_hears_of_it_later_and_no_other_twice(desk: Desk) -> None:
    """The message is delivered again; who was told already is not."""
    desk.mail.failures = 1
    with pytest.raises(ConnectionError):
        desk.receive(alarm("ALARM", "12:00"))
    assert (len(desk.mail.heard), len(desk.chat.heard)) == (0, 1)
    desk.receive(alarm("ALARM", "12:00"))
    assert (len(desk.mail.heard), len(desk.chat.heard)) == (1, 1)


@pytest.mark.parametrize(
    ("name", "detail", "what"),
    [
        (
            "BudgetExceeded",
            {"run": "r", "estimate_usd": 2.0, "allowed_usd": 0.5},
            "could cost $2.00, and $0.50",
        ),
        (
            "ModelRolledBack",
            {"model_version": 1, "previous": 2, "reason": "5xx"},
            "Model 2 was taken back: 5xx",
        ),
        ("RunRefused", {"run": "r", "reason": "TooFewRowsError: 3"}, "refused: TooFewRowsError: 3"),
        ("ContractRefused", {"problems": ["a", "b"]}, "refused: a; b"),
        (
            "IdleResourcesFound",
            {"week": "2026-11-02", "usd_per_month": 9.0, "findings": ["x"]},
            "$9.00 a month",
        ),
    ],
)
def test_what_happens_on_the_bus_is_told(
    desk: Desk, name: str, detail: dict[str, Any], what: str
) -> None:
    """With what was done and what to do."""
    desk.receive(event(name, **detail))
    (incident,) = desk.mail.heard
    assert what in incident.words.what
    assert incident.words.todo


def test_a_refusal_for_its_cost_is_told_by_the_budget_alone(desk: Desk) -> None:
    """Two events, one incident."""
    desk.receive(event("BudgetExceeded", run="r", estimate_usd=2.0, allowed_usd=0.5))
    desk.receive(event("RunRefused", run="r", reason="BudgetExceededError: 2 h"))
    assert desk.kinds == ["BudgetExceeded"]


def test_a_run_that_the_contract_holds_back_is_no_incident(desk: Desk) -> None:
    """It is as somebody wanted it; retraining that was halted by runs in vain is one."""
    for reason in (
        "monitor.retrain.on does not name new_data",
        "3 rows; monitor.retrain.min_new_rows asks for 9",
    ):
        desk.receive(event("RunRefused", run="r", reason=reason))
    assert desk.kinds == []
    desk.receive(event("RetrainingHalted", runs=["a", "b"], reason="the last 2 runs brought none"))
    assert desk.kinds == ["RetrainingHalted"]


@pytest.mark.parametrize("name", ["DataDrift", "RealizedQuality"])
def test_the_alarm_on_all_pipelines_leaves_the_word_to_the_events(desk: Desk, name: str) -> None:
    """They name the pipeline, of drift its columns, of harm its model."""
    desk.receive(alarm("ALARM", "12:00", name))
    assert desk.kinds == []


def test_harm_is_told_of_each_pipeline_until_it_has_a_new_model(desk: Desk) -> None:
    """Whose model does harm, by what that is known, and what has changed where that is known."""
    harm = {"model_version": 3, "basis": "outcomes", "change": "concept", "reason": "loss 2"}
    for name in ("shells", "pears"):
        desk.receive(event("HarmFound", pipeline=name, **harm))
    desk.receive(event("ModelPromoted", "12:30", model_version=4))
    estimate = {**harm, "basis": "estimate", "change": "", "model_version": 4}
    for name in ("shells", "pears"):
        desk.receive(event("HarmFound", "13:00", pipeline=name, **estimate))
    assert [incident.subject for incident in desk.mail.heard] == ["shells", "pears", "shells"]
    first, _, last = (incident.words.what for incident in desk.mail.heard)
    assert first == (
        "Model 3 does worse than its test promised, as outcomes show: loss 2; "
        "what the target means has changed"
    )
    assert last == (
        "Model 4 does worse than its test promised, as estimated without outcomes: loss 2"
    )


def test_a_refused_run_says_nothing_of_a_champion(desk: Desk) -> None:
    """The first run of a pipeline is refused before there is one."""
    desk.receive(event("RunRefused", run="r", reason="TooFewRowsError: 3"))
    (incident,) = desk.mail.heard
    assert incident.words.done == "nothing was spent on it; nothing else has changed"


def test_awss_watchmen_are_heard_once_a_month(desk: Desk) -> None:
    """Budgets write prose, anomaly detection JSON."""
    anomaly = json.dumps({"anomalyId": "a", "impact": {"totalImpact": 12.5}})
    for body in ("AWS Budget Notification\nDear Customer", anomaly):
        desk.receive(body)
        desk.receive(body)
    assert [kind.partition("#")[0] for kind in desk.kinds] == ["AwsBudget", "CostAnomaly"]
    assert "$12.5 more" in desk.mail.heard[1].words.what


def test_every_event_that_is_heard_exists() -> None:
    """What begins and what ends an incident are events of the bus."""
    assert all(hasattr(events, name) for name in (*BEGINS, *ENDS))
    assert {kind for kinds in ENDS.values() for kind in kinds} <= set(BEGINS)
