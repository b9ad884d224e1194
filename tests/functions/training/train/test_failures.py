"""What cannot be learnt from is refused with a name, before anything is trained."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

type LayOut = Callable[..., Any]
type Train = Callable[[Any], int]


def numbers(rows: int, **columns: object) -> pd.DataFrame:
    x, noise = np.random.default_rng(0).normal(size=(2, rows))
    return pd.DataFrame({"x": x, "y": x * 2 + noise} | columns)


@pytest.mark.parametrize(
    ("frame", "task", "error"),
    [
        (numbers(200, y=1.0), "regression", "ConstantTargetError: y is 1.0 in every row"),
        (numbers(200, y="a"), "binary", "ConstantTargetError: every training row is of class 'a'"),
        (numbers(40), "regression", "TooFewRowsError: 24 training rows, 30 are needed"),
        (numbers(200, x=np.nan), "regression", "NoUsableFeatureError"),
        (numbers(200, y=["a"] * 60 + ["b"] * 100 + ["c"] * 40), "multiclass", "UnseenClassError"),
        (numbers(200, y=[1.5, 2.0] * 100), "binary", "ContractError: y: 1.5 is no class"),
        (numbers(200, y=list("abcd") * 50), "binary", "TooManyClassesError: y has 4 classes"),
        (numbers(200, y=np.nan), "regression", "TooFewRowsError: 0 training rows"),
        (numbers(200, y=numbers(200)["x"] * 2), "regression", "LeakageError: x (r2 0.99"),
    ],
)
def test_refusal_names_its_reason(
    lay_out: LayOut,
    train: Train,
    frame: pd.DataFrame,
    task: str,
    error: str,
) -> None:
    """The job fails with the error's name and a sentence in output/failure."""
    job = lay_out(frame, "y", task)

    assert train(job) == 1

    assert job.failure().startswith(error)
    assert not (job.root / "model/artifact.tidemill").exists()


def test_empty_feature_is_left_out_with_a_note(lay_out: LayOut, train: Train) -> None:
    """A column without a value does not stop the run; the evaluation says it was left out."""
    job = lay_out(numbers(200, empty=np.nan), "y", "regression", trials=1)

    assert train(job) == 0

    assert "empty is empty in every training row and was left out" in job.produced()["notes"]


def test_metric_of_another_task_is_refused(lay_out: LayOut, train: Train) -> None:
    """A metric that does not measure the task fails the job by name."""
    job = lay_out(numbers(200), "y", "regression", metric="roc_auc")

    assert train(job) == 1

    assert "roc_auc" in job.failure()


def test_failure_fits_sagemaker(lay_out: LayOut, train: Train) -> None:
    """A failure's sentence never exceeds the 1,024 characters that SageMaker keeps."""
    classes = [f"class-{k:04}" for k in range(400)]
    job = lay_out(numbers(400, y=classes), "y", "multiclass")

    assert train(job) == 1

    assert len(job.failure()) <= 1024


def test_fault_that_nobody_foresaw_has_a_name(lay_out: LayOut, train: Train) -> None:
    """Whatever goes wrong, the run's record says more than an exit code."""
    job = lay_out(numbers(200), "y", "regression")
    (job.root / "input/config/hyperparameters.json").write_text("[]")

    assert train(job) == 1

    assert job.failure().startswith("TypeError: ")
