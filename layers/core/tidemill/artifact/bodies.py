"""What the compiled kernel is told of a signature, to answer the bodies of requests by itself."""

import json
import sys
from collections.abc import Iterator, Sequence
from enum import IntEnum, IntFlag
from typing import Any, Protocol

from tidemill.artifact.operations import Input
from tidemill.artifact.prediction import label_text
from tidemill.artifact.signature import Feature, Header, Rules
from tidemill.artifact.steps.texts import MOST_CHARACTERS

NO_LIMIT = 1 << 30

type Answer = tuple[str, list[bytes], int, list[int] | None]
type Frame = tuple[str, str, str, float, int, int]
type Field = tuple[str, str, int, int, float, float, int, int, tuple[tuple[str, int], ...]]


class Reader(Protocol):
    """A model that answers request bodies in which nothing is odd."""

    def answer(self, body: str, frame: Frame, /) -> Answer | None:
        """Document, captured lines, rows, strange cells by field; None where anything is odd.

        The frame: how the document, each line and each id made here begin; up to which checksum of
        its id a row is captured; most bytes of lines that travel together, and of the document.
        """


class Kind(IntEnum):
    """What a field's cells are; `layers/native/field.zig` says what each may be."""

    NUMBER = 0
    WHOLE = 1
    TRUTH = 2
    CATEGORY = 3
    MOMENT = 4
    TEXT = 5


class Flag(IntFlag):
    """What a contract says of a field, and whether JSON spells its name as it is."""

    NULLABLE = 1
    REFUSES = 2
    OPEN = 4
    PLAIN = 8


KINDS = {
    "float": Kind.NUMBER,
    "int": Kind.WHOLE,
    "bool": Kind.TRUTH,
    "category": Kind.CATEGORY,
    "timestamp": Kind.MOMENT,
    "text": Kind.TEXT,
    "id": Kind.TEXT,
}


def describe(header: Header, inputs: Sequence[Input]) -> tuple[Any, ...] | None:
    """A reader's fields, target, labels and members of probabilities; None if it would be inexact.

    That is where a field is read as something else than its type, a bound is no float, or answers
    hold labels that are floats or alike.
    """
    signature, labels = header.signature, header.classes
    texts = [label_text(label) for label in labels]
    places = {each.name: place for place, each in enumerate(inputs)}
    if len(places) != len(inputs) or len({*signature.names}) != len(signature.names):
        return None
    if len({*texts}) != len(texts) or any(isinstance(label, float) for label in labels):
        return None
    read = [(feature, places.get(feature.name)) for feature in signature.features]
    if not all(_is_exact(feature, None if at is None else inputs[at]) for feature, at in read):
        return None
    fields = tuple(
        _field(feature, signature.rules, len(inputs) if at is None else at, inputs)
        for feature, at in read
    )
    members = tuple(f"{_spelt(text)}:" for text in texts)
    return fields, header.target, tuple(_spelt(label) for label in labels), members


def _is_exact(feature: Feature, source: Input | None) -> bool:
    """Whether the kernel reads a field's cells just as the fields of a request are read."""
    bounds = [bound for bound in (feature.min, feature.max) if bound is not None]
    if any(float(bound) != bound for bound in bounds):
        return False
    if source is None or feature.type == "bool":
        return source is None or source.reader is None
    if feature.type == "category":
        return source.vocabulary is not None
    reads_moments = source.reader is not None
    wanted = {"int": False, "float": False, "timestamp": True}.get(feature.type)
    return source.vocabulary is None and reads_moments is wanted


def _field(feature: Feature, rules: Rules, place: int, inputs: Sequence[Input]) -> Field:
    vocabulary = inputs[place].vocabulary if place < len(inputs) else None
    rule = rules.unseen if feature.type == "category" else rules.out_of_range
    flags = Flag(0)
    flags |= Flag.NULLABLE if feature.nullable and rules.missing == "impute" else Flag(0)
    flags |= Flag.REFUSES if rule == "reject" else Flag(0)
    flags |= Flag(0) if feature.values else Flag.OPEN
    flags |= Flag.PLAIN if _spelt(feature.name) == f'"{feature.name}"' else Flag(0)
    largest = sys.float_info.max
    return (
        feature.name,
        f"{_spelt(feature.name)}:",
        KINDS[feature.type],
        flags,
        -largest if feature.min is None else float(feature.min),
        largest if feature.max is None else float(feature.max),
        MOST_CHARACTERS if feature.type == "text" else NO_LIMIT,
        place,
        tuple(_texts(feature, vocabulary)),
    )


def _texts(feature: Feature, vocabulary: dict[str, int] | None) -> Iterator[tuple[str, int]]:
    """Each text with twice its code, and one more where the contract lists it."""
    if feature.type == "bool":
        for number, text in enumerate(("false", "true")):
            yield (
                text,
                2 * (number if vocabulary is None else vocabulary.get(text, len(vocabulary))),
            )
        return
    if feature.type != "category":
        return
    codes = vocabulary or {}
    listed = frozenset(feature.values)
    for text in {**codes, **dict.fromkeys(feature.values)}:
        yield text, 2 * codes.get(text, len(codes)) + (text in listed)


def _spelt(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
