"""When drift leads to another run, and what keeps it from doing so."""

import pytest

from tests.functions.monitoring.retrain.conftest import (
    HARM,
    NO_HARM,
    PIPELINE,
    UNCLEAR,
    Loop,
    ago,
)
from tidemill.errors import ContractError
from tidemill.events import RetrainingHalted, RetrainRequested
from tidemill.records import Challenge, RetrainRecord
from tidemill.registry import Registry
from tidemill.retraining import run_name
from tidemill.risk import Loss
from tidemill.table import InMemoryTable


def refused(record: RetrainRecord | None) -> str:
    """Why nothing was asked for."""
    assert record is not None
    assert not record.asked
    return record.reason


def test_drift_that_harms_asks_for_a_run(loop: Loop) -> None:
    """In words that name what drifted and the harm; the record says what was known."""
    loop.measure(HARM)
    record = loop.drift()
    (asked,) = loop.told(RetrainRequested)
    assert asked.reason.startswith("data drifted in length, and the model does harm: realised loss")
    assert (record.model_version, record.dataset_version) == (1, "v2")
    assert loop.registry.retrainings(PIPELINE) == [record]


def test_harm_without_drift_asks_too(loop: Loop) -> None:
    """What follows from the features may have changed."""
    loop.measure(HARM)
    loop.harm()
    assert loop.told(RetrainRequested)[0].reason.startswith("the model does harm: loss 2")


def test_drift_that_does_not_hurt_retrains_nothing(loop: Loop) -> None:
    """It is written down with the loss and its limit."""
    loop.measure(NO_HARM)
    assert refused(loop.drift()).startswith("the drift does no harm: realised loss 1 (0.95 to 1.05")
    assert loop.bus.published == []


@pytest.mark.parametrize("loss", [None, UNCLEAR])
def test_unknown_harm_waits_unless_the_contract_says_otherwise(
    loop: Loop, loss: Loss | None
) -> None:
    """By default for outcomes; `unknown_harm: retrain` does not."""
    loop.measure(loss)
    assert refused(loop.drift()).startswith("whether the drift harms is not known")
    loop.accept("on: [drift], unknown_harm: retrain")
    loop.drift()
    assert [event.reason for event in loop.told(RetrainRequested)] == ["data drifted in length"]


def test_a_look_before_the_drift_says_nothing_of_it(loop: Loop) -> None:
    """That the model did no harm then does not mean that it does none now."""
    loop.measure(NO_HARM, at=ago(days=1))
    assert refused(loop.drift(since=ago(hours=1))).startswith("whether the drift harms is not")


def test_harm_of_another_model_says_nothing(loop: Loop) -> None:
    """What is known is of the model that serves, or of none."""
    loop.measure(HARM, model=7)
    assert refused(loop.drift()).startswith("whether the drift harms is not known")


def test_the_contract_names_what_retrains(loop: Loop) -> None:
    """Drift does only where it is asked to."""
    loop.accept("on: [new_data]")
    loop.measure(HARM)
    assert refused(loop.drift()) == "monitor.retrain.on does not name drift"


def test_the_same_sign_asks_once(loop: Loop) -> None:
    """Drift and harm of one champion on one dataset version are one request, however often."""
    loop.measure(HARM)
    loop.drift()
    loop.drift()
    loop.harm()
    assert len({event.request_id for event in loop.told(RetrainRequested)}) == 1
    assert len(loop.registry.retrainings(PIPELINE)) == 1


def test_without_new_rows_it_is_refused_by_name(loop: Loop) -> None:
    """A run on the rows of the last one would be fruitless, whether that one passed or not."""
    loop.measure(HARM)
    loop.run("v2", passed=False)
    assert refused(loop.drift()) == (
        "0 rows are new since run shells-v2; monitor.retrain.min_new_rows asks for 1"
    )


def test_new_rows_let_a_refused_drift_retrain(loop: Loop) -> None:
    """What waited for labels goes on when they come, without being seen again."""
    loop.measure(HARM)
    loop.run("v2", passed=False)
    loop.drift()
    loop.freeze("v3", 1200)
    record = loop.ready("v3")
    assert record.asked
    assert record.dataset_version == "v3"
    assert loop.ready("v3") is None
    assert len(loop.told(RetrainRequested)) == 1


def test_where_new_data_retrain_drift_does_not_ask_again(loop: Loop) -> None:
    """The dataset's own run is under way."""
    loop.accept("on: [drift, new_data]")
    loop.measure(None)
    loop.drift()
    assert loop.ready("v2") is None


def test_one_run_at_a_time(loop: Loop) -> None:
    """What goes on is named."""
    loop.measure(HARM)
    loop.run("v2", state="running", verdict=None, finished_at=None)
    assert refused(loop.drift()) == "run shells-v2 goes on"


def test_a_model_on_trial_is_waited_for(loop: Loop) -> None:
    """It may be the remedy."""
    loop.measure(HARM)
    moment = ago(seconds=0)
    trial = Challenge(
        model_version=1,
        stage="canary",
        share=0.1,
        release="shells-2",
        since=moment,
        approved_at=moment,
    )
    loop.registry.challenge(PIPELINE, trial)
    assert refused(loop.drift()) == "model 1 is on trial: release shells-2"


