"""Model nodes as the kernel's operations: of each kind in `predictors`, the same arithmetic."""

from collections.abc import Callable
from typing import Any

from tidemill.artifact.calibration import DOUBT, SMALLEST
from tidemill.artifact.cells import Category, Cell, Number, Spec, Text
from tidemill.artifact.decision import least
from tidemill.artifact.forest import Forest
from tidemill.artifact.lowered_steps import lower_all
from tidemill.artifact.lowering import Lowering
from tidemill.artifact.operations import Code, Input, NotLoweredError, Program
from tidemill.artifact.predictors import LARGEST
from tidemill.artifact.reading import read_seconds

type Outputs = tuple[int, int, int]  # the first slot, how many there are, the winner's slot


def lower(graph: dict[str, Any]) -> Program:
    """The program of a graph that has been built; NotLoweredError where it has none."""
    low = Lowering([str(name) for name, _ in graph["inputs"]])
    cells: list[Cell] = []
    for k, (name, kind) in enumerate(graph["inputs"]):
        if kind == "text":
            cells.append(Text(k))
        elif kind == "category":
            cells.append(Category(k))
            low.learn(k, ())
            low.readers.append(Input(name, k, vocabulary=low.texts[k]))
        else:
            cells.append(Number(k))
            reader = read_seconds if kind == "timestamp" else None
            low.readers.append(Input(name, k, reader=reader))
    cells = lower_all(graph.get("reading", ()), cells, low)
    first, _, winner = _lower(graph["model"], cells, low)
    return low.finish(first, winner)


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


def _calibrated(spec: Spec, cells: list[Cell], low: Lowering) -> Outputs:
    first, size, _ = _lower(spec["model"], cells, low)
    corrected = {"sigmoid": _sigmoid, "isotonic": _isotonic}[spec["correction"]["kind"]](
        spec["correction"], first, size, low
    )
    winner = low.take()
    low.emit(Code.GREATEST, winner, corrected, count=size)
    return corrected, size, winner


def _sigmoid(spec: Spec, first: int, size: int, low: Lowering) -> int:
    raw = low.take(size)
    for k, shift in enumerate(spec["shifts"]):
        if size == 2 and k == 0:
            negative = low.made(Code.TIMES, first + 1, -1.0)
            log = low.made(Code.LOGARITHM, low.made(Code.ADD, negative.slot, 1.0 + DOUBT).slot)
        else:
            least = low.made(Code.AT_LEAST, first + k, SMALLEST)
            log = low.made(Code.LOGARITHM, least.slot)
        stretched = low.made(Code.TIMES, log.slot, float(spec["slope"]))
        low.emit(Code.ADD, raw + k, stretched.slot, x=float(shift))
    target, winner = low.take(size), low.take()
    low.emit(Code.SOFTMAX, target, raw, place=winner, count=size)
    return target


def _isotonic(spec: Spec, first: int, size: int, low: Lowering) -> int:
    target = low.take(size)
    if size == 2:
        _along(spec["curves"][0], target + 1, first + 1, low)
        negative = low.made(Code.TIMES, target + 1, -1.0)
        low.emit(Code.ADD, target, negative.slot, x=1.0)
        return target
    for k, curve in enumerate(spec["curves"]):
        _along(curve, target + k, first + k, low)
    low.emit(Code.SHARES, target, target, count=size)
    return target


def _along(curve: Any, target: int, source: int, low: Lowering) -> None:  # noqa: ANN401 - JSON
    knots = [*map(float, curve[0]), *map(float, curve[1])]
    low.emit(Code.ALONG, target, source, x=float(len(curve[0])), table=lambda _: knots)


def _threshold(spec: Spec, cells: list[Cell], low: Lowering) -> Outputs:
    first, size, _ = _lower(spec["model"], cells, low)
    winner = low.take()
    low.emit(Code.REACHES, winner, first + 1, x=least(float(spec["threshold"])))
    return first, size, winner


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
    if name == "exp":
        bounded = low.made(Code.AT_MOST, first, LARGEST)
        target = low.made(Code.EXPONENTIAL, bounded.slot).slot
        return target, 1, target
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
    "calibrated": _calibrated,
    "threshold": _threshold,
}
