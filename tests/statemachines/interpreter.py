"""Runs a workflow's file with the real JSONata of its states over scripted task results."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonata import Jsonata
from ruamel.yaml import YAML

STATE_MACHINES = Path(__file__).parents[2] / "statemachines"
LONGEST = 100

type Json = Any
type Outcome = Json | TaskError | Callable[[dict[str, Any]], Json]


class TaskError(Exception):
    """How a task fails: its error's name and its cause."""

    def __init__(self, error: str, cause: str = "") -> None:
        self.error, self.cause = error, cause
        super().__init__(f"{error}: {cause}")


@dataclass
class Call:
    """A task that was called: by which state, what, with which arguments."""

    state: str
    resource: str
    arguments: dict[str, Any]
    timeout: int | None = None


@dataclass
class Execution:
    """What a run of the workflow did and how it ended."""

    status: str = "RUNNING"
    error: str | None = None
    cause: str | None = None
    states: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    waited: list[int] = field(default_factory=list)

    def arguments(self, state: str) -> list[dict[str, Any]]:
        """Each set of arguments that a state called its task with."""
        return [call.arguments for call in self.calls if call.state == state]


def load(name: str, substitutions: Mapping[str, str]) -> dict[str, Any]:
    """The workflow as it is deployed; KeyError where a substitution is missing."""
    text = (STATE_MACHINES / f"{name}.asl.yaml").read_text()
    filled = re.sub(r"\$\{(\w+)\}", lambda match: substitutions[match[1]], text)
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(filled)
    return document


def run(
    definition: Mapping[str, Any],
    execution_input: dict[str, Any],
    tasks: Mapping[str, Sequence[Outcome]],
) -> Execution:
    """Follow the states to an end; each state's task gives its outcomes one after another."""
    machine = _Machine(definition, execution_input, {name: list(t) for name, t in tasks.items()})
    machine.follow(definition["StartAt"])
    return machine.execution


