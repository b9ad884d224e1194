"""What the parts of a contract say of each other: every name in it that leads nowhere.

The document may be faulty elsewhere: these checks take what YAML gave, so that one wrong type
hides no wrong name.
"""

from collections.abc import Collection, Mapping
from typing import Any

NUMBERS = frozenset({"int", "float"})
TARGET_TYPES = frozenset({"int", "float", "bool", "category"})
CLOCK = "timestamp"
FEATURE_TYPES = TARGET_TYPES | {CLOCK, "text"}
HIDEABLE_TYPES = frozenset({"id", "text", "category", "int"})
SUBJECT_TYPES = frozenset({"id", "text", "category"})
CLOCK_TYPES = NUMBERS | {CLOCK}
ONE_SIDED = frozenset({"precision", "recall"})
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
        *_privacy_faults(document, known),
        *_leakage_faults(document, columns),
        *_target_faults(document, known, metrics),
        *_decision_faults(document, known),
        *_split_faults(document, known),
        *_season_faults(document, known),
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
    named.append(("monitor.drift.season.column", _season_column(document)))
    privacy = _mapping(document.get("privacy"))
    named.append(("privacy.subject", privacy.get("subject")))
    for field, names in privacy.items():
        named += [(f"privacy.{field}", name) for name in _names(names)]
    slices = _mapping(_mapping(document.get("gate")).get("slices"))
    named += [(f"gate.slices.{name}", name) for name in slices]
    return [
        f"{field}: no source has a column {name!r}"
        for field, name in named
        if known and isinstance(name, str) and name not in known
    ]


def _hidden_faults(document: Mapping[str, Any]) -> list[str]:
    """Columns that are dropped or pseudonymised and needed as they are elsewhere."""
    privacy, split = _mapping(document.get("privacy")), _mapping(document.get("split"))
    needed: dict[str, list[Any]] = {"target": [document.get("target")]}
    needed["split.column"] = [split.get("column")]
    needed["privacy.subject"] = [privacy.get("subject")]
    needed["monitor.drift.season.column"] = [_season_column(document)]
    needed["gate.slices"] = list(_mapping(_mapping(document.get("gate")).get("slices")))
    for name, source in _mapping(document.get("sources")).items():
        needed[f"sources.{name}.join"] = list(_names(_mapping(source).get("join")))
    clear = {"target": needed["target"]}
    if split.get("by") == "time":
        clear["split.column"] = needed["split.column"]
    done = (("drop", "dropped", needed), ("pseudonymise", "pseudonymised", clear))
    return [
        f"privacy.{field}: {column!r} cannot be {verb}, {user} needs it"
        for field, verb, users in done
        for user, columns in users.items()
        for column in columns
        if column in _names(privacy.get(field))
    ]


def _privacy_faults(document: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """Columns of types that have no identity to hide or to be found by."""
    privacy = _mapping(document.get("privacy"))
    hidden = _names(privacy.get("pseudonymise"))
    faults = [
        f"privacy.pseudonymise: {name!r} is dropped as well; list it once"
        for name in hidden
        if name in _names(privacy.get("drop"))
    ]
    uses = [("pseudonymise", name, HIDEABLE_TYPES) for name in hidden]
    uses.append(("subject", str(privacy.get("subject")), SUBJECT_TYPES))
    for field, name, allowed in uses:
        kind = _mapping(known.get(name)).get("type")
        if isinstance(kind, str) and kind not in allowed and name != document.get("target"):
            fit = ", ".join(sorted(allowed))
            faults.append(f"privacy.{field}: {name!r} is of type {kind}; columns that fit: {fit}")
    return faults


def _leakage_faults(
    document: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    target = document.get("target")
    return [
        f"sources.{source}.columns.{target}.leakage: the target cannot give itself away; leave it"
        for source, table in columns.items()
        if _mapping(table.get(str(target))).get("leakage") is True
    ]


def _target_faults(
    document: Mapping[str, Any], known: Mapping[str, Any], metrics: Mapping[str, Collection[str]]
) -> list[str]:
    column = _mapping(known.get(str(document.get("target"))))
    kind, task = column.get("type"), document.get("task")
    if kind is None:
        return []
    if kind not in TARGET_TYPES:
        return [f"target: a column of type {kind} cannot be predicted"]
    if task == "regression" and kind not in NUMBERS:
        return [f"task: regression predicts an int or a float, and {document['target']} is {kind}"]
    values = _names(column.get("values"))
    if task == "binary" and values and len(values) != 2:
        return [f"task: binary is of two values, and {document['target']} has {len(values)}"]
    if document.get("metric") in ONE_SIDED:
        name = document["metric"]
        remedy = f"use f1 or average_precision, and bound {name} in gate.require"
        return [f"metric: {name} alone is won by a model that always answers the same; {remedy}"]
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


def _decision_faults(document: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """A threshold for what has none."""
    decision = _mapping(document.get("decision"))
    column = _mapping(known.get(str(document.get("target"))))
    task = document.get("task") or (infer_task(column) if column else "binary")
    if task == "binary" or all(value is None for value in decision.values()):
        return []
    return [f"decision: only a binary target has a threshold, and this task is {task}; leave it"]


def _split_faults(document: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """A clock without an order, or a target that decides which rows are learnt from."""
    split = _mapping(document.get("split"))
    by, column = split.get("by"), str(split.get("column"))
    kind = _mapping(known.get(column)).get("type")
    if by in {"group", "time"} and column == document.get("target"):
        return [f"split.column: {column!r} is the target; name another column, or split by hash"]
    if by == "time" and isinstance(kind, str) and kind not in CLOCK_TYPES:
        return [f"split.column: {column!r} is {kind}; time is a timestamp, an int or a float"]
    return []


def _season_faults(document: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """A season that no clock tells."""
    column = _season_column(document)
    kind = _mapping(known.get(str(column))).get("type")
    if not isinstance(kind, str) or kind == CLOCK:
        return []
    clocks = ", ".join(n for n, each in known.items() if _mapping(each).get("type") == CLOCK)
    remedy = f"name one of {clocks}" if clocks else "declare a timestamp, or leave the season"
    return [f"monitor.drift.season.column: {column!r} is {kind}, no {CLOCK}; {remedy}"]


def _season_column(document: Mapping[str, Any]) -> object:
    drift = _mapping(_mapping(document.get("monitor")).get("drift"))
    return _mapping(drift.get("season")).get("column")


def _feature_faults(document: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """A contract that leaves a model nothing to look at."""
    sources = _mapping(document.get("sources")).values()
    privacy = _mapping(document.get("privacy"))
    hidden = {key for source in sources for key in _names(_mapping(source).get("join"))}
    hidden |= {str(document.get("target"))}
    hidden |= {*_names(privacy.get("drop")), *_names(privacy.get("pseudonymise"))}
    kinds = [
        _mapping(column).get("type")
        for name, column in known.items()
        if name not in hidden and _mapping(column).get("leakage") is not True
    ]
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
