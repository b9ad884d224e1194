"""Whether clients of the model in service can go on as they are under another contract."""

from collections.abc import Iterator

from tidemill.contract.columns import Column
from tidemill.contract.document import Contract
from tidemill.references import FEATURE_TYPES

NUMERIC = ("int", "float")


def signature_breaks(serving: Contract, proposed: Contract) -> tuple[str, ...]:
    """What clients of `serving`'s model would have to follow, a sentence each, the field first.

    Those are requests that a model of `proposed` refuses, or answers in another sense. Nothing
    breaks by allowing more, by new nullable features, or by words, limits and budgets.
    """
    features = proposed.feature_columns()
    breaks = list(_target_breaks(serving, proposed))
    for name, column in serving.feature_columns().items():
        field = _field(name, proposed if name in proposed.columns() else serving)
        changes = (
            _narrowings(column, features[name])
            if name in features
            else [f"{_why_gone(name, proposed)}, and clients of the model in service send it"]
        )
        breaks += [f"{field}: {change}" for change in changes]
    known = serving.feature_columns()
    breaks += [
        f"{_field(name, proposed)}: is a new feature that may not be missing, and clients of the"
        " model in service do not send it; make it nullable"
        for name, column in features.items()
        if name not in known and not column.nullable
    ]
    return tuple(breaks)


def _field(name: str, contract: Contract) -> str:
    source = next(s for s, table in contract.sources.items() if name in table.columns)
    return f"sources.{source}.columns.{name}"


def _target_breaks(serving: Contract, proposed: Contract) -> Iterator[str]:
    answers = "and clients of the model in service read its answers as"
    if proposed.target != serving.target:
        yield f"target: becomes {proposed.target!r}, {answers} {serving.target!r}"
        return
    if proposed.problem != serving.problem:
        yield f"task: becomes {proposed.problem}, {answers} {serving.problem}'s"
        return
    was, becomes = (c.columns()[c.target].type for c in (serving, proposed))
    if was != becomes and proposed.problem != "regression":
        field = _field(proposed.target, proposed)
        yield f"{field}.type: the target becomes {becomes}, {answers} {was}"


def _why_gone(name: str, proposed: Contract) -> str:
    """What became of a feature that is one no more."""
    column = proposed.columns().get(name)
    if column is None:
        return "is no column any more"
    reasons = {
        "becomes the target": name == proposed.target,
        "is dropped": name in proposed.privacy.drop,
        "is pseudonymised, so not learnt from": name in proposed.privacy.pseudonymise,
        "is marked as leakage, so not learnt from": column.leakage,
        f"becomes {column.type}, which is not learnt from": column.type not in FEATURE_TYPES,
    }
    key = "becomes a key, which is not learnt from"
    return next((reason for reason, holds in reasons.items() if holds), key)


def _narrowings(was: Column, becomes: Column) -> Iterator[str]:
    """What a feature no longer allows."""
    sent = "and clients of the model in service may send"
    if becomes.type != was.type and (was.type, becomes.type) != NUMERIC:
        yield f"becomes {becomes.type}, {sent} {was.type}"
        return
    if was.nullable and not becomes.nullable:
        yield f"may not be missing any more, {sent} rows without it"
    if becomes.values is not None:
        allowed = {*becomes.values, *map(str, becomes.values)}
        lost = [str(value) for value in was.values or () if not {value, str(value)} & allowed]
        if lost:
            yield f"no longer allows {', '.join(lost)}, {sent} that"
        elif was.values is None:
            yield f"allows {', '.join(map(str, becomes.values))} only, {sent} other values"
    if becomes.min is not None and (was.min is None or becomes.min > was.min):
        yield f"min becomes {becomes.min:g}, {sent} less"
    if becomes.max is not None and (was.max is None or becomes.max < was.max):
        yield f"max becomes {becomes.max:g}, {sent} more"
    if becomes.pattern not in {None, was.pattern}:
        yield f"must match {becomes.pattern!r}, {sent} what does not"
