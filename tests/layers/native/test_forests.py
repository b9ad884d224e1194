"""Forests for many rows: whatever they hold, they answer as the pure-Python evaluator does."""

import math
import struct
from array import array
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tidemill.artifact import Artifact, Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.artifact.model import Evaluator

WIDTH = 3
NAMES = [f"n{k}" for k in range(WIDTH)]
EVALUATORS: tuple[Evaluator, ...] = ("kernel", "python")
type Node = tuple[float, int, int, int]


def near(number: float) -> list[float]:
    """A number and its neighbours, as floats of 64 and of 32 bits."""
    (single,) = struct.unpack("f", struct.pack("f", number))
    found = [number, math.nextafter(number, 9), single, math.nextafter(single, -9)]
    return found + [single + sign * 2.0**-23 for sign in (-1, 1)]


@st.composite
def trees(draw: st.DrawFn) -> list[Node]:
    """One tree of a few splits, children side by side and behind their parents."""
    nodes: list[Node] = [(0.0, 0, WIDTH, 0)]
    for _ in range(draw(st.integers(1, 12))):
        leaf = draw(st.sampled_from([k for k, node in enumerate(nodes) if node[1] == k]))
        cut = draw(st.floats(-2, 2) | st.sampled_from([0.1, 1e39, -1e39, 1e-46]))
        feature, flag = draw(st.integers(0, WIDTH - 1)), draw(st.integers(0, 1))
        nodes[leaf] = (cut, len(nodes), feature, flag)
        nodes += [(0.0, len(nodes), WIDTH, 0), (1.0, len(nodes) + 1, WIDTH, 0)]
    places = st.integers(0, 3)
    return [
        (float(draw(places)), *node[1:]) if node[1] == k else node for k, node in enumerate(nodes)
    ]


def loaded(forest: list[list[Node]], evaluator: Evaluator, *, singles: bool) -> Artifact:
    """The mean of the trees' rows of two values."""
    starts, nodes = array("I", [0]), b""
    for tree in forest:
        first = starts[-1]
        for value, left, feature, flags in tree:
            nodes += struct.pack("<dIHH", value, first + left, feature, flags)
        starts.append(first + len(tree))
    values = array("d", [0.1, 0.9, 0.25, 0.75, 1 / 3, 2 / 3, 1.0, 0.0])
    spec = {"nodes": array("B", nodes), "starts": starts, "outputs": 2, "values": values}
    steps = [{"kind": "single"}] if singles else []
    model = {"kind": "mean", "steps": steps, "forest": spec | {"sets": array("I")}}
    signature = Signature(tuple(Feature(name, "float") for name in NAMES))
    header = Header("p", "d", "c", "binary", "y", (0, 1), signature, {})
    graph: dict[str, Any] = {"inputs": [[name, "number"] for name in NAMES], "model": model}
    return Artifact.load(pack(header.to_json(), graph), evaluator)


@settings(max_examples=100, deadline=None)
@given(st.lists(trees(), min_size=1, max_size=4), st.booleans(), st.data())
def test_many_rows_are_answered_alike(
    forest: list[list[Node]], singles: bool, data: st.DataObject
) -> None:
    """On, beside and far from every threshold, and where nothing is given, at any count of rows."""
    cells = [None, 0.0, -0.0, 1e300, -1e300, 3e38]
    cells += [cell for tree in forest for node in tree for cell in near(min(max(node[0], -2), 2))]
    count = data.draw(st.sampled_from([1, 31, 32, 33, 64, 2049, 4100]))
    some = data.draw(
        st.lists(st.tuples(*[st.sampled_from(cells)] * WIDTH), min_size=1, max_size=40)
    )
    rows = [dict(zip(NAMES, some[k % len(some)], strict=True)) for k in range(count)]
    ours, theirs = (loaded(forest, evaluator, singles=singles) for evaluator in EVALUATORS)
    assert (ours.evaluator, theirs.evaluator) == EVALUATORS
    few = theirs.predict(rows[: len(some)])
    assert ours.predict(rows) == [few[k % len(some)] for k in range(count)]
