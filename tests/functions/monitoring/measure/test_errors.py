"""Errors of numbers are expected by a model of them that training made."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from monitoring.measure.errors import ByErrors
from monitoring.measure.expectations import DRAWS, Reading
from monitoring.measure.measure import Measurer
from monitoring.measure.ways import ERRORS, Estimation
from tests.tested import put_tested
from tidemill.artifact import Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.contract import Contract
from tidemill.evaluation import Evaluation
from tidemill.events import HarmFound, InMemoryBus
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable
from training.train.examining.expected_errors import Answered, ExpectedErrors, expect_errors
from training.train.rows import channels
from training.train.settings import RunSettings

FOLDER = "s3://models/1"
ROWS = 1_500
CONTRACT = Contract.model_validate(
    {
        "pipeline": "shells",
        "target": "rings",
        "task": "regression",
        "metric": "mae",
        "sources": {
            "rows": {
                "columns": {
                    "answer": {"type": "float"},
                    "size": {"type": "int"},
                    "sex": {"type": "category"},
                    "rings": {"type": "float"},
                }
            }
        },
    }
)


def rows(seed: int, number: int = ROWS, loud: float = 0.5) -> tuple[pd.DataFrame, np.ndarray]:
    """Shells whose noise is four times as large where `sex` is F; and what a model answers."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "answer": rng.normal(size=number),
            "size": rng.integers(0, 50, number),
            "sex": np.where(rng.random(number) < loud, "F", "M"),
        }
    )
    mean = frame["answer"] + frame["size"] / 10
    noise = rng.normal(size=number) * np.where(frame["sex"] == "F", 2.0, 0.5)
    return frame.assign(rings=mean + noise), mean.to_numpy()


def rings() -> bytes:
    """The model that answers the mean."""
    features = Feature("answer", "float"), Feature("size", "int")
    header = Header("shells", "v1", "c", "regression", "rings", (), Signature(features), {})
    model = {"kind": "linear", "steps": [], "coefficients": [[1.0, 0.1]], "intercepts": [0.0]}
    inputs = [["answer", "number"], ["size", "number"]]
    return pack(header.to_json(), {"inputs": inputs, "model": model | {"link": "identity"}})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> ExpectedErrors:
    """What training records, of rows that it held out."""
    settings = RunSettings.from_job(CONTRACT, {"dataset_version": "d1"})
    folders: dict[str, Path] = {}
    for seed, name in enumerate(("train", "validation", "test")):
        folders[name] = tmp_path_factory.mktemp(name)
        rows(seed)[0].to_parquet(folders[name] / "rows.parquet")
    dataset = channels.load(folders, CONTRACT, "regression")
    parts = [
        Answered(channel.raw, channel.y, rows(seed)[1])
        for channel, seed in ((dataset.train, 0), (dataset.test, 2))
    ]
    found = expect_errors(parts[0], parts[1], dataset, settings)
    assert found == expect_errors(parts[0], parts[1], dataset, settings)
    return found


@pytest.fixture
def store(made: ExpectedErrors) -> InMemoryStore:
    """Where the files of a model lie."""
    found = InMemoryStore()
    for name, body in made.files.items():
        found.write(f"{FOLDER}/{name}", body)
    found.write(f"{FOLDER}/evaluation.json", evaluation(made).model_dump_json().encode())
    return found


def evaluation(made: ExpectedErrors) -> Evaluation:
    frame, answers = rows(2)
    errors = frame["rings"] - answers
    scores = {"mae": float(errors.abs().mean()), "rmse": float((errors**2).mean() ** 0.5)}
    return Evaluation.model_validate(
        {
            "task": "regression",
            "metric": "mae",
            "rows": {"test": ROWS},
            "models": {"challenger": {"test": scores}},
            "comparisons": {},
            "expected_errors": json.loads(json.dumps(made.findings)),
        }
    )


def captured(frame: pd.DataFrame, answers: np.ndarray, day: str = "2026-11-20") -> bytes:
    features = frame.drop(columns="rings").to_dict("records")
    lines = [
        {
            "pipeline": "shells",
            "model": "shells/1",
            "variant": "champion",
            "at": f"{day}T10:00:00+00:00",
            "features": row,
            "id": f"{day} {number}",
            "value": answers[number],
        }
        for number, row in enumerate(features)
    ]
    return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)


def measurer(store: InMemoryStore) -> Measurer:
    registry = Registry(InMemoryTable())
    registry.put_contract(CONTRACT)
    put_tested(registry, store, rings(), pa.Table.from_pandas(rows(2)[0]))
    registry.promote("shells", 1, "approved")
    return Measurer(registry, store, InMemoryBus(), "s3://capture")


