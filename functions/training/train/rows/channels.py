"""The channels as candidates want them, and early refusals of what none could learn from."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from tidemill.artifact import Feature, Rules, Scalar, Signature, label_text
from tidemill.contract import Column, Contract
from tidemill.errors import (
    ConstantTargetError,
    ContractError,
    FutureDataError,
    TooFewRowsError,
    TooManyClassesError,
    UnseenClassError,
)
from training.train.rows.dataset import Channel, Dataset
from training.train.rows.reading import reader_of
from training.train.rows.survey import Survey

__all__ = ["Channel", "Dataset", "load", "signature_of"]

MIN_ROWS = 30
MOST_UNSEEN = 0.01
CLOCKS_DIFFER = timedelta(days=1)


def signature_of(contract: Contract) -> Signature:
    """The request's fields: every column of the contract that a model may see, and its rules."""
    features = (_feature(name, column) for name, column in contract.feature_columns().items())
    rules = Rules(**contract.serving.model_dump(), capture=contract.monitor.capture)
    return Signature(tuple(features), rules)


def _feature(name: str, column: Column) -> Feature:
    allowed = tuple(label_text(value) for value in column.values or ())  # noqa: PD011 - no frame
    return Feature(name, column.type, allowed, column.nullable, column.min, column.max)


def load(folders: Mapping[str, Path], contract: Contract, task: str) -> Dataset:
    """Read the three channels; a TrainingError names what makes them unfit to learn from."""
    frames = {name: _read(folders[name]) for name in ("train", "validation", "test")}
    clock = contract.split.column if contract.split.by == "time" else None
    if clock is not None:
        _require_past(frames, clock)
        frames["train"] = frames["train"].sort_values(clock, kind="stable")
    notes: list[str] = []
    frames = {name: _with_target(frame, name, contract, notes) for name, frame in frames.items()}
    targets = {name: _targets(frame[contract.target], task) for name, frame in frames.items()}
    _require_rows(targets)
    _require_variety(targets["train"], contract, task)
    classes = [] if task == "regression" else np.unique(targets["train"]).tolist()
    if classes:
        frames, targets = _of_known_classes(frames, targets, notes)
    signature = signature_of(contract)
    raw = {name: _normalised(frame, signature) for name, frame in frames.items()}
    survey = Survey(raw["train"], raw["validation"], signature, clock)
    preparation = survey.preparation(task, targets["train"], notes)
    reader = reader_of(preparation, raw["train"])
    return Dataset(
        **{n: Channel(reader.transform(raw[n]), targets[n], raw[n]) for n in raw},
        signature=signature,
        preparation=preparation,
        classes=classes,
        notes=notes,
        forward=clock is not None,
        groups=_groups(frames["train"], contract),
        reader=reader,
        described=_described(frames["test"], contract),
    )


