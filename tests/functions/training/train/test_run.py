"""A whole job, from channels to a model package."""

import gzip
import json
import shutil
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

from tidemill.artifact import Artifact

type LayOut = Callable[..., Any]
type Train = Callable[[Any], int]


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def test_regression_delivers_a_package(
    lay_out: LayOut, train: Train, abalone: pd.DataFrame
) -> None:
    """A job leaves an artifact, the pipeline, the evaluation and a report that stands alone."""
    job = lay_out(abalone.head(900), "rings", "regression", trials=5)

    assert train(job) == 0

    made = {path.name for path in (job.root / "model").iterdir()}
    errors = {f"expected_{kind}_error.tidemill" for kind in ("absolute", "squared")}
    assert made - errors == {
        "artifact.tidemill",
        "pipeline.joblib",
        "evaluation.json",
        "report.html",
    }
    assert errors <= made
    evaluation = job.produced()
    models = evaluation["models"]
    assert models["challenger"]["test"]["rmse"] < models["baseline"]["test"]["rmse"]
    assert set(models["challenger"]) == {"train", "validation", "test"}
    assert evaluation["comparisons"]["baseline"]["probability_better"] > 0.99
    assert evaluation["parity"]["largest_difference"] <= 1e-12
    assert evaluation["rows"] == {"train": 540, "validation": 180, "test": 180}
    report = (job.root / "model/report.html").read_text()
    assert "http://" not in report
    assert "https://" not in report
    assert "prefers-color-scheme: dark" in report


def test_reported_metric_is_that_of_the_delivered_artifact(
    lay_out: LayOut, train: Train, abalone: pd.DataFrame
) -> None:
    """The test RMSE can be computed again from artifact and test rows."""
    job = lay_out(abalone.head(600), "rings", "regression")
    train(job)

    answers = Artifact.load(job.artifact()).predict(rows_of(job.test_rows()))

    errors = np.array([a.value for a in answers]) - job.test_rows()["rings"]
    reported = job.produced()["models"]["challenger"]["test"]["rmse"]
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(reported, rel=1e-12)


def test_binary_labels_keep_their_spelling(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame
) -> None:
    """Labels come back as the data spelt them, each with its probability."""
    job = lay_out(mixed.drop(columns="amount"), "label", "binary", trials=2)

    assert train(job) == 0, job.failure()

    frame = job.test_rows()
    artifact = Artifact.load(job.artifact())
    answers = artifact.predict(rows_of(frame))
    assert artifact.header.classes == ("no", "yes")
    assert {a.value for a in answers} <= {"no", "yes"}
    assert all(sum(a.probabilities.values()) == pytest.approx(1) for a in answers)
    assert job.produced()["parity"]["label_flips"] == 0


def test_boolean_target_answers_booleans(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame
) -> None:
    """A bool target is answered with true and false, not with text."""
    job = lay_out(mixed.drop(columns="amount"), "flag", "binary", trials=1, metric="accuracy")

    assert train(job) == 0, job.failure()

    answer = Artifact.load(job.artifact()).predict([{}])[0]
    assert isinstance(answer.value, bool)
    assert set(answer.probabilities) == {"false", "true"}


def test_multiclass(lay_out: LayOut, train: Train, mixed: pd.DataFrame) -> None:
    """Three classes and more give a probability for each."""
    frame = mixed.dropna(subset="colour").drop(columns=["label"])
    job = lay_out(frame, "colour", "multiclass", trials=2)

    assert train(job) == 0, job.failure()

    answer = Artifact.load(job.artifact()).predict([{"size": 0.1}])[0]
    assert set(answer.probabilities) == {"blue", "green", "red"}


def test_same_seed_gives_the_same_bytes(lay_out: LayOut, train: Train, mixed: pd.DataFrame) -> None:
    """A run is reproducible to the last digit from its settings."""
    job = lay_out(mixed.drop(columns="label"), "amount", "regression", trials=7)
    train(job)
    first = job.artifact()
    for path in sorted((job.root / "checkpoints").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

    train(job)

    assert job.artifact() == first


def test_champion_is_measured_on_the_same_rows(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame
) -> None:
    """A champion that equals the challenger differs from it by nothing, at even odds."""
    job = lay_out(mixed.drop(columns="label"), "amount", "regression")
    train(job)
    champion = job.root / "input/data/champion"
    champion.mkdir()
    (champion / "artifact.tidemill").write_bytes(job.artifact())

    train(job)

    found = job.produced()
    assert found["models"]["champion"]["test"] == found["models"]["challenger"]["test"]
    assert found["comparisons"]["champion"]["difference"] == 0
    assert found["comparisons"]["champion"]["probability_better"] == 0.5
    assert found["champion_dataset_version"] == "d1"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"size": "category"}, "it takes size as float, which is category now"),
        ({"label": "maybe"}, "its classes are no, yes"),
    ],
)
def test_champion_of_another_contract_is_a_note(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame, change: dict[str, str], why: str
) -> None:
    """Columns of another kind, or labels of another name, are no ground to compare models on."""
    before = mixed[["size", "label"]]
    job = lay_out(before, "label", "binary", trials=1)
    train(job)
    champion = job.root / "input/data/champion"
    champion.mkdir()
    (champion / "artifact.tidemill").write_bytes(job.artifact())
    shutil.rmtree(job.root / "checkpoints")
    after = before.assign(
        size=before["size"].gt(0).map({True: "high", False: "low"})
        if "size" in change
        else before["size"],
        label=before["label"].replace("no", change.get("label", "no")),
    )

    assert train(lay_out(after, "label", "binary", trials=1)) == 0

    assert job.produced()["models"]["champion"] is None
    assert f"the champion could not be measured: {why}" in job.produced()["notes"]


def test_unreadable_champion_is_a_note(lay_out: LayOut, train: Train, mixed: pd.DataFrame) -> None:
    """A broken champion does not cost the run; the evaluation says so."""
    job = lay_out(mixed.drop(columns="label"), "amount", "regression", trials=1)
    champion = job.root / "input/data/champion"
    champion.mkdir()
    (champion / "artifact.tidemill").write_bytes(gzip.compress(b"{}"))

    assert train(job) == 0

    assert job.produced()["models"]["champion"] is None
    assert any("champion" in note for note in job.produced()["notes"])


def test_pipeline_predicts_what_the_artifact_predicts(
    lay_out: LayOut, train: Train, mixed: pd.DataFrame
) -> None:
    """The pipeline kept for audit is the one that was exported."""
    job = lay_out(mixed.drop(columns="label"), "amount", "regression")
    train(job)
    features = job.test_rows().drop(columns=["amount", "_row"])
    frame = features.assign(flag=features["flag"].astype(float))
    frame["colour"] = frame["colour"].astype(object).where(frame["colour"].notna(), np.nan)

    expected = joblib.load(job.root / "model/pipeline.joblib").predict(frame)

    answers = Artifact.load(job.artifact()).predict(rows_of(features))
    assert np.array([a.value for a in answers]) == pytest.approx(expected, rel=1e-12)


def test_time_limit_still_delivers(lay_out: LayOut, train: Train, mixed: pd.DataFrame) -> None:
    """A search that runs out of time delivers its best so far and says that it was cut short."""
    frame = mixed.drop(columns="label")
    job = lay_out(frame, "amount", "regression", trials=500, max_seconds=1)

    assert train(job) == 0

    search = job.produced()["search"]
    assert search["cut_short"]
    assert 1 <= search["completed"] < 500
    json.dumps(job.produced(), allow_nan=False)
