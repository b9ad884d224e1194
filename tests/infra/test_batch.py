"""Files of rows to be scored: their functions, their workflow, and what may reach them."""

import json
from typing import Any

from tests.infra.conftest import Assembly, listed
from tests.infra.test_large_drops import function, text


def definition(assembly: Assembly) -> dict[str, Any]:
    """The workflow as it is deployed."""
    (found,) = (
        resource["Properties"]
        for name, resource in assembly.resources("AWS::StepFunctions::StateMachine")
        if "BatchWorkflow" in name
    )
    document: dict[str, Any] = json.loads(text(found["DefinitionString"]))
    return document


def test_workers_are_as_large_as_the_function_for_small_files(assembly: Assembly) -> None:
    """The same code of the same folder, memory, scratch space, layers, time and settings."""
    one, worker = (function(assembly, f"inference/batch{each}") for each in ("", "-steps"))
    for name in ("Code", "MemorySize", "EphemeralStorage", "Timeout", "Layers"):
        assert one[name] == worker[name], name
    given, known = (each["Environment"]["Variables"] for each in (one, worker))
    assert {name: given[name] for name in known} == known
    assert set(given) - set(known) == {"TIDEMILL_WORKFLOW"}


def test_every_call_is_tried_again_and_every_end_is_recorded(assembly: Assembly) -> None:
    """A fault that stays leads to the step that records it, and fails the execution by its name."""
    states = definition(assembly)["States"]
    inside = states["ScoreParts"]["ItemProcessor"]["States"]["ScorePart"]
    for task in (states["PlanBatch"], states["AssembleResult"], states["RecordFailure"], inside):
        retried = [name for rule in task["Retry"] for name in rule["ErrorEquals"]]
        assert "States.TaskFailed" in retried
    for name in ("PlanBatch", "ScoreParts", "AssembleResult"):
        (rule,) = states[name]["Catch"]
        assert (rule["ErrorEquals"], rule["Next"]) == (["States.ALL"], "RecordFailure")
    assert states["RecordFailure"]["Next"] == "BatchFailed"
    assert states["BatchFailed"]["Type"] == "Fail"


def test_news_of_executions_that_broke_off_reaches_who_records_it(assembly: Assembly) -> None:
    """Aborted, timed out or failed: of this workflow alone, to the function of its steps."""
    (rule,) = (
        resource["Properties"]
        for name, resource in assembly.resources("AWS::Events::Rule")
        if "BatchEnded" in name
    )
    (machine,) = rule["EventPattern"]["detail"]["stateMachineArn"]
    assert "BatchWorkflow" in machine["Ref"]
    assert rule["EventPattern"]["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    ((queue, worker),) = (
        (source["EventSourceArn"]["Fn::GetAtt"][0], source["FunctionName"]["Ref"])
        for source in (
            resource["Properties"]
            for name, resource in assembly.resources("AWS::Lambda::EventSourceMapping")
            if "EndedBatches" in name
        )
    )
    assert (rule["Targets"][0]["Arn"]["Fn::GetAtt"][0], "BatchSteps" in worker) == (queue, True)


def test_only_what_is_to_be_scored_is_read(assembly: Assembly) -> None:
    """Of the landing bucket, the objects below `<pipeline>/_batch/` alone."""
    tails = {
        resource["Fn::Join"][1][-1]
        for name, statement in assembly.statements()
        if "/BatchBatch" in name and "s3:GetObject" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    assert tails == {"/*/_batch/*", "/models/*", "/work/_batch/*"}
    (rule,) = (
        resource["Properties"]
        for name, resource in assembly.resources("AWS::Events::Rule")
        if "BatchLanded" in name
    )
    assert rule["EventPattern"]["detail"]["object"]["key"] == [{"wildcard": "*/_batch/*"}]


def test_nothing_is_deleted(assembly: Assembly) -> None:
    """A result is written over the one before it; versions of both stay as long as the bucket's."""
    for name, statement in assembly.statements():
        if "/BatchBatch" in name:
            assert not [each for each in listed(statement["Action"]) if "s3:Delete" in each]
