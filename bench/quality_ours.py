"""What is estimated of a stream by the rows that tested its model."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa

from bench.quality_streams import FEATURES, Rows, Stream
from monitoring.measure.chances import ByChances
from monitoring.measure.errors import ByErrors
from monitoring.measure.rows import CHANCE, FEATURE
from monitoring.measure.scores import Judged, Score
from monitoring.measure.tested import Tested
from tidemill.artifact import Artifact
from tidemill.contract import Contract
from training.train.examining.expected_errors import Answered, expect_errors
from training.train.rows import channels
from training.train.settings import RunSettings

NAMES = [f"x{k}" for k in range(FEATURES)]

type Scores = dict[str, list[Score]]


def of_classes(stream: Stream, metrics: Sequence[str]) -> Scores:
    """By test rows that are like a chunk's."""
    way = ByChances(_tested(stream.reference))
    found: Scores = {metric: [] for metric in metrics}
    for chunk in stream.chunks:
        said = answers(chunk, stream.threshold).astype(str).tolist()
        _add(found, way.scores(metrics, way.count(_captured(chunk, said)) or {}))
    return found


def of_numbers(stream: Stream, metrics: Sequence[str]) -> Scores:
    """By models of the errors of rows that training held out, read by the reference's."""
    if stream.learnt is None:
        raise ValueError("a stream of numbers has rows that training held out")
    settings = RunSettings.from_job(_contract(), {"dataset_version": "stream"})
    parts = {"train": stream.learnt, "validation": stream.reference, "test": stream.reference}
    with TemporaryDirectory() as name:
        folders = {part: Path(name) / part for part in parts}
        for part, rows in parts.items():
            folders[part].mkdir()
            _frame(rows).to_parquet(folders[part] / "rows.parquet")
        dataset = channels.load(folders, settings.contract, "regression")
    made = expect_errors(_answered(stream.learnt), _answered(stream.reference), dataset, settings)
    losses = made.findings["losses"]
    artifacts = {loss: Artifact.load(made.files[each["file"]]) for loss, each in losses.items()}
    findings, tested = made.findings, _tested(stream.reference)
    way = ByErrors(artifacts, tested, findings["ranges"], findings["answer"])
    found: Scores = {metric: [] for metric in metrics}
    for chunk in stream.chunks:
        said = chunk.said.astype(str).tolist()
        _add(found, way.scores(metrics, way.count(_captured(chunk, said)) or {}))
    return found


def _add(found: Scores, scores: Mapping[str, Score | None]) -> None:
    for metric, score in scores.items():
        found[metric].append(_sure(score))


def _tested(rows: Rows) -> Tested:
    labels = tuple(str(k) for k in range(rows.said.shape[1])) if rows.said.ndim > 1 else ()
    features = pa.table(_features(rows))
    reads = dict.fromkeys(NAMES if features.num_columns else [], "float")
    return Tested(features, reads, rows.truth, rows.said, labels)


def realised(chunk: Rows, threshold: float, metric: str) -> float:
    """What the labels show."""
    return _judged(chunk, threshold).metric(metric)


def expected(chunk: Rows, threshold: float, metric: str) -> float | None:
    """What the true chances let expect: no estimate can be nearer. None where none are known."""
    if chunk.sure is None:
        return None
    rows, classes = chunk.sure.shape
    every = _judged(chunk, threshold).at(np.repeat(np.arange(rows), classes))
    truth = np.tile(np.arange(classes), rows)
    weighed = Judged(truth, every.answers, every.chances, classes)
    return weighed.metric(metric, chunk.sure.ravel())


def answers(chunk: Rows, threshold: float) -> np.ndarray:
    """The likeliest class; of two the second from a threshold on."""
    if chunk.said.shape[1] > 2:
        return np.asarray(chunk.said.argmax(axis=1))
    return (chunk.said[:, 1] >= threshold).astype(int)


def _judged(chunk: Rows, threshold: float) -> Judged:
    if chunk.said.ndim == 1:
        return Judged(chunk.truth, chunk.said, np.empty((len(chunk.truth), 0)))
    said = answers(chunk, threshold)
    return Judged(chunk.truth, said, chunk.said, chunk.said.shape[1])


@cache
def _contract() -> Contract:
    columns = {name: {"type": "float"} for name in [*NAMES, "y"]}
    sources = {"rows": {"columns": columns}}
    document = {"pipeline": "stream", "target": "y", "task": "regression", "sources": sources}
    return Contract.model_validate(document)


def _frame(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame(rows.features, columns=NAMES).assign(y=rows.truth)


def _answered(rows: Rows) -> Answered:
    return Answered(_frame(rows)[NAMES], rows.truth, rows.said)


def _captured(rows: Rows, said: list[str]) -> pa.Table:
    chances = (
        {}
        if rows.said.ndim == 1
        else {f"{CHANCE}{k}": rows.said[:, k] for k in range(rows.said.shape[1])}
    )
    return pa.table({"value": pa.array(said), **chances, **_features(rows)})


def _features(rows: Rows) -> dict[str, np.ndarray]:
    return {f"{FEATURE}{NAMES[k]}": rows.features[:, k] for k in range(rows.features.shape[1])}


def _sure(score: Score | None) -> Score:
    if score is None:
        raise RuntimeError("a chunk was too small to be estimated")
    return score
