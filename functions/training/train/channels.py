"""The channels as scikit-learn wants them: type-normalised frames, targets, and early refusals."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from tidemill.artifact import Feature, Scalar, Signature, label_text
from tidemill.contract import Column, Contract
from tidemill.errors import (
    ConstantTargetError,
    NoUsableFeatureError,
    TooFewRowsError,
    UnseenClassError,
)

MIN_ROWS = 30


@dataclass(frozen=True, slots=True)
class Channel:
    """Rows of one channel: float64 and string-or-NaN columns, and the target."""

    X: pd.DataFrame
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)

    def rows(self) -> list[dict[str, Scalar | None]]:
        """The rows as a request would bring them: missing cells are None."""
        columns = {
            str(name): column.astype(object).where(column.notna(), None).tolist()
            for name, column in self.X.items()
        }
        return [
            dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset version; `numeric` and `categorical` name the features a model may use.

    `forward` says that the training rows stand in the order of time, and are to be tried so.
    """

    train: Channel
    validation: Channel
    test: Channel
    signature: Signature
    numeric: list[str]
    categorical: list[str]
    classes: list[Scalar]
    notes: list[str] = field(default_factory=list)
    forward: bool = False

    @property
    def development(self) -> Channel:
        """Train and validation together: what the final model learns from."""
        return Channel(
            pd.concat([self.train.X, self.validation.X], ignore_index=True),
            np.concatenate([self.train.y, self.validation.y]),
        )


def signature_of(contract: Contract) -> Signature:
    """The request's fields: every column of the contract that a model may see."""
    return Signature(
        tuple(_feature(name, column) for name, column in contract.feature_columns().items())
    )


def _feature(name: str, column: Column) -> Feature:
    allowed = tuple(label_text(value) for value in column.values or ())  # noqa: PD011 - no frame
    return Feature(name, column.type, allowed, column.nullable)


def load(folders: Mapping[str, Path], contract: Contract, task: str) -> Dataset:
    """Read the three channels; a TrainingError names what makes them unfit to learn from."""
    signature = signature_of(contract)
    frames = {name: _read(folders[name]) for name in ("train", "validation", "test")}
    forward = contract.split.by == "time"
    if forward:
        frames["train"] = frames["train"].sort_values(str(contract.split.column), kind="stable")
    parts = {name: _channel(frame, contract, task) for name, frame in frames.items()}
    _require_rows(parts)
    lost = {name: len(frames[name]) - len(part) for name, part in parts.items()}
    notes = [
        f"{count} rows of {name} have no {contract.target} and were left out"
        for name, count in lost.items()
        if count
    ]
    usable = _usable(parts["train"].X, signature, notes)
    classes = [] if task == "regression" else _classes(parts)
    if task == "regression" and len(np.unique(parts["train"].y)) == 1:
        raise ConstantTargetError(f"{contract.target} is {parts['train'].y[0]} in every row")
    kinds = {feature.name: feature.type for feature in signature.features}
    return Dataset(
        **parts,
        signature=signature,
        numeric=[name for name in usable if kinds[name] != "category"],
        categorical=[name for name in usable if kinds[name] == "category"],
        classes=classes,
        notes=notes,
        forward=forward,
    )


def _read(folder: Path) -> pd.DataFrame:
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        raise TooFewRowsError(f"channel {folder.name} holds no Parquet file")
    frames: list[pd.DataFrame] = [pq.read_table(path).to_pandas() for path in files]
    return pd.concat(frames, ignore_index=True)


def _channel(frame: pd.DataFrame, contract: Contract, task: str) -> Channel:
    """The frame's rows that have a target."""
    frame = frame[frame[contract.target].notna()].reset_index(drop=True)
    features = signature_of(contract).features
    values = frame[contract.target]
    return Channel(
        pd.DataFrame(
            {feature.name: _normalise(frame[feature.name], feature) for feature in features}
        ),
        values.to_numpy(dtype=float) if task == "regression" else _labels(values),
    )


def _normalise(column: "pd.Series[Any]", feature: Feature) -> "pd.Series[Any]":
    if feature.type != "category":
        return column.astype("float64")
    cells = [label_text(cell) if pd.notna(cell) else np.nan for cell in column.tolist()]
    return pd.Series(cells, dtype=object, index=column.index)


def _labels(values: "pd.Series[Any]") -> np.ndarray:
    cells = values.tolist()
    whole = all(isinstance(cell, float) and cell.is_integer() for cell in cells)
    return np.array([int(cell) for cell in cells] if whole else cells)


def _require_rows(parts: Mapping[str, Channel]) -> None:
    if len(parts["train"]) < MIN_ROWS:
        raise TooFewRowsError(f"{len(parts['train'])} training rows, {MIN_ROWS} are needed")
    for name, part in parts.items():
        if not len(part):
            raise TooFewRowsError(f"channel {name} has no row with a target")


def _usable(frame: pd.DataFrame, signature: Signature, notes: list[str]) -> list[str]:
    spread = {name: frame[name].nunique(dropna=False) for name in signature.names}
    empty = [name for name in signature.names if frame[name].isna().all()]
    constant = [name for name in signature.names if spread[name] == 1 and name not in empty]
    notes += [f"{name} is empty in every training row and was left out" for name in empty]
    notes += [f"{name} is constant in training and was left out" for name in constant]
    usable = [name for name in signature.names if name not in {*empty, *constant}]
    if not usable:
        raise NoUsableFeatureError("every feature is empty or constant in the training rows")
    return usable


def _classes(parts: Mapping[str, Channel]) -> list[Scalar]:
    classes: list[Scalar] = np.unique(parts["train"].y).tolist()
    if len(classes) == 1:
        raise ConstantTargetError(f"every training row is of class {classes[0]!r}")
    for name in ("validation", "test"):
        unseen = set(parts[name].y.tolist()) - set(classes)
        if unseen:
            named = ", ".join(sorted(map(repr, unseen)))
            raise UnseenClassError(f"{name} holds {named}, which training never shows")
    return classes
