"""A request body as typed rows, or the faults in it, each with its JSON pointer."""

import json
import os
from typing import Any, NamedTuple

from inference.predict.cells import Instances, Row, Tally, stranger
from inference.predict.spelling import parsed
from tidemill.errors import LimitError, RequestError
from tidemill.problem import MOST_FAULTS

MOST_INSTANCES = 10_000
MOST_CHARACTERS = 6_000_000
MOST_ID_CHARACTERS = 128
LARGEST = 2**64
MOST_DIGITS = 20


class Form(NamedTuple):
    """A request of the right form, of which no instance has been looked at."""

    instances: list[Any]
    ids: list[str]


class PredictionRequest:
    """Rows to score and their ids; with `faults`, nothing is scored.

    `asked` are the rows as they came: a number out of range is missing in the row that is scored.
    """

    __slots__ = ("asked", "faults", "ids", "invalid", "rows", "tally")

    def __init__(self, rows: list[Row], ids: list[str], asked: list[Row] | None = None) -> None:
        self.rows = rows
        self.ids = ids
        self.asked = [] if asked is None else asked
        self.faults: list[RequestError] = []
        self.invalid = 0
        self.tally = Tally()


def parse_form(body: str) -> Form:
    """Read `{"instances": [...], "ids": [...]}`; RequestError where it is not of that form.

    LimitError where it holds more than one request may.
    """
    if len(body) > MOST_CHARACTERS:
        raise LimitError(f"the body has {len(body)} characters: at most {MOST_CHARACTERS}")
    document = _document(body)
    if not isinstance(document, dict):
        raise RequestError('the body is a JSON object: {"instances": [{...}]}')
    if not document.keys() <= {"instances", "ids"}:
        unknown = min(document.keys() - {"instances", "ids"})
        raise stranger(unknown, "is no member of a request")
    instances = document.get("instances")
    if not isinstance(instances, list) or not instances:
        raise RequestError("instances is a list with at least one object", "/instances")
    if len(instances) > MOST_INSTANCES:
        raise LimitError(
            f"{len(instances)} instances: at most {MOST_INSTANCES} a request; send several",
            "/instances",
        )
    return Form(instances, _ids(document.get("ids"), len(instances)))


def read_instances(form: Form, instances: Instances) -> PredictionRequest:
    """Every instance in the model's types, or their faults, as many as an answer names."""
    request = PredictionRequest(rows=[], ids=form.ids)
    tally = request.tally
    for position, instance in enumerate(form.instances):
        replaced = tally.replaced
        row, faults = instances.read(instance, tally)
        request.rows.append(row)
        as_came = tally.replaced == replaced
        request.asked.append(row if as_came else {name: instance.get(name) for name in row})
        if faults:
            request.invalid += 1
            room = MOST_FAULTS - len(request.faults)
            request.faults += [
                RequestError(fault.detail, f"/instances/{position}{fault.pointer}")
                for fault in faults[:room]
            ]
    return request


def _document(body: str) -> object:
    try:
        return parsed(body)
    except ValueError:
        return _closely(body)


def _closely(body: str) -> object:
    """What the fast parser does not take: a number beyond all floats is a fault of its field."""
    try:
        document: object = json.loads(body, parse_constant=_no_constant, parse_int=_integer)
        body_again = json.dumps(document, ensure_ascii=False)
        body_again.encode()
    except RecursionError as fault:
        raise LimitError("the body is nested too deeply") from fault
    except UnicodeError as fault:
        raise RequestError("a text of the body holds half of a surrogate pair") from fault
    except ValueError as fault:
        raise RequestError(f"the body is not JSON: {fault}") from fault
    return document


def _integer(digits: str) -> int | float:
    """Of 64 bits, or the nearest float, as the fast parser has it."""
    whole = int(digits) if len(digits) <= MOST_DIGITS else LARGEST
    return whole if -(2**63) <= whole < LARGEST else float(digits)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _ids(given: object, count: int) -> list[str]:
    """The ids given, or new ones: only given ones make a retry the same request."""
    if given is None:
        unique = unique_name()
        return [f"{unique}-{position}" for position in range(count)]
    if not isinstance(given, list) or len(given) != count:
        raise RequestError(f"ids is a list of {count}, one for each instance", "/ids")
    for position, name in enumerate(given):
        if not isinstance(name, str) or not name:
            raise RequestError("an id is a text of at least one character", f"/ids/{position}")
        if len(name) > MOST_ID_CHARACTERS:
            raise LimitError(
                f"an id has at most {MOST_ID_CHARACTERS} characters", f"/ids/{position}"
            )
    if len(set(given)) != count:
        _refuse_repeated(given)
    return given


def unique_name() -> str:
    """A name that no other request has."""
    return os.urandom(12).hex()


def _refuse_repeated(ids: list[str]) -> None:
    first: dict[str, int] = {}
    for position, name in enumerate(ids):
        if first.setdefault(name, position) != position:
            raise RequestError(f"repeats the id at /ids/{first[name]}", f"/ids/{position}")
