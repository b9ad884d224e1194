"""Model nodes as the kernel's operations: of each kind in `predictors`, the same arithmetic."""

from collections.abc import Callable, Sequence

from tidemill.artifact.cells import Category, Cell, Number, Spec
from tidemill.artifact.forest import Forest
from tidemill.artifact.lowered_steps import lower_all
from tidemill.artifact.lowering import Code, Lowering, NotLoweredError, Program

type Outputs = tuple[int, int, int]  # the first slot, how many there are, the winner's slot


def lower(model: Spec, categories: Sequence[bool]) -> Program:
    """The program of a model node that has been built; NotLoweredError where it has none."""
    low = Lowering(len(categories))
    cells: list[Cell] = [
        Category(k) if category else Number(k) for k, category in enumerate(categories)
    ]
    first, _, winner = _lower(model, cells, low)
    return low.finish(categories, first, winner)


def _lower(spec: Spec, cells: list[Cell], low: Lowering) -> Outputs:
    lowered = LOWERED.get(spec["kind"])
    if lowered is None:
        raise NotLoweredError(f"a model of kind {spec['kind']!r}")
    return lowered(spec, cells, low)


def _linear(spec: Spec, cells: list[Cell], low: Lowering) -> Outputs:
    cells = lower_all(spec["steps"], cells, low)
    sums = low.weigh(cells, spec["coefficients"])
    first = low.take(len(spec["intercepts"]))
    for k, intercept in enumerate(spec["intercepts"]):
        low.emit(Code.ADD, first + k, sums + k, x=float(intercept))
    return _link(spec["link"], first, len(spec["intercepts"]), low)


def _boosting(spec: Spec, cells: list[Cell], low: Lowering) -> Outputs:
    cells = lower_all(spec["steps"], cells, low)
    count = len(spec["baseline"])
    first = low.take(count)
    for k, value in enumerate(spec["baseline"]):
        low.emit(Code.CONSTANT, first + k, x=float(value))
    low.grow(Forest.read(spec["forest"], len(cells)), cells, first)
    return _link(spec["link"], first, count, low)


def _mean(spec: Spec, cells: list[Cell], low: Lowering) -> Outputs:
    cells = lower_all(spec["steps"], cells, low)
    forest = Forest.read(spec["forest"], len(cells))
    totals = low.take(forest.outputs)
    for k in range(forest.outputs):
        low.emit(Code.CONSTANT, totals + k)
    low.grow(forest, cells, totals)
    return _over(totals, forest.outputs, float(forest.trees), low)


def _vote(spec: Spec, cells: list[Cell], low: Lowering) -> Outputs:
    members = [_lower(member, cells, low) for member in spec["members"]]
    weights = [float(weight) for weight in spec["weights"]]
    size = members[0][1]
    totals = low.take(size)
    for k in range(size):
        low.emit(Code.TIMES, totals + k, members[0][0] + k, x=weights[0])
        for (first, _, _), weight in zip(members[1:], weights[1:], strict=True):
            low.emit(Code.ACCUMULATE, totals + k, first + k, x=weight)
    return _over(totals, size, sum(weights), low)


def _over(totals: int, size: int, divisor: float, low: Lowering) -> Outputs:
    first = low.take(size)
    for k in range(size):
        low.emit(Code.OVER, first + k, totals + k, x=divisor)
    winner = low.take()
    low.emit(Code.GREATEST, winner, first, count=size)
    return first, size, winner


def _link(name: str, first: int, count: int, low: Lowering) -> Outputs:
    if name == "identity":
        return first, 1, first
    size = 2 if name == "logistic" else count
    code = {"logistic": Code.LOGISTIC, "softmax": Code.SOFTMAX}.get(name)
    if code is None:
        raise NotLoweredError(f"a link of kind {name!r}")
    target, winner = low.take(size), low.take()
    low.emit(code, target, first, place=winner, count=size)
    return target, size, winner


LOWERED: dict[str, Callable[[Spec, list[Cell], Lowering], Outputs]] = {
    "linear": _linear,
    "boosting": _boosting,
    "mean": _mean,
    "vote": _vote,
}
