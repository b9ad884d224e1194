"""The artifact on its own: what it refuses, and what it answers, with no training library."""

import ast
import gzip
import hashlib
import json
import math
import struct
import sys
from array import array
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tidemill.artifact
from tidemill.artifact import Artifact, Feature, Header, Scalar, Signature
from tidemill.artifact.document import pack, unpack
from tidemill.artifact.model import Evaluator
from tidemill.artifact.signature import Task
from tidemill.errors import ArtifactError

EVALUATORS: tuple[Evaluator, ...] = ("kernel", "python")
FEATURES = (Feature("size", "float"), Feature("colour", "category", ("red", "blue")))
SET = [0b10, 0, 0, 0, 0, 0, 0, 0]  # blue
NODES = (
    (0.5, 1, 0, 1),
    (1.0, 1, 2, 0),
    (0.0, 3, 1, 2),
    (2.0, 3, 2, 0),
    (3.0, 4, 2, 0),
)
CODES = {"codes": [["red", 0], ["blue", 1]], "missing": None, "unknown": None}


def forest(*nodes: tuple[float, int, int, int], **more: object) -> dict[str, Any]:
    """Trees of nodes: value, left child, feature, flags."""
    laid_out = array("B", b"".join(struct.pack("<dIHH", *node) for node in nodes))
    spec = {"nodes": laid_out, "starts": array("I", [0, len(nodes)]), "outputs": 1}
    return spec | {"sets": array("I", SET), "values": array("d")} | more


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
                    {"take": [1], "steps": [{"kind": "ordinal", "columns": [CODES]}]},
                ],
            }
        ],
        "forest": forest(*NODES),
    },
}


def header(task: Task = "regression", classes: tuple[Scalar, ...] = ()) -> Header:
    return Header("p", "d1", "c1", task, "y", classes, Signature(FEATURES), {"python": "3.13"})


@pytest.fixture(params=["kernel", "python"])
def evaluator(request: pytest.FixtureRequest) -> Evaluator:
    """Each of the two that must answer alike."""
    found: Evaluator = request.param
    return found


def artifact(
    graph: dict[str, Any] = GRAPH, of: Header | None = None, evaluator: Evaluator = "kernel"
) -> Artifact:
    loaded = Artifact.load(pack((of or header()).to_json(), graph), evaluator)
    assert loaded.evaluator == evaluator
    return loaded


def logistic(classes: tuple[Scalar, ...], evaluator: Evaluator = "kernel") -> Artifact:
    model = {"kind": "linear", "steps": [], "coefficients": [[1.0]], "intercepts": [0.0]}
    graph = {"inputs": [["size", "number"]], "model": model | {"link": "logistic"}}
    return artifact(graph, header("binary", classes), evaluator)


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
def test_tree_routes_values_and_absence(
    row: dict[str, Any], value: float, evaluator: Evaluator
) -> None:
    """Thresholds belong to the left; missing and unknown go where training sent the missing."""
    loaded = artifact(evaluator=evaluator)
    assert loaded.predict([row])[0].value == value
    assert loaded.predict_one(row).value == value
    assert {answer.value for answer in loaded.predict([row] * 300)} == {value}


def test_rows_are_answered_in_order(evaluator: Evaluator) -> None:
    """Predictions line up with rows, and no rows give none."""
    rows: list[dict[str, Any]] = [{"size": 1.0, "colour": "blue"}, {"size": 0.0}]
    assert [answer.value for answer in artifact(evaluator=evaluator).predict(rows)] == [12.0, 11.0]
    assert artifact(evaluator=evaluator).predict([]) == []


def test_labels_keep_their_type(evaluator: Evaluator) -> None:
    """Labels come back typed, probabilities under the label's JSON spelling."""
    answer = logistic((False, True), evaluator).predict([{"size": 2.0}])[0]
    assert answer.value is True
    assert answer.probabilities is not None
    assert answer.probabilities["true"] == pytest.approx(1 / (1 + math.exp(-2)), abs=1e-15)


