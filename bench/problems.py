"""The data sets of the quality benchmark: their contracts, and the rows of each channel."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tidemill.contract import Contract

ROOT = Path(__file__).parents[1]
HELD = 0.15
TIME = "time"


@dataclass(frozen=True, slots=True)
class Problem:
    """A table with its contract; rows with a `time` are split by it, the rest at random."""

    frame: pd.DataFrame
    contract: Contract

    def channels(self, seed: int) -> dict[str, pd.DataFrame]:
        """15 % of the rows to test, 15 % to validation: the newest, or by a seeded shuffle."""
        n = len(self.frame)
        order = np.random.default_rng(seed).permutation(n)
        if TIME in self.frame:
            order = np.argsort(self.frame[TIME].to_numpy(), kind="stable")
        held = round(HELD * n)
        learn, validation, test = np.split(order, [n - 2 * held, n - held])
        parts = {"train": learn, "validation": validation, "test": test}
        return {name: self.frame.iloc[rows] for name, rows in parts.items()}


def abalone() -> Problem:
    """Rings in a shell; no order in time."""
    frame = pd.read_csv(ROOT / "pipelines/abalone/abalone.csv")
    return Problem(frame, contract_of("abalone", "rings", "regression", frame))


def bank_marketing() -> Problem:
    """Does a called person subscribe? Rows are in the order of their dates, which are not told."""
    frame = pd.read_csv(ROOT / "bench/data/bank_marketing.csv.gz").drop(columns="duration")
    frame[TIME] = pd.Timestamp("2008-05-01", tz="UTC") + pd.to_timedelta(np.arange(len(frame)), "h")
    return Problem(frame, contract_of("bank-marketing", "y", "binary", frame))


def bike_sharing() -> Problem:
    """Bicycles hired in an hour."""
    frame = pd.read_csv(ROOT / "bench/data/bike_sharing.csv.gz")
    frame[TIME] = pd.to_datetime(frame["dteday"], utc=True) + pd.to_timedelta(frame["hr"], "h")
    frame = frame.drop(columns=["instant", "dteday", "casual", "registered"])
    frame["weathersit"] = frame["weathersit"].astype(str)
    return Problem(frame, contract_of("bike-sharing", "cnt", "regression", frame))


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "abalone": abalone,
    "bank_marketing": bank_marketing,
    "bike_sharing": bike_sharing,
}


def contract_of(name: str, target: str, task: str, frame: pd.DataFrame) -> Contract:
    """A contract that declares the columns as they are, split by time where there is one."""
    kinds = {"f": "float", "i": "int", "M": "timestamp"}
    columns: dict[str, dict[str, Any]] = {
        str(column): {"type": kinds.get(frame[column].dtype.kind, "category")} for column in frame
    }
    document: dict[str, Any] = {
        "pipeline": name,
        "target": target,
        "task": task,
        "sources": {"rows": {"columns": columns}},
    }
    if TIME in frame:
        columns[TIME]["leakage"] = True
        document["split"] = {"by": "time", "column": TIME}
    return Contract.model_validate(document)
