"""Explanations on their own: what they add up to, by enumeration of all coalitions."""

import math
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.layers.core.test_artifact import (
    EVALUATORS,
    GRAPH,
    NODES,
    artifact,
    forest,
    header,
    sealed,
)
from tidemill.artifact import Artifact, Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.artifact.explanation import Explanation
from tidemill.artifact.explanation.explainer import MOST_ROWS, MOST_WORK, Explainer, rows_for
from tidemill.artifact.explanation.quadrature import points
from tidemill.artifact.explanation.trees import MOST_DEPTH, read
from tidemill.artifact.forest import Forest
from tidemill.errors import ArtifactError, NotExplainableError

WIDTH = 5
MOST_NODES = 21
NUMBERS = st.floats(-3, 3, allow_subnormal=False)
COLOURS = {"codes": [["red", 0], ["blue", 1]], "missing": None, "unknown": None, "size": 2}
type Tree = list[tuple[float, int, int, int]]


def coalitions(players: Sequence[int]) -> list[tuple[int, ...]]:
    return [chosen for size in range(len(players) + 1) for chosen in combinations(players, size)]


def shapley(value: Callable[[frozenset[int]], float], players: int) -> list[float]:
    """The values of a game by its definition (Shapley, 1953), coalition by coalition."""
    found = []
    for player in range(players):
        others = [other for other in range(players) if other != player]
        total = 0.0
        for chosen in coalitions(others):
            weight = math.factorial(len(chosen)) * math.factorial(players - len(chosen) - 1)
            gain = value(frozenset(chosen) | {player}) - value(frozenset(chosen))
            total += weight / math.factorial(players) * gain
        found.append(total)
    return found


class Game:
    """A forest's sum where only some cells are known: rows of training stand for the others."""

    def __init__(self, spec: dict[str, Any], cells: Sequence[float], output: int) -> None:
        self.forest = Forest.read(spec, WIDTH)
        self.parts = self.forest.parts()
        self.cover, self.cells, self.output = spec["cover"], cells, output

    def __call__(self, known: frozenset[int]) -> float:
        starts = self.forest.starts[:-1]
        if not len(self.forest.values):
            starts = starts[self.output :: self.forest.outputs]
        return sum(self.below(start, known) for start in starts)

    def below(self, at: int, known: frozenset[int]) -> float:
        left = self.parts.lefts[4 * at + 2]
        if left == at:
            value, own = self.parts.values[2 * at], self.forest.values
            return own[int(value) * self.forest.outputs + self.output] if len(own) else value
        if self.parts.halves[8 * at + 6] in known:
            return self.below(self.forest.step(at, self.cells, self.parts), known)
        weights = self.cover[left], self.cover[left + 1]
        both = zip(weights, (left, left + 1), strict=True)
        return sum(weight * self.below(child, known) for weight, child in both) / sum(weights)


@st.composite
def trees(draw: st.DrawFn, first: int, leaf: st.SearchStrategy[float]) -> tuple[Tree, list[float]]:
    """One tree's nodes from a place on, and the rows at each; codes, and missing to any side."""
    rows, family = [60.0], [draw(st.booleans())]
    nodes: Tree = []
    while len(nodes) < len(rows):
        place = len(nodes)
        if not family[place]:
            nodes.append((draw(leaf), first + place, WIDTH, 0))
            continue
        flags, left = draw(st.integers(0, 3)), draw(st.floats(0.05, 0.95)) * rows[place]
        threshold = 0.0 if flags & 2 else draw(NUMBERS)
        nodes.append((threshold, first + len(rows), draw(st.integers(0, WIDTH - 1)), flags))
        rows += [left, rows[place] - left]
        family += [len(rows) < MOST_NODES and draw(st.booleans()) for _ in range(2)]
    return nodes, rows


@st.composite
def forests(draw: st.DrawFn) -> dict[str, Any]:
    """Trees over five cells; their leaves hold numbers, or places of rows of them."""
    outputs, shared = draw(st.integers(1, 3)), draw(st.booleans())
    leaf = st.integers(0, 2).map(float) if shared else NUMBERS
    starts, nodes, cover = [0], list[tuple[float, int, int, int]](), list[float]()
    for _ in range(outputs * draw(st.integers(1, 2))):
        own, rows = draw(trees(starts[-1], leaf))
        nodes += own
        cover += rows
        starts.append(len(nodes))
    values = [draw(NUMBERS) for _ in range(3 * outputs)] if shared else []
    more = {"outputs": outputs, "values": array("d", values), "starts": array("I", starts)}
    return forest(*nodes, **more) | {"cover": array("d", cover)}