@pytest.mark.parametrize("size", [800.0, -800.0, 1e308])
def test_extreme_scores_do_not_overflow(size: float, evaluator: Evaluator) -> None:
    """A score beyond the exponential's range is a probability of nought or one."""
    answer = logistic((0, 1), evaluator).predict([{"size": size}])[0]
    assert answer.value == int(size > 0)
    assert answer.probabilities == {"0": float(size < 0), "1": float(size > 0)}


def test_header_survives_the_round_trip() -> None:
    """What was packed is what is read."""
    assert artifact().header == header()
    assert artifact().signature.names == ("size", "colour")


def test_equal_models_have_equal_bytes() -> None:
    """Packing is deterministic, so an artifact can be addressed by its content."""
    assert pack(header().to_json(), GRAPH) == pack(header().to_json(), deepcopy(GRAPH))


def sealed(data: bytes) -> bytes:
    """The same bytes with a digest that fits them."""
    return data[:32] + hashlib.sha256(data[:32] + data[64:]).digest() + data[64:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: b"not an artifact" * 10,
        lambda data: data[:-9],
        lambda data: data + b"x",
        lambda data: data[:20] + b"\xff" + data[21:],
        lambda data: data.replace(b"10.0", b"11.0"),
        lambda data: data.replace(b'"d1"', b'"d2"'),
        lambda data: data.replace(b"tidemill/2", b"tidemill/9"),
        lambda data: sealed(data.replace(b'["u8",0', b'["u8",1')),
        lambda data: sealed(data.replace(b'["u8",0,80', b'["u8",0,99')),
        lambda data: sealed(data.replace(b'{"block":1}', b'{"block":9}')),
        lambda data: sealed(data[:64] + b"[" * 100 + data[164:]),
    ],
)
def test_damage_is_refused(damage: Callable[[bytes], bytes], evaluator: Evaluator) -> None:
    """A cut, padded, edited or foreign file is an ArtifactError, header included."""
    whole = pack(header().to_json(), GRAPH)
    assert sealed(whole) == whole != damage(whole)
    with pytest.raises(ArtifactError):
        Artifact.load(damage(whole), evaluator)


def test_a_file_of_the_first_format_is_named() -> None:
    """What was stored as `tidemill/1` was gzip; the error says so, and what to do."""
    with pytest.raises(ArtifactError, match=r"'tidemill/1'.*train the pipeline again"):
        Artifact.load(gzip.compress(b'{"format": "tidemill/1"}'))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_byte_leads_an_evaluator_astray(data: st.DataObject) -> None:
    """Whatever is written into a sealed file, it is refused, or answers, and both answer alike."""
    whole = bytearray(pack(header().to_json(), GRAPH))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(64, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    loaded: list[Artifact] = []
    for evaluator in EVALUATORS:
        with suppress(ArtifactError):
            loaded.append(Artifact.load(sealed(bytes(whole)), evaluator))
    rows: list[dict[str, Any]] = [{"size": 1.0, "colour": "blue"}, {"size": 0.0}, {}] * 20
    if loaded:
        kernel, reference = loaded
        assert repr(kernel.predict(rows)) == repr(reference.predict(rows))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("inputs", 0, 0), "stranger"),
        (("model", "kind"), "pickle"),
        (("model", "link"), "softmax"),
        (("model", "link"), "logistic"),
        (("model", "baseline"), [1.0, 2.0]),
        (("model", "forest"), forest((0.5, 1, 9, 0), *NODES[1:])),
        (("model", "forest"), forest((0.5, 4, 0, 0), *NODES[1:])),
        (("model", "forest"), forest((0.5, 0, 0, 0), *NODES[1:])),
        (("model", "forest"), forest(*NODES[:2], (0.0, 1, 1, 0), *NODES[3:])),
        (("model", "forest"), forest(*NODES[:2], (1.0, 3, 1, 2), *NODES[3:])),
        (("model", "forest"), forest(*NODES[:2], (0.0, 3, 1, 4), *NODES[3:])),
        (("model", "forest"), forest(*NODES[:4], (math.nan, 4, 2, 0))),
        (("model", "forest"), forest(*NODES, starts=array("I", [0, 9]))),
        (("model", "forest"), forest(*NODES, starts=array("I", [0, 3, 3, 5]))),
        (("model", "forest"), forest(*NODES, outputs=2)),
        (("model", "forest"), forest(*NODES, values=array("d", [1.0]))),
        (("model", "forest", "nodes"), array("B", [0] * 9)),
        (("model", "forest"), None),
        (("model", "steps", 0, "kind"), "eval"),
        (("model", "steps", 0, "parts", 1, "take"), [7]),
        (("model", "steps", 0, "parts", 1, "steps", 0, "columns"), []),
        (("model",), None),
    ],
)
def test_malformed_graph_is_refused_at_load(
    path: tuple[Any, ...], value: object, evaluator: Evaluator
) -> None:
    """A sealed graph that cannot be evaluated fails when it is loaded, not when it is asked."""
    graph: Any = deepcopy(GRAPH)
    spot = graph
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = value
    with pytest.raises(ArtifactError):
        artifact(graph, evaluator=evaluator)


