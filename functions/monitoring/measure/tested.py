"""A champion's test rows: what it answered them, and what came true."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.likeness import Likeness
from monitoring.measure.rows import FEATURE, READ
from monitoring.measure.scores import LEAST_ROWS, Vector
from tidemill.artifact import Artifact, Feature, Prediction, label_text
from tidemill.errors import ArtifactError
from tidemill.records import DatasetRecord
from tidemill.references import TARGET_TYPES
from tidemill.store import Store
from tidemill_tabular.sample import parquet_files, read_rows

CHANNEL = "test"
MOST_ROWS, AT_ONCE = 5_000, 250
MOST_FEATURES = 50
SPELT = frozenset({"category", "text"})


@dataclass(frozen=True)
class Tested:
    """At most 5,000 rows that a model was not trained on.

    `truth` are codes of `labels`, `said` the chances of each; of numbers there are no labels, and
    `truth` and `said` are numbers. `features` has a column for each that `reads` names, by which
    days are held against the rows.
    """

    features: pa.Table
    reads: Mapping[str, str]
    truth: Vector
    said: Vector
    labels: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        artifact: Artifact,
        dataset: DatasetRecord,
        store: Store,
        also: Mapping[str, str] = MappingProxyType({}),
    ) -> Self:
        """Of the dataset's test rows, which people who were forgotten are gone from.

        Of very many features the first fifty are read, and those of `also`, by their types.
        FileNotFoundError where the rows are gone, or but for a few.
        """
        known = artifact.signature.features
        kinds = [(f.name, f.type) for f in known if f.type in TARGET_TYPES]
        reads: dict[str, str] = {**dict(kinds[:MOST_FEATURES]), **also}
        wanted = dict.fromkeys([*artifact.signature.names, *reads, artifact.header.target])
        rows = read_rows(_files(dataset, store), list(wanted), store, MOST_ROWS)
        labels = tuple(label_text(label) for label in artifact.header.classes)
        rows, truth = _truth(rows, artifact.header.target, labels)
        if len(truth) < LEAST_ROWS:
            raise FileNotFoundError(f"fewer than {LEAST_ROWS} rows that tested it are left")
        slices = [rows.slice(at, AT_ONCE) for at in range(0, rows.num_rows, AT_ONCE)]
        answers = (artifact.predict(_instances(each, known)) for each in slices)
        said = np.concatenate([_outputs(each, labels) for each in answers])
        features = {f"{FEATURE}{n}": _cells(rows, n, kind) for n, kind in reads.items()}
        return cls(pa.table(features), reads, truth, said, labels)

    @cached_property
    def likeness(self) -> Likeness:
        """By which days are held against these rows."""
        return Likeness.of(self.features, self.reads)


def open_artifact(uri: str, digest: str, store: Store) -> Artifact:
    """The artifact whose SHA-256 this is; FileNotFoundError, ArtifactError."""
    body = store.read(uri)
    if sha256(body).hexdigest() != digest:
        raise ArtifactError(f"{uri} is not what training recorded")
    return Artifact.load(body, known=True)


def _files(dataset: DatasetRecord, store: Store) -> list[str]:
    channel = dataset.channels.get(CHANNEL)
    return parquet_files([channel], store) if channel else []


def _truth(rows: pa.Table, target: str, labels: tuple[str, ...]) -> tuple[pa.Table, Vector]:
    """The rows of which something the model may answer came true, and what it was."""
    if target not in rows.column_names:
        raise FileNotFoundError(f"the rows that tested it have no {target}")
    if not labels:
        numbers = pc.cast(rows[target], pa.float64(), safe=False)
        known = pc.fill_null(pc.is_finite(numbers), False)
        return rows.filter(known), np.asarray(numbers.filter(known).to_numpy())
    spelt = pa.array([_label(cell) for cell in rows[target].to_pylist()], pa.string())
    codes = pc.index_in(spelt, pa.array(labels, pa.string()))
    known = pc.is_valid(codes)
    return rows.filter(known), np.asarray(codes.filter(known).to_numpy())


def _label(cell: Any) -> str | None:  # noqa: ANN401 - as it stands in the file
    if cell is None:
        return None
    return label_text(int(cell) if isinstance(cell, float) and cell.is_integer() else cell)


def _instances(rows: pa.Table, features: tuple[Feature, ...]) -> list[dict[str, Any]]:
    """Rows as a request would bring them."""
    columns = {f.name: _cells(rows, f.name, f.type).to_pylist() for f in features}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _cells(rows: pa.Table, name: str, kind: str) -> pa.Array:
    """A feature's cells as captures have them; none where the rows have no such column."""
    type_ = pa.string() if kind in {*SPELT, "timestamp"} else READ.get(kind, pa.float64())
    if name not in rows.column_names:
        return pa.nulls(rows.num_rows, type_)
    column = rows[name].combine_chunks()
    if kind == "timestamp":
        moments = [None if cell is None else cell.isoformat() for cell in column.to_pylist()]
        return pa.array(moments, type_)
    if kind in SPELT:
        cells = column.to_pylist()
        return pa.array([None if cell is None else label_text(cell) for cell in cells], type_)
    return pc.cast(column, type_, safe=False)


def _outputs(answers: list[Prediction], labels: tuple[str, ...]) -> Vector:
    if not labels:
        return np.array([each.value for each in answers], float)
    chances = [each.probabilities or {} for each in answers]
    found = np.array([[each[label] for label in labels] for each in chances])
    shares: Vector = np.clip(np.nan_to_num(found), 0.0, 1.0)
    return shares
