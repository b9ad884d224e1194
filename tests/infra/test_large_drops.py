"""Drops too large for one function: their workers, their job, and how the two agree."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.blocks.job_image import context
from tests.infra.conftest import ROOT, Assembly, listed


def function(assembly: Assembly, description: str) -> dict[str, Any]:
    """The properties of the function that is described so."""
    (found,) = (
        resource["Properties"]
        for _, resource in assembly.resources("AWS::Lambda::Function")
        if resource["Properties"].get("Description") == description
    )
    return found


def text(value: Any) -> str:  # noqa: ANN401 - a piece of a template
    """A string of a template, with what is only known at deployment as it stands there."""
    match value:
        case {"Fn::Join": ["", parts]}:
            return "".join(text(part) for part in parts)
        case str():
            return value
        case _:
            return json.dumps(value)


def workflow(assembly: Assembly) -> dict[str, Any]:
    (found,) = (
        resource["Properties"]
        for name, resource in assembly.resources("AWS::StepFunctions::StateMachine")
        if "LargeDrops" in name
    )
    return found


def test_workers_are_as_large_as_the_function_for_small_drops(assembly: Assembly) -> None:
    """The same code of the same folder, memory, scratch space, layers and time."""
    one, worker = (function(assembly, f"ingestion/ingest{each}") for each in ("", "-steps"))
    for name in ("Code", "MemorySize", "EphemeralStorage", "Timeout", "Layers"):
        assert one[name] == worker[name], name
    assert one["MemorySize"] == 2048
    assert one["Handler"] != worker["Handler"]


def test_a_job_has_the_settings_of_the_workers(assembly: Assembly) -> None:
    """What the workflow gives a job is what the function for steps finds in its environment."""
    given = text(workflow(assembly)["DefinitionSubstitutions"]["JobEnvironment"])
    found = dict(re.findall(r"'(\w+)': '(.*?)'[,}]", given))
    assert found.pop("AWS_DEFAULT_REGION")
    variables = function(assembly, "ingestion/ingest-steps")["Environment"]["Variables"]
    expected = {name: text(value) for name, value in variables.items() if "TIDEMILL" in name}
    assert found == expected


def test_every_call_of_the_workflow_is_tried_again(assembly: Assembly) -> None:
    """No task, inside the map or outside it, is without a retry on whatever ends it."""
    definition = json.loads(text(workflow(assembly)["DefinitionString"]))

    def tasks(states: dict[str, Any]) -> list[dict[str, Any]]:
        found = [state for state in states.values() if state["Type"] == "Task"]
        maps = [state for state in states.values() if state["Type"] == "Map"]
        inside = [tasks(each["ItemProcessor"]["States"]) for each in maps]
        return sum(inside, found)

    assert len(tasks(definition["States"])) == 4
    for task in tasks(definition["States"]):
        retried = [name for rule in task["Retry"] for name in rule["ErrorEquals"]]
        assert "States.TaskFailed" in retried, task["Resource"]


@pytest.mark.parametrize("kind", ["Training", "Processing"])
def test_a_workflow_may_wait_for_its_jobs(assembly: Assembly, kind: str) -> None:
    """Start, tag, look after and stop them, under its stage's names, and hear when they end."""
    verbs = {"AddTags", "ListTags", *(f"{v}{kind}Job" for v in ("Create", "Describe", "Stop"))}
    jobs = [
        statement
        for _, statement in assembly.statements()
        if f"sagemaker:Create{kind}Job" in listed(statement["Action"])
    ]
    (statement,) = jobs
    assert set(listed(statement["Action"])) == {f"sagemaker:{verb}" for verb in verbs}
    prefix = f":{kind.lower()}-job/tidemill-{assembly.stage}-*"
    assert text(statement["Resource"]).endswith(prefix)
    rules = [
        text(each["Resource"])
        for _, each in assembly.statements()
        if "events:PutRule" in listed(each["Action"])
    ]
    assert [rule for rule in rules if rule.endswith(f"ForSageMaker{kind}JobsRule")]


def test_a_failed_workflow_can_be_taken_up_again(assembly: Assembly) -> None:
    """Its role may redrive what its map had started, and nothing of another workflow."""
    allowed = {
        name.partition("/")[2]: statement
        for name, statement in assembly.statements()
        if "states:RedriveExecution" in listed(statement["Action"])
    }
    assert len(allowed) == 2
    for name, statement in allowed.items():
        workflow = "LargeDropsWorkflow" if name.startswith("LargeDrops") else "BatchWorkflow"
        for resource in listed(statement["Resource"]):
            assert workflow in text(resource)


@pytest.mark.parametrize(
    ("verb", "module"),
    [("ingestion/ingest", "ingestion.ingest.job"), ("training/train", "training.train.training")],
)
def test_the_image_of_a_job_has_what_its_code_imports(verb: str, module: str) -> None:
    """The verb's own folder, our packages and the locked requirements are enough to load it."""
    program = Path(context(verb)) / "program"
    room, _, name = verb.partition("/")
    packages = {path.name for path in program.iterdir() if path.name.startswith("tidemill")}
    assert {path.name for path in program.iterdir()} == {room, *packages}
    assert [path.name for path in (program / room).iterdir()] == [name]
    python = ROOT / ".local" / "venvs" / "training" / "bin" / "python"
    if not python.exists():
        pytest.skip("`make setup` makes the environment that stands for the image's")
    done = subprocess.run(  # noqa: S603 - our own code
        [python, "-s", "-B", "-c", f"import {module}"],
        cwd=program,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
