"""The artifact on its own: what it refuses, and what it answers, with no training library."""

import ast
import gzip
import json
import math
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import tidemill.artifact
from tidemill.artifact import Artifact, Feature, Header, Scalar, Signature
from tidemill.artifact.document import pack
from tidemill.artifact.signature import Task
from tidemill.errors import ArtifactError

FEATURES = (Feature("size", "float"), Feature("colour", "category", ("red", "blue")))
LEAF = {"feature": -1, "threshold": 0, "left": 0, "right": 0, "missing_left": 0}
GRAPH: dict[str, Any] = {
    "inputs": [["size", "number"], ["colour", "category"]],
    "model": {
        "kind": "boosting",
        "link": "identity",
        "baseline": [10.0],
        "steps": [
            {
                "kind": "columns",
                "parts": [
                    {"take": [0], "steps": []},
                    {
                        "take": [1],
                        "steps": [
                            {
                                "kind": "ordinal",
                                "columns": [
                                    {
                                        "codes": [["red", 0], ["blue", 1]],
                                        "missing": None,
                                        "unknown": None,
                                    }
                                ],
                            }
                        ],
                    },
                ],
            }
        ],
        "rounds": [
            [
                {
                    "feature": [0, -1, 1, -1, -1],
                    "threshold": [0.5, 0, 0, 0, 0],
                    "left": [1, 0, 3, 0, 0],
                    "right": [2, 0, 4, 0, 0],
                    "missing_left": [1, 0, 0, 0, 0],
                    "value": [0, 1.0, 0, 2.0, 3.0],
                    "categories": {"2": [1]},
                }
            ]
        ],
    },
}


def header(task: Task = "regression", classes: tuple[Scalar, ...] = ()) -> Header:
    return Header("p", "d1", "c1", task, "y", classes, Signature(FEATURES), {"python": "3.13"})


def artifact(graph: dict[str, Any] = GRAPH, of: Header | None = None) -> Artifact:
    return Artifact.load(pack((of or header()).to_json(), graph))


def logistic(classes: tuple[Scalar, ...]) -> Artifact:
    model = {"kind": "linear", "steps": [], "coefficients": [[1.0]], "intercepts": [0.0]}
    graph = {"inputs": [["size", "number"]], "model": model | {"link": "logistic"}}
    return artifact(graph, header("binary", classes))


@pytest.mark.parametrize(
    ("row", "value"),
    [
        ({"size": 0.5, "colour": "red"}, 11.0),
        ({"size": math.nextafter(0.5, 1), "colour": "red"}, 13.0),
        ({"size": 1.0, "colour": "blue"}, 12.0),
        ({"size": 1, "colour": "blue"}, 12.0),
        ({"size": 1.0, "colour": "unheard of"}, 13.0),
        ({"size": 1.0, "colour": None}, 13.0),
        ({"size": None, "colour": "red"}, 11.0),
        ({"size": math.nan}, 11.0),
        ({}, 11.0),
    ],
)
def test_tree_routes_values_and_absence(row: dict[str, Any], value: float) -> None:
    """Thresholds belong to the left; missing and unknown go where training sent the missing."""
    assert artifact().predict([row])[0].value == value


def test_rows_are_answered_in_order() -> None:
    """Predictions line up with rows, and no rows give none."""
    rows: list[dict[str, Any]] = [{"size": 1.0, "colour": "blue"}, {"size": 0.0}]
    assert [answer.value for answer in artifact().predict(rows)] == [12.0, 11.0]
    assert artifact().predict([]) == []


def test_labels_keep_their_type() -> None:
    """Labels come back typed, probabilities under the label's JSON spelling."""
    answer = logistic((False, True)).predict([{"size": 2.0}])[0]
    assert answer.value is True
    assert answer.probabilities is not None
    assert answer.probabilities["true"] == pytest.approx(1 / (1 + math.exp(-2)), abs=1e-15)


@pytest.mark.parametrize("size", [800.0, -800.0, 1e308])
def test_extreme_scores_do_not_overflow(size: float) -> None:
    """A score beyond the exponential's range is a probability of nought or one."""
    answer = logistic((0, 1)).predict([{"size": size}])[0]
    assert answer.value == int(size > 0)
    assert answer.probabilities == {"0": float(size < 0), "1": float(size > 0)}


def test_header_survives_the_round_trip() -> None:
    """What was packed is what is read."""
    assert artifact().header == header()
    assert artifact().signature.names == ("size", "colour")


def test_equal_models_have_equal_bytes() -> None:
    """Packing is deterministic, so an artifact can be addressed by its content."""
    assert pack(header().to_json(), GRAPH) == pack(header().to_json(), deepcopy(GRAPH))


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"not gzip",
        lambda data: data[:-9],
        lambda data: data + b"x",
        lambda data: gzip.compress(gzip.decompress(data).replace(b"10.0", b"11.0")),
        lambda data: gzip.compress(gzip.decompress(data).replace(b'"d1"', b'"d2"')),
        lambda data: gzip.compress(gzip.decompress(data).replace(b"tidemill/1", b"tidemill/9")),
        lambda _: gzip.compress(b"[]"),
        lambda _: gzip.compress(b"[" * 100_000),
    ],
)
def test_damage_is_refused(damage: Callable[[bytes], bytes]) -> None:
    """A cut, padded, edited or foreign file is an ArtifactError, header included."""
    with pytest.raises(ArtifactError):
        Artifact.load(damage(pack(header().to_json(), GRAPH)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("inputs", 0, 0), "stranger"),
        (("model", "kind"), "pickle"),
        (("model", "link"), "softmax"),
        (("model", "link"), "logistic"),
        (("model", "baseline"), [1.0, 2.0]),
        (("model", "rounds", 0, 0, "feature"), [9, -1, 1, -1, -1]),
        (("model", "rounds", 0, 0, "left"), [0, 0, 3, 0, 0]),
        (("model", "rounds", 0, 0, "right"), [2, 0, 99, 0, 0]),
        (("model", "rounds", 0, 0, "threshold"), []),
        (("model", "steps", 0, "kind"), "eval"),
        (("model", "steps", 0, "parts", 1, "take"), [7]),
        (("model", "steps", 0, "parts", 1, "steps", 0, "columns"), []),
        (("model",), None),
    ],
)
def test_malformed_graph_is_refused_at_load(path: tuple[Any, ...], value: object) -> None:
    """A sealed graph that cannot be evaluated fails when it is loaded, not when it is asked."""
    graph: Any = deepcopy(GRAPH)
    spot = graph
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    with pytest.raises(ArtifactError):
        artifact(graph)


def test_header_with_an_unknown_field_is_refused() -> None:
    """A header of another shape is not guessed at."""
    with pytest.raises(ArtifactError):
        Artifact.load(pack(header().to_json() | {"extra": 1}, GRAPH))


def test_evaluator_needs_only_the_standard_library() -> None:
    """Nothing under the artifact package imports a third party."""
    folder = Path(tidemill.artifact.__file__).parent
    allowed = {*sys.stdlib_module_names, "tidemill"}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] in allowed
            elif isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed


def test_document_is_plain_json() -> None:
    """The format can be read with zcat and a JSON parser: a seal, then the document."""
    seal, document = gzip.decompress(pack(header().to_json(), GRAPH)).split(b"\n")
    assert json.loads(seal)["format"] == "tidemill/1"
    assert json.loads(document)["header"]["target"] == "y"
