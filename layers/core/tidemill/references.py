"""What the parts of a contract say of each other: every name in it that leads nowhere.

The document may be faulty elsewhere: these checks take what YAML gave, so that one wrong type
hides no wrong name.
"""

from collections.abc import Collection, Mapping
from typing import Any

NUMBERS = frozenset({"int", "float"})
FEATURE_TYPES = frozenset({"int", "float", "bool", "category"})
ROW = "_row"


def reference_faults(
    document: Mapping[str, Any], metrics: Mapping[str, Collection[str]]
) -> list[str]:
    """Every fault between parts that are each well-formed; `metrics` are the names by task."""
    sources = {
        str(name): _mapping(source) for name, source in _mapping(document.get("sources")).items()
    }
    columns = {name: _mapping(source.get("columns")) for name, source in sources.items()}
    known = {name: column for table in columns.values() for name, column in table.items()}
    return [
        *_name_faults(document, known),
        *_hidden_faults(document),
        *_target_faults(document, known, metrics),
        *_feature_faults(document, known),
        *_join_faults(sources, columns),
    ]


def infer_task(column: Mapping[str, Any]) -> str:
    """The task that a target column is for, where the contract leaves it open."""
    values = column.get("values")
    if column.get("type") in NUMBERS and values is None:
        return "regression"
    distinct = 2 if column.get("type") == "bool" else len(_names(values))
    return "binary" if distinct == 2 else "multiclass"


def _name_faults(document: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    named = [("target", document.get("target"))]
    named.append(("split.column", _mapping(document.get("split")).get("column")))
    for field, names in _mapping(document.get("privacy")).items():
        named += [(f"privacy.{field}", name) for name in _names(names)]
    return [
        f"{field}: no source has a column {name!r}"
        for field, name in named
        if known and isinstance(name, str) and name not in known
    ]


def _hidden_faults(document: Mapping[str, Any]) -> list[str]:
    """Columns that are dropped for privacy and needed elsewhere."""
    dropped = _names(_mapping(document.get("privacy")).get("drop"))
    needed = {"target": [document.get("target")]}
    needed["split.column"] = [_mapping(document.get("split")).get("column")]
    for name, source in _mapping(document.get("sources")).items():
        needed[f"sources.{name}.join"] = list(_names(_mapping(source).get("join")))
    return [
        f"privacy.drop: {column!r} cannot be dropped, {field} needs it"
        for field, columns in needed.items()
        for column in columns
        if column in dropped
    ]


def _target_faults(
    document: Mapping[str, Any], known: Mapping[str, Any], metrics: Mapping[str, Collection[str]]
) -> list[str]:
    column = _mapping(known.get(str(document.get("target"))))
    kind, task = column.get("type"), document.get("task")
    if kind is None:
        return []
    if kind not in FEATURE_TYPES:
        return [f"target: a column of type {kind} cannot be predicted"]
    if task == "regression" and kind not in NUMBERS:
        return [f"task: regression predicts an int or a float, and {document['target']} is {kind}"]
    allowed = metrics.get(str(task or infer_task(column)))
    named = [("metric", document.get("metric"))]
    required = _mapping(_mapping(document.get("gate")).get("require"))
    named += [(f"gate.require.{metric}", metric) for metric in required]
    return [
        f"{field}: {metric!r} does not measure {task or infer_task(column)};"
        f" use {', '.join(sorted(allowed))}"
        for field, metric in named
        if allowed and isinstance(metric, str) and metric not in allowed
    ]


def _feature_faults(document: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """A contract that leaves a model nothing to look at."""
    sources = _mapping(document.get("sources")).values()
    keys = {key for source in sources for key in _names(_mapping(source).get("join"))}
    hidden = {document.get("target"), *_names(_mapping(document.get("privacy")).get("drop")), *keys}
    kinds = [_mapping(column).get("type") for name, column in known.items() if name not in hidden]
    if not known or any(kind in FEATURE_TYPES or kind is None for kind in kinds):
        return []
    usable = ", ".join(sorted(FEATURE_TYPES))
    return [f"sources: no column is left to learn from; features are of the types {usable}"]


def _join_faults(
    sources: Mapping[str, Mapping[str, Any]], columns: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    faults = [
        f"sources.{source}.columns.{ROW}: the name is taken by the row's number"
        for source, table in columns.items()
        if ROW in table
    ]
    seen: dict[str, str] = {}
    for name, table in columns.items():
        keys = _names(sources[name].get("join"))
        faults += _key_faults(name, keys, columns)
        faults += [
            f"sources.{name}.columns.{column}: {seen[column]!r} has a column of that name too;"
            " rename one, or join on it"
            for column in table
            if column in seen and column not in keys
        ]
        seen |= {column: name for column in table if column not in seen}
    return faults


def _key_faults(name: str, keys: list[str], columns: Mapping[str, Mapping[str, Any]]) -> list[str]:
    first = next(iter(columns))
    if name == first:
        return []
    if not keys:
        return [f"sources.{name}.join: name the columns shared with {first!r}"]
    return [
        f"sources.{name}.join: {key!r} must be a column of both {name!r} and {first!r}"
        for key in keys
        if key not in columns[name] or key not in columns[first]
    ]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list | tuple) else []
