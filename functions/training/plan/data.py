"""What the profile of a dataset version tells of whether anything can be learnt from it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tidemill.contract import Contract
from tidemill.errors import (
    ConstantTargetError,
    FutureDataError,
    NoUsableFeatureError,
    TooFewRowsError,
    TooManyClassesError,
)
from tidemill.profile import ColumnProfile, Profile
from tidemill.records import DatasetRecord

LEAST_ROWS, LEAST_OF_A_CLASS = 30, 10
CLOCKS_DIFFER = timedelta(days=1)
NAMED = 3


def check_data(contract: Contract, dataset: DatasetRecord, profile: Profile) -> None:
    """Refuse what no job could learn from, by name, before one is paid for.

    TooFewRowsError for fewer than 30 rows to train or with a target, or fewer than two classes of
    ten rows; TooManyClassesError for more than the two of a binary task; ConstantTargetError for
    one value; NoUsableFeatureError where every feature is empty or constant; FutureDataError where
    rows are split by a time that has not come. The profile is of all rows, so the job looks again
    at those it gets.
    """
    _require_rows(dataset, contract)
    target = profile.columns.get(contract.target)
    if target is not None:
        _require_target(contract, target)
    _require_features(contract, profile)
    _require_past(contract, profile)


def _require_rows(dataset: DatasetRecord, contract: Contract) -> None:
    smallest = min(dataset.rows, key=lambda channel: dataset.rows[channel])
    if dataset.rows["train"] < LEAST_ROWS or not dataset.rows[smallest]:
        raise TooFewRowsError(
            f"{dataset.rows['train']} rows to train, {dataset.rows['validation']} to validate, "
            f"{dataset.rows['test']} to test: at least {LEAST_ROWS} must train and one each "
            f"validate and test; {_remedy(contract)}"
        )


def _remedy(contract: Contract) -> str:
    """Rows that are dealt together may be many and yet all go one way."""
    if contract.split.by == "hash":
        return "drop more data"
    kind = "groups" if contract.split.by == "group" else "times"
    return f"drop rows of more {kind} of {contract.split.column}, or split by hash"


def _require_target(contract: Contract, target: ColumnProfile) -> None:
    name = contract.target
    if not target.present:
        raise TooFewRowsError(
            f"{name} is missing in all {target.count} rows; drop rows whose target is known"
        )
    if len(target.counts) == 1 and not target.others and target.minimum == target.maximum:
        value = target.minimum if target.minimum is not None else next(iter(target.counts))
        raise ConstantTargetError(
            f"{name} is {value} in every row: nothing to learn; drop rows of other values"
        )
    if contract.problem == "regression":
        return
    rows = _rows_by_class(target)
    if contract.problem == "binary" and len(rows) > 2:
        raise TooManyClassesError(
            f"{name} has {len(rows)} classes, such as {', '.join(map(repr, list(rows)[:NAMED]))}, "
            "and a binary task has two; write task: multiclass, or drop rows of two classes"
        )
    _require_classes(name, rows)


def _rows_by_class(target: ColumnProfile) -> Mapping[str, int]:
    """Rows of each label; nothing where labels are too many to be counted."""
    if target.kind == "number":
        return {f"{label:g}": rows for label, rows in (target.values or {}).items()}
    return {} if target.thinned else target.counts


def _require_classes(name: str, rows: Mapping[str, int]) -> None:
    enough = [label for label, count in rows.items() if count >= LEAST_OF_A_CLASS]
    if not rows or len(enough) >= 2:
        return
    rare = sorted(((count, label) for label, count in rows.items()), reverse=True)[len(enough) :]
    named = ", ".join(f"{count} of {label!r}" for count, label in rare[:NAMED])
    raise TooFewRowsError(
        f"{name} has {named}: two classes of at least {LEAST_OF_A_CLASS} rows are needed, to learn "
        "from some and be tested on others; drop more rows of the rare ones"
    )


def _require_features(contract: Contract, profile: Profile) -> None:
    features = {name: profile.columns.get(name) for name in contract.feature_columns()}
    if any(column is None or _varies(column) for column in features.values()):
        return
    named = ", ".join(list(features)[:NAMED])
    raise NoUsableFeatureError(
        f"every feature is empty or constant ({named}{', ...' if len(features) > NAMED else ''}): "
        "drop rows in which they differ, or declare other columns"
    )


def _varies(column: ColumnProfile) -> bool:
    if column.kind in {"text", "id"}:
        return bool(column.present)
    return bool(column.present) and (column.distinct > 1 or bool(column.nulls))


def _require_past(contract: Contract, profile: Profile) -> None:
    """Rows are split by a clock: one row of the future would be all that the test holds."""
    clock = contract.split.column if contract.split.by == "time" else None
    newest = profile.columns[clock].newest if clock in profile.columns else None
    if newest is not None and newest > datetime.now(UTC) + CLOCKS_DIFFER:
        raise FutureDataError(
            f"{clock} splits by time, and rows are of the future, up to {newest.isoformat()}; "
            "correct them, or split by hash"
        )
