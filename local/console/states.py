"""A workflow's states in the order they are written, how they lead on, and how far one came."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

type Status = Literal["waiting", "running", "done", "failed"]
type Document = Mapping[str, Any]
BAD_ENDS = {"FAILED", "TIMED_OUT", "ABORTED"}


@dataclass(frozen=True)
class State:
    """One state; those inside a map or a branch are deeper. `leads_to` holds names."""

    name: str
    kind: str
    depth: int
    leads_to: tuple[str, ...]
    says: str = ""


@dataclass(frozen=True)
class Visit:
    """What became of a state: how often it was entered, when first, and for how long in all."""

    status: Status = "waiting"
    times: int = 0
    entered: float | None = None
    seconds: float = 0.0


def states_of(machine: Document, depth: int = 0) -> Iterator[State]:
    """Every state of a definition, parents before what is inside them."""
    for name, state in machine["States"].items():
        yield State(name, state["Type"], depth, tuple(_next(state)), state.get("Comment", ""))
        for inner in _inside(state):
            yield from states_of(inner, depth + 1)


def _next(state: Document) -> Iterator[str]:
    targets = [state.get("Next"), state.get("Default")]
    targets += [choice.get("Next") for choice in state.get("Choices", [])]
    targets += [catch.get("Next") for catch in state.get("Catch", [])]
    yield from dict.fromkeys(target for target in targets if target)


def _inside(state: Document) -> list[Document]:
    found = [state.get("ItemProcessor"), state.get("Iterator"), *state.get("Branches", [])]
    return [inner for inner in found if inner]


def visits(history: Iterable[Document], status: str) -> dict[str, Visit]:
    """What became of each state that was entered, from an execution's history, oldest first."""
    entered: dict[str, list[float]] = {}
    left: dict[str, list[float]] = {}
    for event in history:
        moment = event["timestamp"].timestamp()
        if "stateEnteredEventDetails" in event:
            entered.setdefault(event["stateEnteredEventDetails"]["name"], []).append(moment)
        elif "stateExitedEventDetails" in event:
            left.setdefault(event["stateExitedEventDetails"]["name"], []).append(moment)
    return {name: _visit(began, left.get(name, []), status) for name, began in entered.items()}


def ways(history: Iterable[Document]) -> set[tuple[str, str]]:
    """From which state the execution went on to which, one after another."""
    names = [
        event["stateEnteredEventDetails"]["name"]
        for event in history
        if "stateEnteredEventDetails" in event
    ]
    return set(pairwise(names))


def _visit(began: list[float], ended: list[float], status: str) -> Visit:
    state: Status = "done"
    if len(ended) < len(began):
        state = "failed" if status in BAD_ENDS else "running" if status == "RUNNING" else "done"
    seconds = sum(end - start for start, end in zip(began, ended, strict=False))
    return Visit(state, len(began), began[0], seconds)
