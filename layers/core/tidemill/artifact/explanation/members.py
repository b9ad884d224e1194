"""Models as sums of what each input adds, by kind: as in `predictors`, on the scale they add up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

from tidemill.artifact.explanation.sources import Sources
from tidemill.artifact.explanation.trees import Trees
from tidemill.artifact.steps import Row, Step

type Gains = Sequence[float]


class Member(Protocol):
    """A model, or one of those that it is made of.

    `scale` is what base and gains add up to; `work` is about how many nodes a row goes through.
    """

    @property
    def scale(self) -> str: ...

    @property
    def work(self) -> int: ...

    def base(self, output: int) -> float:
        """What a row has before any input adds to it, on the average of training."""

    def gains(self, row: Row, output: int) -> Gains:
        """What each input adds to an output, for the cells of all inputs."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Hands what cells add back to the inputs they are made of, in equal parts."""

    places: list[tuple[int, int, float]]
    inputs: int

    @classmethod
    def of(cls, sources: Sources, inputs: int) -> Self:
        """For cells of these sources, of so many inputs."""
        places = [(k, i, 1 / len(own)) for k, own in enumerate(sources) for i in own]
        return cls(places, inputs)

    def over(self, gains: Gains) -> list[float]:
        """What the inputs add."""
        total = [0.0] * self.inputs
        for cell, source, part in self.places:
            total[source] += gains[cell] * part
        return total


@dataclass(frozen=True, slots=True)
class Prepared:
    """The cells that a model adds up, and whose they are."""

    step: Step
    spread: Spread


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights times distances from the average cells of training; two classes have one sum."""

    prepared: Prepared
    coefficients: list[list[float]]
    intercepts: list[float]
    background: list[float]
    scale: str

    @property
    def work(self) -> int:
        return len(self.background)

    def base(self, output: int) -> float:
        k = self._sum(output)
        pairs = zip(self.coefficients[k], self.background, strict=True)
        return self.intercepts[k] + sum(weight * mean for weight, mean in pairs)

    def gains(self, row: Row, output: int) -> Gains:
        cells = self.prepared.step(row)
        terms = zip(self.coefficients[self._sum(output)], cells, self.background, strict=True)
        return self.prepared.spread.over([w * (cell - mean) for w, cell, mean in terms])

    def _sum(self, output: int) -> int:
        return output if len(self.intercepts) > 1 else 0


@dataclass(frozen=True, slots=True)
class Forested:
    """The sums of trees over a divisor, each from a start; two classes may have one sum."""

    prepared: Prepared
    trees: Trees
    starts: list[float]
    divisor: float
    scale: str
    work: int

    def base(self, output: int) -> float:
        k = self._sum(output)
        return self.starts[k] + self.trees.base(k) / self.divisor

    def gains(self, row: Row, output: int) -> Gains:
        gains = self.trees.explain(self.prepared.step(row), self._sum(output))
        return [gain / self.divisor for gain in self.prepared.spread.over(gains)]

    def _sum(self, output: int) -> int:
        return output if len(self.starts) > 1 else 0


@dataclass(frozen=True, slots=True)
class Vote:
    """The weighted mean of its members, all on one scale."""

    members: list[Member]
    weights: list[float]
    scale: str

    @property
    def work(self) -> int:
        return sum(member.work for member in self.members)

    def base(self, output: int) -> float:
        return self._mean([member.base(output) for member in self.members])

    def gains(self, row: Row, output: int) -> Gains:
        every = [member.gains(row, output) for member in self.members]
        return [self._mean(gains) for gains in zip(*every, strict=True)]

    def _mean(self, numbers: Sequence[float]) -> float:
        pairs = zip(numbers, self.weights, strict=True)
        return sum(number * weight for number, weight in pairs) / sum(self.weights)