CELL = st.one_of(NUMBERS, st.integers(-1, 2).map(float), st.just(math.nan))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(forests(), st.lists(CELL, min_size=WIDTH, max_size=WIDTH))
def test_trees_are_explained_as_enumeration_says(spec: dict[str, Any], cells: list[float]) -> None:
    """Both evaluators give the Shapley values of the game, and its value when nothing is known."""
    for output in range(spec["outputs"]):
        game = Game(spec, cells, output)
        expected = shapley(game, WIDTH)
        for compiled in (True, False):
            found = read(spec, Forest.read(spec, WIDTH), compiled=compiled)
            assert list(found.explain(cells, output)) == pytest.approx(expected, abs=1e-9)
            assert found.base(output) == pytest.approx(game(frozenset()), abs=1e-9)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 8, 16, 32, 64])
def test_quadrature_is_exact(count: int) -> None:
    """So many points integrate a polynomial of a degree below twice as many."""
    for degree in range(2 * count):
        found = math.fsum(weight * at**degree for at, weight in points(count))
        assert found == pytest.approx(1 / (degree + 1), abs=1e-14)


def chain(depth: int) -> dict[str, Any]:
    """A tree of so many splits in a row, on all cells in turn."""
    nodes = [
        leaf(k) if k % 2 or k == 2 * depth else (0.0, k + 1, k // 2 % WIDTH, 0)
        for k in range(2 * depth + 1)
    ]
    cover = array("d", range(len(nodes), 0, -1))
    return forest(*nodes, starts=array("I", [0, len(nodes)])) | {"cover": cover}


def leaf(place: int) -> tuple[float, int, int, int]:
    return (math.sin(place), place, WIDTH, 0)


@pytest.mark.parametrize("compiled", [True, False])
def test_depth_costs_no_digits_and_has_a_bound(compiled: bool) -> None:
    """Explained as deep as a tree may be; one that is deeper is refused by name."""
    cells = [1.0, 1.0, -1.0, 1.0, 1.0]
    spec = chain(MOST_DEPTH)
    found = read(spec, Forest.read(spec, WIDTH), compiled=compiled)
    assert list(found.explain(cells, 0)) == pytest.approx(shapley(Game(spec, cells, 0), WIDTH))
    spec = chain(MOST_DEPTH + 1)
    with pytest.raises(NotExplainableError, match="deeper than 128"):
        read(spec, Forest.read(spec, WIDTH), compiled=compiled)


@pytest.mark.parametrize("cover", [[], [1, 1, 1, 0, 1], [1, 1, 1, math.nan, 1]])
@pytest.mark.parametrize("compiled", [True, False])
def test_counts_that_do_not_fit_are_malformed(cover: list[float], compiled: bool) -> None:
    """One for each node, and none of them nothing."""
    spec = forest(*NODES) | {"cover": array("d", cover)}
    with pytest.raises(ArtifactError):
        read(spec, Forest.read(spec, 2), compiled=compiled)


LINEAR: dict[str, Any] = {
    "kind": "linear",
    "link": "identity",
    "steps": [
        {
            "kind": "columns",
            "parts": [
                {"take": [0, 1], "steps": [{"kind": "polynomial", "terms": [[0], [1], [0, 1]]}]},
                {"take": [2], "steps": [{"kind": "onehot", "columns": [COLOURS]}]},
            ],
        }
    ],
    "coefficients": [[1.0, 2.0, 0.5, 3.0, -1.0]],
    "intercepts": [10.0],
    "background": [1.0, 0.5, 0.25, 0.75, 0.25],
}
FEATURES = (
    Feature("a", "float"),
    Feature("b", "float"),
    Feature("colour", "category", ("red", "blue")),
    Feature("unused", "float"),
)
ROW: dict[str, Any] = {"a": 3.0, "b": 2.0, "colour": "blue"}


def explainer(model: dict[str, Any], classes: tuple[str, ...] = ()) -> Explainer:
    """The one of a model over two numbers and a category."""
    inputs = [["a", "number"], ["b", "number"], ["colour", "category"]]
    task = {0: "regression", 2: "binary"}.get(len(classes), "multiclass")
    about = Header("p", "d", "c", task, "y", classes, Signature(FEATURES), {})  # type: ignore[arg-type]
    data = pack(about.to_json(), {"inputs": inputs, "model": model})
    return Artifact.load(data).explainer


def test_cells_are_handed_back_to_their_fields() -> None:
    """Indicators to their category, a product to its factors in equal parts; others add nought."""
    found = explainer(LINEAR).explain(ROW, 21.0)
    product = 0.5 * (6 - 0.25)
    assert found == (
        "value",
        pytest.approx(10 + 1 + 1 + 0.125 + 2.25 - 0.25),
        pytest.approx(
            {
                "a": 1.0 * (3 - 1) + product / 2,
                "b": 2.0 * (2 - 0.5) + product / 2,
                "colour": 3.0 * (0 - 0.75) - 1.0 * (1 - 0.25),
                "unused": 0.0,
            }
        ),
        None,
    )
    assert found.base + sum(found.contributions.values()) == pytest.approx(19.0)


THREE = LINEAR | {
    "link": "softmax",
    "coefficients": [[float(k)] * 5 for k in range(3)],
    "intercepts": [0.0, 0.0, 0.0],
}
SIGMOID = {"kind": "sigmoid", "slope": 1.0, "shifts": [0.0, 0.0]}
LOGISTIC = LINEAR | {"link": "logistic"}
PAIR = {"kind": "vote", "weights": [1.0, 3.0]}


@pytest.mark.parametrize(
    ("model", "classes", "scale", "label"),
    [
        (LINEAR | {"link": "exp"}, (), "log_value", None),
        (LOGISTIC, ("no", "yes"), "log_odds", "yes"),
        (THREE, ("x", "y", "z"), "score", "z"),
        (PAIR | {"members": [LINEAR, LINEAR]}, (), "value", None),
        (PAIR | {"members": [LOGISTIC] * 2}, ("no", "yes"), "mean_log_odds", "yes"),
        (
            {"kind": "calibrated", "correction": SIGMOID, "model": LOGISTIC},
            ("no", "yes"),
            "uncalibrated_log_odds",
            "yes",
        ),
        (
            {"kind": "threshold", "threshold": 0.3, "model": LOGISTIC},
            ("no", "yes"),
            "log_odds",
            "yes",
        ),
    ],
)
def test_what_is_explained_is_named(
    model: dict[str, Any], classes: tuple[str, ...], scale: str, label: str | None
) -> None:
    """The scale that is added up on, and the class: the second of two, else the one answered."""
    found = explainer(model, classes).explain(ROW, classes[-1] if classes else 1.0)
    assert (found.of, found.label) == (scale, label)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({k: v for k, v in LINEAR.items() if k != "background"}, "train it again"),
        (PAIR | {"members": [LINEAR, LINEAR | {"link": "exp"}]}, "log_value, value"),
    ],
)
def test_what_has_no_exact_parts_is_refused(model: dict[str, Any], says: str) -> None:
    """The reason is named."""
    with pytest.raises(NotExplainableError, match=says):
        explainer(model)


