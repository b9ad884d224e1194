"""What is known of a cell while a graph is lowered: where its number is, or what it depends on.

All that is done to a category alone is worked out when the model is loaded: such a cell stays a
table from category to number until a number is asked for.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

NAN = float("nan")


class Number(NamedTuple):
    """A number that the kernel holds in a slot."""

    slot: int


class Category(NamedTuple):
    """The text of an input."""

    source: int


class Text(NamedTuple):
    """The free text of an input."""

    source: int


class Coded(NamedTuple):
    """A number that depends on an input's category alone."""

    source: int
    known: Mapping[str, float]
    missing: float
    unknown: float

    def mapped(self, function: Callable[[float], float]) -> "Coded":
        """What a function makes of it."""
        known = {text: function(value) for text, value in self.known.items()}
        return Coded(self.source, known, function(self.missing), function(self.unknown))

    def table(self, vocabulary: Mapping[str, int]) -> list[float]:
        """The number of each code; then of what is unknown, and of what is missing."""
        known = [self.known.get(text, self.unknown) for text in vocabulary]
        return [*known, self.unknown, self.missing]


class Hot(NamedTuple):
    """One where the category's place is `place`, else nought; no place is None."""

    places: "Places"
    place: int

    def coded(self) -> Coded:
        """As a number of its own."""
        return self.places.coded(lambda place: float(place == self.place))


class Places(NamedTuple):
    """Which of several cells is one, by an input's category."""

    source: int
    known: Mapping[str, int | None]
    missing: int | None
    unknown: int | None

    def coded(self, value: Callable[[int | None], float]) -> Coded:
        """A number by place."""
        known = {text: value(place) for text, place in self.known.items()}
        return Coded(self.source, known, value(self.missing), value(self.unknown))


type Cell = Number | Category | Text | Coded | Hot
type Spec = dict[str, Any]
