"""One instance of a request, cell by cell, in the types of the model's signature."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from tidemill.artifact import Feature, Rules, Scalar, Signature
from tidemill.artifact.steps.texts import MOST_CHARACTERS
from tidemill.errors import RequestError
from tidemill.moments import read_moment
from tidemill.problem import MOST_FAULTS

type Cell = Scalar | None
type Row = dict[str, Cell]
type Read = Callable[[object, "Tally"], Cell]

A_MOMENT = "2026-03-01T12:30:00+01:00"
# What is said of a fault is short: an answer with all of them must fit what Lambda sends.
MOST_NAMED = 50
MOST_NAME_CHARACTERS = 256
KINDS = {bool: "a truth value", str: "a text", list: "a list", dict: "an object"}


class Tally:
    """How many cells, by feature, were answered although training never saw their like.

    `replaced` counts those that are scored as something else than what came.
    """

    __slots__ = ("out_of_range", "replaced", "unseen")

    def __init__(self) -> None:
        self.unseen: Counter[str] = Counter()
        self.out_of_range: Counter[str] = Counter()
        self.replaced = 0


class Instances:
    """Reads instances of one model; made once a model, since every request goes through it."""

    def __init__(self, signature: Signature, target: str) -> None:
        rules = signature.rules
        imputes = rules.missing == "impute"
        self._reads = [
            (each.name, READERS[each.type](each, rules), each.nullable and imputes)
            for each in signature.features
        ]
        self._known = {*signature.names, target}
        self._says = f"is no feature of this model; its features are {_list(signature.names)}"

    def read(self, instance: object, tally: Tally) -> tuple[Row, list[RequestError]]:
        """The row that is scored, and its faults, their pointers relative to the instance.

        Of names that are no features, as many are told as an answer names.
        """
        if not isinstance(instance, dict):
            return {}, [RequestError("an instance is a JSON object")]
        row: Row = {}
        faults = []
        get = instance.get
        for name, read, nullable in self._reads:
            cell = get(name)
            if cell is None and nullable:
                row[name] = None
                continue
            try:
                row[name] = read(cell, tally)
            except ValueError as fault:
                says = "is missing" if name not in instance else str(fault)
                faults.append(RequestError(says, f"/{escape(name)}"))
        if not instance.keys() <= self._known:
            strangers = islice((n for n in instance if n not in self._known), MOST_FAULTS)
            faults[:0] = [stranger(name, self._says) for name in strangers]
        return row, faults


def _number(feature: Feature, rules: Rules) -> Read:
    """A finite number; one beyond the bounds is answered as if it were missing, or refused."""
    low = -sys.float_info.max if feature.min is None else feature.min
    high = sys.float_info.max if feature.max is None else feature.max
    whole, name, refuses = feature.type == "int", feature.name, rules.out_of_range == "reject"

    def read(cell: Any, tally: Tally) -> Cell:  # noqa: ANN401 - of a JSON document
        kind = type(cell)
        if kind is not float and kind is not int:
            raise _wrong(cell, "a number")
        within = low <= cell <= high
        if within and (kind is int or not whole or cell.is_integer()):
            return cell  # type: ignore[no-any-return]
        if not -sys.float_info.max <= cell <= sys.float_info.max:
            raise ValueError("is not a finite number")
        if whole and not float(cell).is_integer():
            raise ValueError(f"is {cell} where a whole number belongs")
        if refuses:
            raise ValueError(f"is {cell}, outside {_bounds(feature)}")
        tally.out_of_range[name] += 1
        tally.replaced += 1
        return None

    return read


def _category(feature: Feature, rules: Rules) -> Read:
    """A text; one that is not listed is answered as training treats the unknown, or refused."""
    values, name = frozenset(feature.values), feature.name
    refuses = rules.unseen == "reject"

    def read(cell: object, tally: Tally) -> Cell:
        if type(cell) is not str:
            raise _wrong(cell, "a text")
        if values and cell not in values:
            if refuses:
                raise ValueError(f"{cell[:80]!r} is none of {_list(feature.values)}")
            tally.unseen[name] += 1
        return cell

    return read


def _truth(_feature: Feature, _rules: Rules) -> Read:
    def read(cell: object, _tally: Tally) -> Cell:
        if not isinstance(cell, bool):
            raise _wrong(cell, "true or false")
        return cell

    return read


def _moment(_feature: Feature, _rules: Rules) -> Read:
    """A text in ISO 8601, read as ingestion reads it, and left as it was written."""

    def read(cell: object, _tally: Tally) -> Cell:
        if not isinstance(cell, str):
            raise _wrong(cell, f"a timestamp such as {A_MOMENT!r}")
        if read_moment(cell) is None:
            raise ValueError(f"{cell[:64]!r} is no ISO 8601 timestamp, such as {A_MOMENT}")
        return cell

    return read


def _text(feature: Feature, _rules: Rules) -> Read:
    most = MOST_CHARACTERS if feature.type == "text" else sys.maxsize

    def read(cell: object, _tally: Tally) -> Cell:
        if not isinstance(cell, str):
            raise _wrong(cell, "a text")
        if len(cell) > most:
            raise ValueError(f"has {len(cell)} characters, and a text has at most {most}")
        return cell

    return read


READERS: dict[str, Callable[[Feature, Rules], Read]] = {
    "int": _number,
    "float": _number,
    "bool": _truth,
    "category": _category,
    "timestamp": _moment,
    "text": _text,
    "id": _text,
}


def _bounds(feature: Feature) -> str:
    low = "" if feature.min is None else f"{feature.min:g}"
    high = "" if feature.max is None else f"{feature.max:g}"
    return f"{low}..{high}"


def _wrong(cell: object, belongs: str) -> ValueError:
    if cell is None:
        return ValueError("is null, and may not be")
    return ValueError(f"is {KINDS.get(type(cell), 'a number')} where {belongs} belongs")


def _list(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    listed = ", ".join(names[:MOST_NAMED])
    return f"{listed} and {more} more" if more > 0 else listed


def stranger(name: str, says: str) -> RequestError:
    """The fault of a member that does not belong here; a very long name is not repeated."""
    if len(name) > MOST_NAME_CHARACTERS:
        return RequestError(f"a name of {len(name)} characters {says}")
    return RequestError(says, f"/{escape(name)}")


def escape(name: str) -> str:
    """A name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
