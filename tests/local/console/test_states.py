"""A workflow's picture, from its definition and an execution's history."""

from infra.blocks.workflow import definition
from local.console import workflow
from local.console.states import states_of, visits, ways
from tests.local.console.conftest import EXECUTIONS, entered, left

NESTED = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "One",
                "States": {"One": {"Type": "Pass", "End": True}},
            },
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Mend"}],
            "Next": "Done",
        },
        "Mend": {"Type": "Pass", "Next": "Done"},
        "Done": {"Type": "Succeed"},
    },
}


def test_every_state_is_there_with_where_it_leads() -> None:
    """Those inside a map stand under it."""
    found = {state.name: state for state in states_of(NESTED)}
    assert list(found) == ["Each", "One", "Mend", "Done"]
    assert found["One"].depth == 1
    assert found["Each"].leads_to == ("Done", "Mend")


def test_states_are_as_the_history_left_them() -> None:
    """Entered and not left: at work, or where it failed; what was not entered waits."""
    status, events = EXECUTIONS["abalone-3-first"]
    seen = visits(events, status)
    assert (seen["ReadPackage"].status, seen["BeginRelease"].status) == ("done", "running")
    status, events = EXECUTIONS["abalone-2-broken"]
    assert visits(events, status)["ReadPackage"].status == "failed"
    twice = [entered("Look", 0), left("Look", 2), entered("Look", 3), left("Look", 4)]
    look = visits(twice, "SUCCEEDED")["Look"]
    assert (look.times, look.seconds) == (2, 3.0)
    _, events = EXECUTIONS["abalone-3-first"]
    assert ways(events) == {("ReadPackage", "BeginRelease")}


def test_our_workflows_can_all_be_drawn() -> None:
    """Each state is in the picture, and in words for who does not see it."""
    for name in ("release", "training", "ingestion", "batch"):
        states = list(states_of(definition(name)))
        picture = workflow.draw(states, {})
        for state in states:
            assert f"{state.name}: waiting" in picture
