"""Deciding and starting together: once round the loop, and no further."""

from tests.functions.monitoring.retrain.conftest import HARM, PIPELINE, Loop, ago
from tidemill.events import DatasetReady, RetrainRequested
from tidemill.records import Verdict
from tidemill.workflow import InMemoryWorkflow
from training.start.start import start


def deliver(loop: Loop, machine: InMemoryWorkflow) -> None:
    """Every event that starts runs so far, in the order it was put on the bus, and all twice."""
    for event in [*loop.bus.published, *loop.bus.published]:
        if isinstance(event, DatasetReady | RetrainRequested):
            start(event, registry=loop.registry, bus=loop.bus, machine=machine)


def test_drift_leads_to_one_run_and_its_promotion_to_none(loop: Loop) -> None:
    """However often drift, harm, new rows and the clock come, before and after."""
    machine = InMemoryWorkflow()
    loop.bus.publish(DatasetReady(pipeline=PIPELINE, dataset_version="v2"))
    loop.measure(HARM)
    for _ in range(3):
        loop.drift()
        loop.harm()
        loop.ready("v2")
        loop.retrainer.look_at_the_clock()
        deliver(loop, machine)
    (run,) = machine.started
    ended = {"state": "completed", "finished_at": ago(seconds=0)}
    passed = Verdict(passed=True, reasons=()).model_dump(mode="json")
    loop.registry.update_run(PIPELINE, run, **ended, verdict=passed)
    loop.promote(2, "v2")
    for _ in range(3):
        loop.drift(model=1)
        loop.drift(model=2)
        loop.harm()
        loop.ready("v2")
        loop.retrainer.look_at_the_clock()
        deliver(loop, machine)
    assert list(machine.started) == [run]
    assert [each.state for each in loop.registry.runs(PIPELINE)].count("completed") == 2