def test_a_day_of_numbers_is_estimated_without_outcomes(store: InMemoryStore) -> None:
    """By what its rows are like: as in the test, or worse, which is harm, and is told."""
    room = measurer(store)
    for loud, day in ((0.5, "2026-11-20"), (1.0, "2026-11-21")):
        frame, answers = rows(9, 1_200, loud)
        (found,) = room.see_predictions(f"s3://capture/{day}", captured(frame, answers, day))
        kept = room.registry.quality("shells", "estimated")[-1]
        real = float((frame["rings"] - answers).abs().mean())
        assert (kept["window"], kept["rows"], kept["method"]) == (day, 1_200, ERRORS)
        assert kept["low"] < real < kept["high"]
        assert found.value == pytest.approx(real, rel=0.1)
        assert found.broken == (loud == 1.0)
    assert room.registry.estimation("shells") == {
        "model": "shells/1",
        "method": ERRORS,
        "reason": "",
    }
    (event,) = room.bus.published  # type: ignore[attr-defined]
    assert isinstance(event, HarmFound)
    assert (event.basis, event.change) == ("estimate", "data")
    kept_files = [store.read(uri) for uri in store.objects if "/predictions/" in uri]
    assert kept_files
    assert not any(b"feature:" in body for body in kept_files)


def test_rows_beyond_what_training_saw_widen_the_bounds(store: InMemoryStore) -> None:
    """As if their errors were nothing, or ten times as large; the share is kept."""
    assert isinstance(estimation(store).way, ByErrors)
    bounds = {}
    for name, move in (("inside", 0), ("outside", 1_000)):
        frame, answers = rows(5, 400)
        frame.loc[:99, "size"] += move
        room = measurer(store)
        room.see_predictions("s3://capture/1", captured(frame, answers))
        (kept,) = room.registry.quality("shells", "estimated")
        bounds[name] = (kept["low"], kept["high"])
        assert kept["counted"]["outside"] == (100 if move else 0)
    assert bounds["outside"][0] < 0.85 * bounds["inside"][0]
    assert bounds["outside"][1] > 2 * bounds["inside"][1]


def estimation(
    store: InMemoryStore, found: Evaluation | None = None, contract: Contract = CONTRACT
) -> Estimation:
    """By what lies beside the model, or by another evaluation."""
    registry = Registry(InMemoryTable())
    model = put_tested(registry, store, rings(), pa.Table.from_pandas(rows(2)[0]))
    read = found or Evaluation.model_validate_json(store.read(f"{FOLDER}/evaluation.json"))
    return Estimation.of(read, model, registry.dataset("shells", "v1"), contract, store)


@pytest.mark.parametrize("damage", ["altered", "gone"])
def test_another_model_of_errors_is_not_opened(store: InMemoryStore, damage: str) -> None:
    """Only the one whose hash the evaluation has; the reason says so."""
    uri = f"{FOLDER}/expected_absolute_error.tidemill"
    if damage == "gone":
        del store.objects[uri]
    else:
        store.write(uri, store.read(f"{FOLDER}/expected_squared_error.tidemill"))
    found = estimation(store)
    assert found.way is None
    assert "cannot be read" in found.reason


def test_why_nothing_is_estimated_is_said(made: ExpectedErrors, store: InMemoryStore) -> None:
    """Of models without records, of very many classes; of r2 the absolute error alone is."""
    old = evaluation(made).model_copy(update={"expected_errors": None})
    assert "train it again" in estimation(store, old).reason
    another = CONTRACT.model_copy(update={"target": "size"})
    assert "regression of rings" in estimation(store, contract=another).reason
    found = estimation(store, contract=CONTRACT.model_copy(update={"metric": "r2"}))
    assert found.way is not None
    assert "r2 is not estimated" in found.reason


@pytest.mark.parametrize("sums", [(0.0, 0.0), (1e-9, 1e-19), (30.0, 30.0), (1e9, 1e18)])
def test_odd_sums_have_finite_bounds(sums: tuple[float, float]) -> None:
    """Of errors that are nothing, and of huge ones."""
    reading = Reading(1.0, np.diag([0.1, 0.1]), 0.6)
    value, draws = reading.drawn(30, *sums)
    assert len(draws) == DRAWS
    assert np.isfinite([value, *draws]).all()
    assert min(value, *draws) >= 0


def test_few_rows_tell_nothing_of_errors(made: ExpectedErrors) -> None:
    """Fewer than a hundred give a reason instead of a model."""
    part: Any = Answered(pd.DataFrame({"x": range(9)}), np.zeros(9), np.zeros(9))

    class Columns:
        numeric = ("x",)
        categorical = ()

    settings = RunSettings.from_job(CONTRACT, {"dataset_version": "d1"})
    found = expect_errors(part, part, Columns(), settings)  # type: ignore[arg-type]
    assert "fewer than" in found.findings["reason"]
    assert not found.files
    assert made.files