class _Machine:
    def __init__(
        self, definition: Mapping[str, Any], given: dict[str, Any], tasks: dict[str, list[Outcome]]
    ) -> None:
        self._states = definition["States"]
        self._tasks = tasks
        self._given = given
        self._execution = {"Input": given, "Name": "run", "Id": "arn:aws:states:run"}
        self.execution = Execution()

    def follow(self, start: str) -> None:
        """Execute states from the first one to the end."""
        name: str | None = start
        value: Json = self._given
        while name:
            assert len(self.execution.states) < LONGEST, "the workflow does not come to an end"
            self.execution.states.append(name)
            name, value = self.step(name, value)

    def step(self, name: str, value: Json) -> tuple[str | None, Json]:
        """Execute one state: the next one's name and input."""
        state = self._states[name]
        seen = {"input": value, "context": self._context(name, 0)}
        follow = {
            "Task": self._task,
            "Choice": self._choice,
            "Map": self._map,
            "Pass": self._pass,
            "Wait": self._wait,
            "Succeed": self._succeed,
            "Fail": self._fail,
        }[state["Type"]]
        return follow(name, state, seen)

    def _task(self, name: str, state: Json, seen: dict[str, Any]) -> tuple[str | None, Json]:
        retries = 0
        while True:
            seen["context"] = self._context(name, retries)
            try:
                result = self._call(name, state, seen)
            except TaskError as fault:
                rule = _matching(state.get("Retry", []), fault)
                if rule and retries < rule.get("MaxAttempts", 3):
                    retries += 1
                    continue
                return self._caught(state, seen, fault)
            seen["result"] = result
            self._assign(state, seen)
            return self._left(state, seen, result)

    def _map(self, name: str, state: Json, seen: dict[str, Any]) -> tuple[str | None, Json]:
        """A distributed map: each item that its reader gives is an execution of its own."""
        items = self._call(name, state["ItemReader"], seen)
        assert isinstance(self._evaluate(state["MaxConcurrency"], seen), int)
        processor = state["ItemProcessor"]
        assert processor["ProcessorConfig"]["Mode"] == "DISTRIBUTED"
        for item in items:
            child = _Machine(processor, item, self._tasks)
            child.execution.calls = self.execution.calls
            child.follow(processor["StartAt"])
            if child.execution.status != "SUCCEEDED":
                return self._caught(
                    state, seen, TaskError("States.ExceedToleratedFailureThreshold")
                )
        seen["result"] = [None for _ in items]
        self._assign(state, seen)
        return self._left(state, seen, seen["result"])

    def _call(self, name: str, state: Json, seen: dict[str, Any]) -> Json:
        arguments = self._evaluate(state["Arguments"], seen)
        timeout = self._evaluate(state.get("TimeoutSeconds"), seen)
        call = Call(name, state["Resource"], arguments, timeout)
        self.execution.calls.append(call)
        assert self._tasks.get(name), f"nobody said what {name} gives this time"
        outcome = self._tasks[name].pop(0)
        if isinstance(outcome, TaskError):
            raise outcome
        found = outcome(arguments) if callable(outcome) else outcome
        return json.loads(json.dumps(found))

    def _caught(
        self,
        state: Json,
        seen: dict[str, Any],
        fault: TaskError,
    ) -> tuple[str | None, Json]:
        rule = _matching(state.get("Catch", []), fault)
        if rule is None:
            self.execution.status = "FAILED"
            self.execution.error, self.execution.cause = fault.error, fault.cause
            return None, None
        output = {"Error": fault.error, "Cause": fault.cause}
        seen["errorOutput"] = output
        self._assign(rule, seen)
        return rule["Next"], output

    def _choice(self, _name: str, state: Json, seen: dict[str, Any]) -> tuple[str | None, Json]:
        for rule in state["Choices"]:
            answer = self._evaluate(rule["Condition"], seen)
            assert isinstance(answer, bool), f"{rule['Condition']} is {answer!r}"
            if answer:
                self._assign(rule, seen)
                return rule["Next"], seen["input"]
        return state["Default"], seen["input"]

    def _pass(self, _name: str, state: Json, seen: dict[str, Any]) -> tuple[str | None, Json]:
        self._assign(state, seen)
        return self._left(state, seen, seen["input"])

    def _wait(self, _name: str, state: Json, seen: dict[str, Any]) -> tuple[str | None, Json]:
        """Time that passes at once; how long it was is kept."""
        seconds = self._evaluate(state["Seconds"], seen)
        assert isinstance(seconds, int)
        assert seconds > 0
        self.execution.waited.append(seconds)
        return self._left(state, seen, seen["input"])

    def _succeed(self, _name: str, _state: Json, seen: dict[str, Any]) -> tuple[None, Json]:
        self.execution.status = "SUCCEEDED"
        return None, seen["input"]

    def _fail(self, _name: str, state: Json, seen: dict[str, Any]) -> tuple[None, Json]:
        self.execution.status = "FAILED"
        self.execution.error = self._evaluate(state["Error"], seen)
        self.execution.cause = self._evaluate(state["Cause"], seen)
        return None, None

    def _left(
        self,
        state: Json,
        seen: dict[str, Any],
        output: Json,
    ) -> tuple[str | None, Json]:
        given = self._evaluate(state["Output"], seen) if "Output" in state else output
        if state.get("End"):
            self.execution.status = "SUCCEEDED"
            return None, given
        return state["Next"], given

    def _assign(self, rule: Json, seen: dict[str, Any]) -> None:
        self.execution.variables |= self._evaluate(rule.get("Assign", {}), seen)

    def _evaluate(self, template: Json, seen: dict[str, Any]) -> Json:
        if isinstance(template, dict):
            return {name: self._evaluate(part, seen) for name, part in template.items()}
        if isinstance(template, list):
            return [self._evaluate(part, seen) for part in template]
        if not isinstance(template, str) or not template.startswith("{%"):
            return template
        query = Jsonata(template.strip().removeprefix("{%").removesuffix("%}"))
        query.register_lambda("parse", json.loads)
        frame = query.create_frame()
        for name, value in (self.execution.variables | {"states": seen}).items():
            frame.bind(name, value)
        found = query.evaluate(None, frame)
        assert found is not None, f"{template} is undefined"
        return json.loads(json.dumps(found))

    def _context(self, name: str, retries: int) -> dict[str, Any]:
        return {
            "Execution": self._execution,
            "State": {
                "Name": name,
                "RetryCount": retries,
                "EnteredTime": f"2026-11-01T00:00:{len(self.execution.states):02}.000Z",
            },
        }


def _matching(rules: Json, fault: TaskError) -> Json:
    for rule in rules:
        names = rule["ErrorEquals"]
        if fault.error in names or "States.ALL" in names:
            return rule
        if "States.TaskFailed" in names and fault.error != "States.Timeout":
            return rule
    return None
