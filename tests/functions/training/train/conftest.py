"""Jobs as SageMaker lays them out, over small channels."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.train import __main__ as entry
from training.train.measuring.metrics import Scorer
from training.train.rows.channels import Channel
from training.train.rows.preparation import Preparation
from training.train.searching.candidates import Candidates, losses_for
from training.train.searching.folds import Folds

ROOT = Path(__file__).parents[4]
ABALONE = ROOT / "pipelines/abalone/abalone.csv"


@dataclass(frozen=True)
class Job:
    """One job's /opt/ml tree."""

    root: Path

    def produced(self) -> dict[str, Any]:
        evaluation: dict[str, Any] = json.loads((self.root / "model/evaluation.json").read_text())
        return evaluation

    def artifact(self) -> bytes:
        return (self.root / "model/artifact.tidemill").read_bytes()

    def failure(self) -> str:
        return (self.root / "output/failure").read_text()

    def test_rows(self) -> pd.DataFrame:
        return pd.read_parquet(self.root / "input/data/test")


def contract_for(frame: pd.DataFrame, target: str) -> dict[str, Any]:
    """A contract that declares a frame's columns as they are."""
    kinds = {"f": "float", "i": "int", "b": "bool"}
    columns = {str(name): {"type": kinds.get(frame[name].dtype.kind, "category")} for name in frame}
    return {"pipeline": "sample", "target": target, "sources": {"rows": {"columns": columns}}}


@pytest.fixture
def lay_out(tmp_path: Path) -> Callable[..., Job]:
    """Write a frame as a job: 60 / 20 / 20 % in the order of the rows."""

    def write(frame: pd.DataFrame, target: str, task: str, **parameters: object) -> Job:
        ends = np.cumsum([0, int(len(frame) * 0.6), int(len(frame) * 0.2), len(frame)])
        for k, name in enumerate(("train", "validation", "test")):
            folder = tmp_path / "input/data" / name
            folder.mkdir(parents=True, exist_ok=True)
            part = frame.iloc[ends[k] : ends[k + 1]]
            part.assign(_row=part.index.astype(str)).to_parquet(folder / "part-0.parquet")
        contract = json.dumps(contract_for(frame, target) | {"task": task})
        (tmp_path / "input/data/contract").mkdir(exist_ok=True)
        (tmp_path / "input/data/contract/contract.json").write_text(contract)
        settings = {
            "pipeline": "sample",
            "dataset_version": "d1",
            "task": task,
            "trials": "3",
            "seed": "0",
        } | {name: str(value) for name, value in parameters.items()}
        (tmp_path / "input/config").mkdir(parents=True, exist_ok=True)
        (tmp_path / "input/config/hyperparameters.json").write_text(json.dumps(settings))
        return Job(tmp_path)

    return write


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch) -> Callable[[Job], int]:
    """Run a job's entry point in this process."""
    monkeypatch.setattr(entry.signal, "signal", lambda *_: None)

    def run(job: Job) -> int:
        monkeypatch.setenv("SAGEMAKER_BASE_DIR", str(job.root))
        return entry.main()

    return run


@pytest.fixture(scope="session")
def abalone() -> pd.DataFrame:
    """Abalone in a fixed random order."""
    return pd.read_csv(ABALONE).sample(frac=1, random_state=1).reset_index(drop=True)


@pytest.fixture(scope="session")
def mixed() -> pd.DataFrame:
    """Numbers, flags and categories with holes; `label` follows from them, with noise."""
    rng = np.random.default_rng(3)
    n = 240
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n),
            "weight": rng.gamma(2.0, size=n),
            "count": rng.integers(0, 20, n).astype(float),
            "flag": rng.random(n) < 0.4,
            "colour": rng.choice(["red", "green", "blue"], n, p=[0.6, 0.3, 0.1]),
        }
    )
    signal = frame["size"] + frame["flag"] - (frame["colour"] == "blue") + rng.normal(size=n)
    frame["label"] = np.where(signal > 0.5, "yes", "no")
    frame["amount"] = signal * 10
    for column in ("size", "count", "colour"):
        frame.loc[rng.random(n) < 0.1, column] = None
    return frame


@pytest.fixture
def folds_of() -> Callable[..., Folds]:
    """Folds of so many rows in which numbers say nothing of the target."""

    def make(
        rows: int,
        kind: type[Folds] = Folds,
        *,
        forward: bool = False,
        groups: np.ndarray | None = None,
        task: str = "regression",
        columns: tuple[str, ...] = ("x",),
    ) -> Folds:
        rng = np.random.default_rng(0)
        frame = pd.DataFrame({name: rng.normal(size=rows + 30) for name in columns})
        y = rng.normal(size=rows + 30)
        classes = [] if task == "regression" else ["no", "yes"]
        metric = "log_loss" if classes else "rmse"
        if classes:
            y = np.where(y > 0, "yes", "no")
        preparation = Preparation(task, rows, list(columns), [])
        losses = () if classes else losses_for(metric, y)
        candidates = Candidates(task, metric, preparation, 0, losses)
        train = Channel(frame[:rows].reset_index(drop=True), y[:rows])
        validation = Channel(frame[rows:].reset_index(drop=True), y[rows:])
        scorer = Scorer(task, classes)
        return kind(train, validation, candidates, scorer, metric, forward, groups)

    return make