def _described(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """What splits rows or bounds slices, and is no feature."""
    asked = dict.fromkeys([contract.split.column, *contract.gate.slices])
    return frame[[n for n in asked if n in frame and n not in contract.feature_columns()]]


def _read(folder: Path) -> pd.DataFrame:
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        raise TooFewRowsError(f"channel {folder.name} holds no Parquet file")
    frames: list[pd.DataFrame] = [pq.read_table(path).to_pandas() for path in files]
    return pd.concat(frames, ignore_index=True)


def _require_past(frames: Mapping[str, pd.DataFrame], clock: str) -> None:
    """Rows are split by a clock: one row of the future would be all that the test holds."""
    latest = datetime.now(UTC) + CLOCKS_DIFFER
    for name, frame in frames.items():
        if not isinstance(frame[clock].dtype, pd.DatetimeTZDtype):
            return
        ahead = frame[clock] > latest
        if ahead.any():
            raise FutureDataError(
                f"{clock} splits by time, and {int(ahead.sum())} rows of {name} are of the"
                f" future, up to {frame[clock].max().isoformat()}; correct them, or split by hash"
            )


def _with_target(
    frame: pd.DataFrame, name: str, contract: Contract, notes: list[str]
) -> pd.DataFrame:
    known = frame[contract.target].notna()
    if not known.all():
        lost = int((~known).sum())
        notes.append(f"{lost} rows of {name} have no {contract.target} and were left out")
    return frame[known].reset_index(drop=True)


def _targets(values: "pd.Series[Any]", task: str) -> np.ndarray:
    if task == "regression":
        return values.to_numpy(dtype=float)
    for cell in (cells := values.tolist()):
        if isinstance(cell, float) and not cell.is_integer():
            fault = f"{values.name}: {cell} is no class, classes that are numbers are whole"
            raise ContractError([f"{fault}; declare a category, or write task: regression"])
    return np.array([int(cell) if isinstance(cell, float) else cell for cell in cells])


def _require_rows(targets: Mapping[str, np.ndarray]) -> None:
    if len(targets["train"]) < MIN_ROWS:
        raise TooFewRowsError(
            f"{len(targets['train'])} training rows, {MIN_ROWS} are needed; drop more data"
        )
    for name, values in targets.items():
        if not len(values):
            raise TooFewRowsError(f"{name} has no row with a target; drop more data")


def _require_variety(values: np.ndarray, contract: Contract, task: str) -> None:
    seen: list[Scalar] = np.unique(values).tolist()
    if len(seen) == 1 and task == "regression":
        raise ConstantTargetError(
            f"{contract.target} is {seen[0]} in every row; drop rows of other values"
        )
    if len(seen) == 1:
        raise ConstantTargetError(
            f"every training row is of class {seen[0]!r}; drop rows of another {contract.target}"
        )
    if task == "binary" and len(seen) > 2:
        raise TooManyClassesError(
            f"{contract.target} has {len(seen)} classes in training, such as "
            f"{', '.join(map(repr, seen[:3]))}, and a binary task has two; write task: multiclass, "
            "or drop rows of two classes"
        )


def _of_known_classes(
    frames: dict[str, pd.DataFrame], targets: dict[str, np.ndarray], notes: list[str]
) -> tuple[dict[str, pd.DataFrame], dict[str, np.ndarray]]:
    """The rows of classes that training shows; UnseenClassError where 1 % or more are of others."""
    known = {name: np.isin(values, targets["train"]) for name, values in targets.items()}
    for name, fits in known.items():
        if fits.all():
            continue
        named = ", ".join(sorted({repr(label) for label in targets[name][~fits].tolist()}))
        share = float(np.mean(~fits))
        if share >= MOST_UNSEEN:
            raise UnseenClassError(
                f"{name} holds {named}, which training never shows, in {share:.1%} of its rows,"
                f" and from {MOST_UNSEEN:.0%} on that is no chance; drop rows that show what these"
                " classes are like, or split by hash"
            )
        lost = int((~fits).sum())
        notes.append(f"{lost} rows of {name} are of {named}, never seen in training: left out")
    return (
        {name: frame[known[name]].reset_index(drop=True) for name, frame in frames.items()},
        {name: values[known[name]] for name, values in targets.items()},
    )


def _normalised(frame: pd.DataFrame, signature: Signature) -> pd.DataFrame:
    """The features' columns: float64, strings or NaN, and moments of UTC."""
    return pd.DataFrame({f.name: _normalise(frame[f.name], f) for f in signature.features})


def _normalise(column: "pd.Series[Any]", feature: Feature) -> "pd.Series[Any]":
    if feature.type == "timestamp":
        return pd.to_datetime(column, utc=True).dt.as_unit("us")
    if feature.type not in {"category", "text"}:
        return column.astype("float64")
    codes, cells = pd.factorize(column)
    spelt = np.array([*(label_text(cell) for cell in cells.tolist()), np.nan], dtype=object)
    return pd.Series(spelt[codes], dtype=object, index=column.index)


def _groups(frame: pd.DataFrame, contract: Contract) -> np.ndarray | None:
    """A number for each group; a row without one is its own."""
    if contract.split.by != "group":
        return None
    numbers = pd.factorize(frame[str(contract.split.column)])[0]
    alone = numbers < 0
    numbers[alone] = len(numbers) + np.arange(alone.sum())
    return numbers