def test_trees_from_before_there_were_explanations_answer_as_ever() -> None:
    """Only to explain them, training has to count rows."""
    older = artifact()
    assert older.predict_one({"size": 0.0}).value == 11.0
    with pytest.raises(NotExplainableError, match="train it again"):
        _ = older.explainer


def test_numbers_beyond_all_floats_are_not_given() -> None:
    """Sooner a fault than a contribution that JSON cannot hold."""
    with pytest.raises(ArtifactError, match="not finite"):
        explainer(LINEAR).explain(ROW | {"a": 1e308, "b": 1e308}, 1.0)


COUNTED = GRAPH | {
    "model": GRAPH["model"] | {"forest": forest(*NODES) | {"cover": array("I", [9, 4, 5, 2, 3])}}
}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_byte_leads_an_explainer_astray(data: st.DataObject) -> None:
    """Whatever is written into a sealed file, it is refused, or explained by both alike."""
    whole = bytearray(pack(header().to_json(), COUNTED))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(64, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    found: list[Explanation] = []
    for evaluator in EVALUATORS:
        with suppress(ArtifactError, NotExplainableError):
            loaded = Artifact.load(sealed(bytes(whole)), evaluator)
            found.append(loaded.explainer.explain({"size": 1.0, "colour": "blue"}, 12.0))
    if found:
        kernel, reference = found
        gains = list(kernel.contributions.values())
        near = 1e-9 * max(1.0, *map(abs, gains))
        assert gains == pytest.approx(list(reference.contributions.values()), abs=near)
        assert kernel.base == pytest.approx(reference.base, rel=1e-9, abs=near)


@pytest.mark.parametrize(
    "changed", [{"background": [1.0]}, {"background": None}, {"background": ["x"] * 5}]
)
def test_averages_that_do_not_fit_are_malformed(changed: dict[str, Any]) -> None:
    """One number for each cell that is weighed."""
    with pytest.raises(ArtifactError):
        explainer(LINEAR | changed)


def test_the_number_of_rows_follows_the_work() -> None:
    """A thousand, fewer of larger models, and never none."""
    assert [rows_for(work) for work in (0, MOST_WORK // 7, 3 * MOST_WORK)] == [MOST_ROWS, 7, 1]
    assert explainer(LINEAR).most_rows == MOST_ROWS
