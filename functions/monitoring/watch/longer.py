"""Windows add up to longer ones: what is too little to be seen in one is seen in four or sixteen.

Each length has its own part of the rate of false alarms, over the whole time that it took.
"""

from dataclasses import dataclass
from typing import Any

from monitoring.watch.baseline import Baseline
from monitoring.watch.gathering import Window

FOLD = 4
LENGTHS = (4, 16, 64)

type Record = dict[str, Any]


@dataclass(frozen=True)
class Longer:
    """A longer window that is complete: of how many windows, and from when it is judged."""

    length: int
    window: Window
    since: str


def lengthen(
    record: Record, window: Window, baseline: Baseline, since: str
) -> tuple[Record, list[Longer]]:
    """The record with a window added, once, and the longer windows that it completes.

    `since` is when the window before was compared.
    """
    if record.get("newest") == window.identity:
        return record, []
    newest = window.identity
    parts: dict[str, Record] = dict(record.get("parts", {}))
    completed: list[Longer] = []
    for length in LENGTHS:
        part = parts.get(str(length), {"number": 0, "since": since})
        whole = window
        if part["number"]:
            whole = Window.from_document(part["window"]).merge(window, baseline)
        number = part["number"] + 1
        if number < FOLD:
            rest = {"number": number, "since": part["since"], "window": whole.to_document()}
            parts[str(length)] = rest
            break
        parts.pop(str(length), None)
        completed.append(Longer(length, whole, part["since"]))
        window, since = whole, part["since"]
    return {**record, "parts": parts, "newest": newest}, completed