def test_header_with_an_unknown_field_is_refused() -> None:
    """A header of another shape is not guessed at."""
    with pytest.raises(ArtifactError):
        Artifact.load(pack(header().to_json() | {"extra": 1}, GRAPH))


def test_evaluator_needs_only_the_standard_library() -> None:
    """Nothing under the artifact package imports a third party."""
    folder = Path(tidemill.artifact.__file__).parent
    allowed = {*sys.stdlib_module_names, "tidemill", "tidemill_native"}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").split(".")[0] in allowed
            elif isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed


def test_document_is_plain_json() -> None:
    """The format can be read with a JSON parser: lengths, a digest, the document, then blocks."""
    data = pack(header().to_json(), GRAPH)
    total, length = struct.unpack("<QQ", data[16:32])
    document = json.loads(data[64 : 64 + length])
    assert total == len(data)
    assert document["header"]["target"] == "y"
    assert document["graph"]["model"]["forest"]["nodes"] == {"block": 0}
    assert document["blocks"][0] == ["u8", 0, 16 * len(NODES)]


def test_long_lists_become_blocks_of_the_smallest_type() -> None:
    """What is read back is equal, number by number, whatever it was stored as."""
    lists = [
        list(range(20)),
        [-(2**31), *range(20)],
        [0.1] * 20,
        [*range(19), 70_000],
        [2**40] * 20,
    ]
    graph = unpack(pack({}, {"lists": lists, "short": [1, 2.5]}))[1]
    assert [list(found) for found in graph["lists"]] == lists
    assert [getattr(found, "format", None) for found in graph["lists"]] == [
        "B",
        "i",
        "d",
        "i",
        None,
    ]
    assert graph["short"] == [1, 2.5]


def test_columns_are_scored_as_rows_are() -> None:
    """A column of codes and one of numbers give what rows give; no column is all missing."""
    loaded = artifact()
    codes = loaded.vocabularies["colour"]
    sizes = array("d", [0.5, 1.0, 1.0, 1.0, math.nan])
    colours = array("i", [codes["red"], codes["blue"], 99, -1, codes["blue"]])
    scores = loaded.scores({"size": sizes, "colour": colours}, 5)
    assert scores.outputs.tolist() == [11.0, 12.0, 13.0, 13.0, 11.0]
    assert loaded.scores({}, 2).outputs.tolist() == [11.0, 11.0]
    with pytest.raises(ValueError, match="ColumnsDoNotFitTheRows"):
        loaded.scores({"size": sizes}, 4)