def test_the_loop_does_not_feed_itself(loop: Loop) -> None:
    """Drift seen before a promotion starts nothing after it, however it is told of."""
    loop.measure(HARM)
    loop.run("v2")
    loop.promote(2, "v2")
    loop.freeze("v3", 1300)
    assert refused(loop.drift(model=1)) == "it was seen of model 1, and model 2 serves"
    assert refused(loop.drift(model=None)) == "it was seen before model 2 was promoted"
    assert refused(loop.drift(model=2)).startswith("whether the drift harms is not known")
    assert loop.told(RetrainRequested) == []


def test_the_cooldown_is_kept(loop: Loop) -> None:
    """Counted from the end of the last run."""
    loop.accept("on: [drift], cooldown: 6h")
    loop.freeze("v3", 1200)
    loop.run("v3")
    loop.freeze("v4", 1300)
    loop.measure(HARM)
    assert refused(loop.drift()).endswith("monitor.retrain.cooldown asks for 6h")


def test_runs_in_vain_halt_retraining_until_there_is_as_much_again(loop: Loop) -> None:
    """Three runs had 300 new rows in vain: it goes on with 300 more; people hear of it once."""
    loop.measure(HARM)
    for version, rows in (("v2", 1100), ("v3", 1200), ("v4", 1300)):
        loop.freeze(version, rows)
        loop.run(version, passed=False)
    loop.freeze("v5", 1599)
    assert refused(loop.drift()) == (
        "the last 3 runs brought no model that passed, with 300 new rows; 299 are new since: it "
        "goes on with 300, or when somebody asks for a run"
    )
    (halted,) = loop.told(RetrainingHalted)
    assert halted.runs == ("shells-v2", "shells-v3", "shells-v4")
    loop.freeze("v6", 1600)
    assert loop.ready("v6").asked


def test_a_run_that_passed_ends_the_row_of_those_in_vain(loop: Loop) -> None:
    """Whoever asked for it."""
    loop.measure(HARM)
    for version, rows, passed in (("v2", 1100, False), ("v3", 1200, True), ("v4", 1300, False)):
        loop.freeze(version, rows)
        loop.run(version, passed=passed)
    loop.freeze("v5", 1301)
    assert loop.drift().asked


@pytest.mark.parametrize(("every", "asked"), [("30d", 0), ("2d", 1)])
def test_a_schedule_is_due_when_no_run_ended_for_so_long(
    loop: Loop, every: str, asked: int
) -> None:
    """It asks for no harm, and however often it is looked at, for one run."""
    loop.accept(f"on: [schedule], every: {every}")
    loop.registry.update_run(PIPELINE, "shells-v1", finished_at=ago(days=3))
    loop.retrainer.look_at_the_clock()
    loop.retrainer.look_at_the_clock()
    assert len({event.request_id for event in loop.told(RetrainRequested)}) == asked


def test_a_schedule_wants_new_rows_too(loop: Loop) -> None:
    """As everything does that nobody asked for by hand."""
    loop.run("v2", finished_at=ago(days=3))
    loop.accept("on: [schedule], every: 2d")
    (record,) = loop.retrainer.look_at_the_clock()
    assert refused(record).startswith("0 rows are new since run shells-v2")


def test_what_waited_for_time_is_thought_over_once_a_day(loop: Loop) -> None:
    """Harm is told once: a run that went on, a trial or a cooldown does not lose it."""
    loop.measure(HARM)
    loop.run("v1", run="long", state="running", verdict=None, finished_at=None)
    loop.harm()
    assert loop.told(RetrainRequested) == []
    loop.registry.update_run(PIPELINE, "long", state="failed", finished_at=ago(seconds=1))
    (record,) = loop.retrainer.look_at_the_clock()
    assert record.asked
    assert len(loop.told(RetrainRequested)) == 1


def test_what_the_budget_refused_is_asked_for_again_in_another_month(loop: Loop) -> None:
    """The request of another month is another; in the same one it is the same, and starts none."""
    loop.measure(HARM)
    before = loop.drift()
    run = run_name(PIPELINE, "v2", before.request_id)
    refusal = {"state": "refused", "reason": "BudgetExceededError: too much", "verdict": None}
    loop.run("v2", run=run, **refusal)
    loop.retrainer.look_at_the_clock()
    assert {event.request_id for event in loop.told(RetrainRequested)} == {before.request_id}
    assert before.request_id == f"drift-1-v2-{ago(seconds=0)[:7].replace('-', '')}"


def test_nothing_is_decided_where_nothing_serves() -> None:
    """There is no champion to mend."""
    loop = Loop(Registry(InMemoryTable()))
    loop.accept("on: [drift]")
    assert loop.drift() is None
    assert loop.retrainer.look_at_the_clock() == []


def test_a_crash_before_the_request_is_mended(loop: Loop) -> None:
    """What was decided and not told is told by the next delivery, even if a run began since."""
    loop.measure(HARM)
    record = loop.drift()
    loop.bus.published.clear()
    loop.run("v2", state="running", verdict=None, finished_at=None)
    assert loop.drift() == record
    assert len(loop.told(RetrainRequested)) == 1


def test_every_is_at_least_a_day(loop: Loop) -> None:
    """The clock is looked at once a day."""
    with pytest.raises(ContractError, match="every is at least 1d"):
        loop.accept("every: 1h")
