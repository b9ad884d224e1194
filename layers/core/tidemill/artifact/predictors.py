"""Fitted models: a row of inputs in, one output per class (or one number) and the winner out."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from tidemill.artifact.exponential import exponential
from tidemill.artifact.forest import Forest
from tidemill.artifact.steps import Row, Step, build_all
from tidemill.errors import ArtifactError

LARGEST = 709.0


class Outcome(NamedTuple):
    """`outputs` is one number for regression, else a probability per class; `winner` indexes it."""

    outputs: list[float]
    winner: int


class Predictor(Protocol):
    """What a graph's model node becomes; `size` is the length of its outputs."""

    @property
    def size(self) -> int: ...

    def predict(self, row: Row) -> Outcome: ...


class Linear(NamedTuple):
    """Preprocess, then a weighted sum per output, added up from left to right."""

    step: Step
    coefficients: list[list[float]]
    intercepts: list[float]
    link: Callable[[list[float]], Outcome]
    size: int

    def predict(self, row: Row) -> Outcome:
        cells = self.step(row)
        raw = []
        for weights, intercept in zip(self.coefficients, self.intercepts, strict=True):
            total = 0.0
            for weight, cell in zip(weights, cells, strict=True):
                total += weight * cell
            raw.append(total + intercept)
        return self.link(raw)


class Boosting(NamedTuple):
    """Preprocess, then leaves added to the baseline in the order the trees were grown."""

    step: Step
    baseline: list[float]
    forest: Forest
    link: Callable[[list[float]], Outcome]
    size: int

    def predict(self, row: Row) -> Outcome:
        raw = list(self.baseline)
        self.forest.add(self.step(row), raw)
        return self.link(raw)


class Mean(NamedTuple):
    """Preprocess, then the mean of the trees' leaves, added up in the order they were grown."""

    step: Step
    forest: Forest
    size: int

    def predict(self, row: Row) -> Outcome:
        totals = [0.0] * self.size
        self.forest.add(self.step(row), totals)
        outputs = [total / self.forest.trees for total in totals]
        return Outcome(outputs, outputs.index(max(outputs)))


class Vote(NamedTuple):
    """The weighted mean of its members' outputs, summed in member order."""

    members: list[Predictor]
    weights: list[float]
    size: int

    def predict(self, row: Row) -> Outcome:
        every = [member.predict(row).outputs for member in self.members]
        outputs = []
        for k in range(self.size):
            total = every[0][k] * self.weights[0]
            for member, weight in zip(every[1:], self.weights[1:], strict=True):
                total += member[k] * weight
            outputs.append(total / sum(self.weights))
        return Outcome(outputs, outputs.index(max(outputs)))


def build(spec: dict[str, Any], width: int) -> Predictor:
    """The predictor a model node describes, for rows of `width` inputs."""
    builders = {"linear": _linear, "boosting": _boosting, "mean": _mean, "vote": _vote}
    builder = builders.get(spec["kind"])
    if builder is None:
        raise ArtifactError(f"the artifact has a model of unknown kind {spec['kind']!r}")
    return builder(spec, width)


def _linear(spec: dict[str, Any], width: int) -> Predictor:
    step, made = build_all(spec["steps"], width)
    coefficients = [[float(c) for c in row] for row in spec["coefficients"]]
    intercepts = [float(i) for i in spec["intercepts"]]
    if len(coefficients) != len(intercepts) or any(len(row) != made for row in coefficients):
        raise ArtifactError("a linear model's coefficients do not fit its inputs")
    return Linear(step, coefficients, intercepts, *_link(spec["link"], len(intercepts)))


def _boosting(spec: dict[str, Any], width: int) -> Predictor:
    step, made = build_all(spec["steps"], width)
    baseline = [float(b) for b in spec["baseline"]]
    forest = Forest.read(spec["forest"], made)
    if forest.outputs != len(baseline) or len(forest.values):
        raise ArtifactError("a boosting model has not one number per leaf and output")
    return Boosting(step, baseline, forest, *_link(spec["link"], len(baseline)))


def _mean(spec: dict[str, Any], width: int) -> Predictor:
    step, made = build_all(spec["steps"], width)
    forest = Forest.read(spec["forest"], made)
    if not len(forest.values) and forest.outputs != 1:
        raise ArtifactError("a mean of trees has several outputs, but no rows of values")
    return Mean(step, forest, forest.outputs)


def _vote(spec: dict[str, Any], width: int) -> Predictor:
    members = [build(member, width) for member in spec["members"]]
    weights = [float(w) for w in spec["weights"]]
    sizes = {member.size for member in members}
    if len(sizes) != 1 or len(weights) != len(members) or min(weights) <= 0:
        raise ArtifactError("a vote's members or weights do not fit together")
    return Vote(members, weights, sizes.pop())


def _link(name: str, width: int) -> tuple[Callable[[list[float]], Outcome], int]:
    if (name == "softmax") != (width > 1):
        raise ArtifactError(f"link {name!r} does not fit {width} raw outputs")
    links = {
        "identity": (_identity, 1),
        "exp": (_exp, 1),
        "logistic": (_logistic, 2),
        "softmax": (_softmax, width),
    }
    return links[name]


def _identity(raw: list[float]) -> Outcome:
    return Outcome(raw, 0)


def _exp(raw: list[float]) -> Outcome:
    """Of what boosting with a logarithmic link adds up; a float holds e^LARGEST, and no more."""
    return Outcome([exponential(min(raw[0], LARGEST))], 0)


def _logistic(raw: list[float]) -> Outcome:
    score = raw[0]
    power = exponential(-abs(score))
    positive = (1.0 if score >= 0 else power) / (1.0 + power)
    return Outcome([1.0 - positive, positive], int(score > 0))


def _softmax(raw: list[float]) -> Outcome:
    top = max(raw)
    powers = [exponential(score - top) for score in raw]
    total = 0.0
    for power in powers:  # not sum(), which compensates
        total += power
    return Outcome([power / total for power in powers], raw.index(top))
