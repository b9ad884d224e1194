"""A small model of every kind of field, and requests to it as clients write them."""

import json
import struct
from array import array
from typing import Any

from hypothesis import strategies as st

from tidemill.artifact import Artifact, Feature, Header, Rules, Scalar, Signature
from tidemill.artifact.document import pack

FEATURES = (
    Feature("size", "float", nullable=False, min=-1e300, max=1e300),
    Feature("ribs", "int", min=0, max=100),
    Feature("wet", "bool"),
    Feature("sex/größe", "category", ("M", "F", "ü\n")),
    Feature("colour", "category"),
    Feature("seen", "timestamp"),
    Feature("note", "text"),
)
KINDS = {"size": "number", "ribs": "number", "wet": "number", "seen": "timestamp"}
KINDS |= {"sex/größe": "category", "colour": "category"}
CODES = [
    {"codes": [["M", 1], ["ü\n", 2], ["X", 3]], "missing": -1, "unknown": -2},
    {"codes": [["red", 1], ["\x00 blau", 2]], "missing": -1, "unknown": -2},
]
CUTS = [(0.1, 0), (3.0, 1), (0.0, 2), (1.5, 3), (1.5, 4), (1.7e9, 5)]


def trees() -> dict[str, Any]:
    """A tree of one split for each input; the missing go left of some."""
    nodes = b""
    for tree, (cut, place) in enumerate(CUTS):
        first = 3 * tree
        for node in (
            (cut, first + 1, place, tree % 2),
            (2.0**tree / 3, first + 1, len(CUTS), 0),
            (-(2.0**tree) / 7, first + 2, len(CUTS), 0),
        ):
            nodes += struct.pack("<dIHH", *node)
    starts = array("I", range(0, 3 * len(CUTS) + 1, 3))
    empty = {"sets": array("I"), "values": array("d")}
    return {"nodes": array("B", nodes), "starts": starts, "outputs": 1} | empty


def artifact(classes: tuple[Scalar, ...] = (), rules: Rules | None = None) -> Artifact:
    order = ["size", "ribs", "wet", "sex/größe", "colour", "seen"]
    parts = [
        {"take": [0, 1, 2], "steps": []},
        {"take": [3, 4], "steps": [{"kind": "ordinal", "columns": CODES}]},
        {"take": [5], "steps": []},
    ]
    model = {"kind": "boosting", "link": "logistic" if classes else "identity"}
    model |= {"baseline": [0.0], "forest": trees(), "steps": [{"kind": "columns", "parts": parts}]}
    signature = Signature(FEATURES, rules or Rules())
    task = "binary" if classes else "regression"
    header = Header("shells", "d", "c", task, "rings", classes, signature, {})
    graph = {"inputs": [[name, KINDS[name]] for name in order], "model": model}
    return Artifact.load(pack(header.to_json(), graph))


numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-2, 2),
    st.integers(-3, 120),
    st.integers(-(2**70), 2**70),
)
spellings = st.one_of(
    st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    numbers.map(json.dumps),
)
categories = st.one_of(st.sampled_from(["M", "F", "ü\n", "X", "red", "\x00 blau"]), st.text())
moments = st.one_of(
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.datetimes().map(lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}+05:30"),
    st.from_regex(
        r"(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
        r"([.,][0-9]{1,9})?(Z|[+-][0-2][0-9]:[0-5][0-9])?)?",
        fullmatch=True,
    ),
)
instances = st.fixed_dictionaries(
    {"size": numbers},
    optional={
        "ribs": st.none() | st.integers(-1, 101) | st.sampled_from([3.0, 1e2]),
        "wet": st.none() | st.booleans(),
        "sex/größe": st.none() | categories,
        "colour": st.none() | categories,
        "seen": st.none() | moments,
        "note": st.none() | st.text(),
        "rings": st.none() | numbers | st.text() | st.booleans(),
    },
)
odd = st.one_of(numbers, st.text(), st.none(), st.booleans(), st.just([]), st.just({}))


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Requests as clients write them, most of them right."""
    rows = draw(st.lists(instances | instances.map(lambda row: {**row}), min_size=1, max_size=4))
    if draw(st.integers(0, 5)) == 0:
        field = draw(st.sampled_from([*KINDS, "note", "stranger"]))
        rows[0] = {**rows[0], field: draw(odd)}
    body: dict[str, Any] = {"instances": rows}
    if draw(st.booleans()):
        ids = st.lists(st.text(min_size=1, max_size=4), unique=True)
        body["ids"] = draw(st.just([f"r{k}" for k in range(len(rows))]) | ids)
    if draw(st.booleans()):
        body = dict(reversed(body.items()))
    separators = draw(st.sampled_from([None, (",", ":"), (" ,\n", "\t:\r ")]))
    return json.dumps(body, ensure_ascii=draw(st.booleans()), separators=separators)
