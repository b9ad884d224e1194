"""Outcomes: what came true of a prediction, said later by the prediction's id."""

import json
import sys
from collections.abc import Iterable
from typing import Any

from tidemill.artifact import label_text
from tidemill.contract import Column, Contract
from tidemill.errors import InvalidOutcomesError, LimitError, RequestError

MOST_OUTCOMES, MOST_ID = 10_000, 128
MEMBERS = {"id", "value"}
WANTED = {
    "int": "a whole number",
    "float": "a finite number",
    "bool": "true or false",
    "category": "a text",
}

type Outcome = tuple[str, str]


def read_outcomes(body: str, contract: Contract) -> list[Outcome]:
    """Id and value, as text, of each outcome of a request; of one id twice, the later one.

    RequestError where the body is of another form, LimitError for more than 10,000,
    InvalidOutcomesError with every fault, by its field.
    """
    asked = _asked(body)
    column = contract.columns()[contract.target]
    found: dict[str, str] = {}
    faults: list[RequestError] = []
    bad = 0
    for place, each in enumerate(asked):
        own = list(_faults(each, f"/outcomes/{place}", column))
        faults += own
        bad += bool(own)
        if not own:
            value = each["value"]
            found[each["id"]] = value_text(int(value) if column.type == "int" else value)
    if faults:
        raise InvalidOutcomesError(bad, faults)
    return list(found.items())


def write_outcomes(pipeline: str, outcomes: Iterable[Outcome], at: str) -> bytes:
    """A JSON line an outcome; `at` is when it was told, and the newest told of an id counts."""
    lines = (
        json.dumps({"pipeline": pipeline, "id": name, "value": value, "at": at}) + "\n"
        for name, value in outcomes
    )
    return "".join(lines).encode()


def value_text(value: Any) -> str:  # noqa: ANN401 - any value that JSON has
    """A value as it is compared: a label as predictions name it, a number as Python writes it."""
    return repr(value) if isinstance(value, float) else label_text(value)


def _asked(body: str) -> list[Any]:
    try:
        document = json.loads(body)
    except ValueError:
        raise RequestError('the body is no JSON; send {"outcomes": [...]}') from None
    if not isinstance(document, dict) or set(document) != {"outcomes"}:
        raise RequestError('send an object with "outcomes" alone')
    asked = document["outcomes"]
    if not isinstance(asked, list) or not asked:
        raise RequestError("is no list of outcomes, or an empty one", "/outcomes")
    if len(asked) > MOST_OUTCOMES:
        raise LimitError(f"has more than {MOST_OUTCOMES} outcomes; send several", "/outcomes")
    return asked


def _faults(each: Any, at: str, column: Column) -> Iterable[RequestError]:  # noqa: ANN401 - as it came
    if not isinstance(each, dict):
        yield RequestError("is no object with id and value", at)
        return
    for name in sorted(set(each) - MEMBERS):
        yield RequestError("is not known; an outcome has id and value", f"{at}/{name[:80]}")
    name = each.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= MOST_ID:
        yield RequestError(f"must be a text of 1 to {MOST_ID} characters", f"{at}/id")
    if said := _value_fault(each.get("value"), column):
        yield RequestError(said, f"{at}/value")


def _value_fault(value: Any, column: Column) -> str:  # noqa: ANN401 - as it came
    """What is wrong with an outcome's value; nothing where it may be one."""
    if not _is_of_type(value, column):
        return f"must be {WANTED[column.type]}"
    if column.values is not None and value_text(value) not in map(value_text, column.values):
        return "is none of the values that the contract lists"
    if column.min is not None and value < column.min:
        return f"is below {column.min:.15g}, the least that the contract allows"
    if column.max is not None and value > column.max:
        return f"is above {column.max:.15g}, the most that the contract allows"
    return ""


def _is_of_type(value: Any, column: Column) -> bool:  # noqa: ANN401 - as it came
    if column.type in {"bool", "category"}:
        return isinstance(value, bool if column.type == "bool" else str)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= sys.float_info.max and (column.type == "float" or value == int(value))
