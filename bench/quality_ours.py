"""What is estimated of a stream by what training would have recorded of its model."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa

from bench.quality_streams import FEATURES, Rows, Stream
from monitoring.measure.correction import Correction
from monitoring.measure.errors import ByErrors, Reading
from monitoring.measure.estimate import Said
from monitoring.measure.rows import FEATURE
from monitoring.measure.scores import Judged, Score
from tidemill.artifact import Artifact
from tidemill.contract import Contract
from training.train.examining.expected_errors import Answered, expect_errors
from training.train.measuring.curves import curves
from training.train.measuring.fringes import fringes
from training.train.rows import channels
from training.train.settings import RunSettings

NAMES = [f"x{k}" for k in range(FEATURES)]

type Scores = dict[str, list[Score]]


def of_classes(stream: Stream, metrics: Sequence[str]) -> Scores:
    """By curves of the reference's chances."""
    reference = stream.reference
    edges = fringes(pd.DataFrame(reference.features))
    told = curves(reference.truth, reference.said, edges)
    corrections = [Correction.of(each) for each in told]
    found: Scores = {metric: [] for metric in metrics}
    for chunk in stream.chunks:
        said = Said.of(chunk.said, answers(chunk, stream.threshold))
        for metric in metrics:
            found[metric].append(_sure(said.estimate(metric, corrections)))
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
    way = ByErrors(
        {loss: Artifact.load(made.files[each["file"]]) for loss, each in losses.items()},
        {loss: Reading.of(each) for loss, each in losses.items()},
        made.findings["ranges"],
        made.findings["reads"],
        made.findings["answer"],
    )
    found: Scores = {metric: [] for metric in metrics}
    for chunk in stream.chunks:
        kept = way.count(_captured(chunk)) or {}
        for metric in metrics:
            found[metric].append(_sure(way.score(metric, kept)))
    return found


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


def _captured(rows: Rows) -> pa.Table:
    features = {f"{FEATURE}{name}": rows.features[:, k] for k, name in enumerate(NAMES)}
    return pa.table({"value": pa.array(rows.said.astype(str).tolist()), **features})


def _sure(score: Score | None) -> Score:
    if score is None:
        raise RuntimeError("a chunk was too small to be estimated")
    return score
