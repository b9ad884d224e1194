"""Rows of a batch file, a stretch at a time, to what the model answers of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from inference.batch.features import FeatureReader, Read, codes_of, numbers_of, scalars_of
from inference.batch.plan import BatchPlan, Identifier
from tidemill.artifact import Artifact, label_text
from tidemill.batches import Scored
from tidemill.errors import ArtifactError
from tidemill_tabular.checking.checker import check
from tidemill_tabular.checking.pseudonymise import pseudonymise
from tidemill_tabular.reading.cells import Cells

PROBABILITY = "probability_"
UNANSWERED = "the model answers no finite number"


@dataclass(frozen=True)
class Typed:
    """The rows that are rows: answers as of a stretch, what came of each feature, and which row."""

    table: pa.Table
    features: Mapping[str, pa.Array]
    numbers: np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Stretch:
    """The answers of some rows in the file's order, of all that `schema_of` names but `row`."""

    table: pa.Table
    scored: Scored
    typed: Typed


def schema_of(artifact: Artifact, *, named: bool) -> pa.Schema:
    """The columns of answers: `id` where a column names rows, else `row`, their number.

    Then the value, a probability for each class, and the error of a row that has neither.
    """
    name = pa.field("id", pa.string()) if named else pa.field("row", pa.int64())
    classes = artifact.header.classes
    kind = pa.array(classes).type if classes else pa.float64()
    shares = [pa.field(f"{PROBABILITY}{label_text(label)}", pa.float64()) for label in classes]
    return pa.schema([name, ("value", kind), *shares, ("error", pa.string())])


@dataclass(frozen=True)
class Scorer:
    """One model over the rows of one planned file; `key` makes pseudonyms of what names rows."""

    artifact: Artifact
    plan: BatchPlan
    key: bytes = b""

    def score(self, cells: Cells) -> Stretch:
        """Answers and faults of a stretch of rows, none left out: a bad row fails nothing else."""
        rows = cells.batch.num_rows
        present = dict(zip(cells.batch.schema.names, cells.batch.columns, strict=True))
        absent = pa.repeat(pa.scalar("", pa.string()), rows)
        reads = {r.feature.name: r.read(present.get(r.feature.name, absent)) for r in self._readers}
        error = _errors(reads, rows)
        answers = self._answer({name: read.values for name, read in reads.items()}, rows)
        error = pc.if_else(
            pc.and_(pc.is_null(error), pc.invert(pc.is_finite(answers[0]))), UNANSWERED, error
        )
        columns = self._columns(answers, error)
        if identifier := self.plan.identifier:
            names = _names(present.get(identifier.column, absent), identifier, self.key)
            columns = {"id": names, **columns}
        answers = pa.table(columns)
        came = {name: read.came for name, read in reads.items()}
        table = _whole(answers, cells)
        return Stretch(table, _counted(table, reads), Typed(answers, came, cells.numbers))

    @cached_property
    def _readers(self) -> list[FeatureReader]:
        signature, columns = self.artifact.signature, self.plan.columns
        return [FeatureReader(f, columns[f.name], signature.rules) for f in signature.features]

    @cached_property
    def _by_columns(self) -> bool:
        """Whether the compiled kernel takes columns of this model's."""
        vocabularies = self.artifact.vocabularies
        floats = [f.name for f in self.artifact.signature.features if f.type == "float"]
        try:
            self.artifact.scores({}, 0)
        except ArtifactError:
            return False
        return not any(name in vocabularies for name in floats)

    def _answer(self, values: Mapping[str, pa.Array], rows: int) -> list[pa.Array]:
        """Probabilities by class and the winner's place, or the number."""
        if not self._by_columns:
            return self._answer_rows(values, rows)
        known = self.artifact.vocabularies
        columns = {
            name: codes_of(column, known[name]) if name in known else numbers_of(column)
            for name, column in values.items()
            if name in known or not pa.types.is_string(column.type)  # or the model reads it not
        }
        scores = self.artifact.scores(columns, rows)
        width = max(len(self.artifact.header.classes), 1)
        outputs = np.frombuffer(scores.outputs).reshape(rows, width)
        answers = [pa.array(np.ascontiguousarray(outputs[:, place])) for place in range(width)]
        return [*answers, pa.array(np.frombuffer(scores.winners, np.uint32))]

    def _answer_rows(self, values: Mapping[str, pa.Array], rows: int) -> list[pa.Array]:
        """The same, row by row: of models that read texts, or without the kernel."""
        columns = {name: scalars_of(column) for name, column in values.items()}
        found = self.artifact.predict(
            [{name: column[row] for name, column in columns.items()} for row in range(rows)]
        )
        classes = self.artifact.header.classes
        if not classes:
            numbers = pa.array([float(each.value) for each in found], pa.float64())
            return [numbers, pa.array([0] * rows, pa.uint32())]
        shares = [
            pa.array([(each.probabilities or {})[label_text(label)] for each in found])
            for label in classes
        ]
        return [*shares, pa.array([classes.index(each.value) for each in found], pa.uint32())]

    def _columns(self, answers: list[pa.Array], error: pa.Array) -> dict[str, pa.Array]:
        *outputs, winners = answers
        classes, good = self.artifact.header.classes, pc.is_null(error)
        if not classes:
            return {"value": _where(good, outputs[0]), "error": error}
        shares = {
            f"{PROBABILITY}{label_text(label)}": _where(good, output)
            for label, output in zip(classes, outputs, strict=True)
        }
        return {"value": _where(good, pa.array(classes).take(winners)), **shares, "error": error}


def _errors(reads: Mapping[str, Read], rows: int) -> pa.Array:
    """What is wrong with each row, by column and rule; null where nothing is."""
    error = pa.nulls(rows, pa.string())
    for name, read in reads.items():
        for mask, rule in read.faults:
            if pc.any(mask).as_py():
                said = pa.scalar(f"{name}: {rule}")
                more = pc.binary_join_element_wise(error, said, "; ")
                error = pc.if_else(mask, pc.coalesce(more, said), error)
    return error


def _names(cells: pa.Array, identifier: Identifier, key: bytes) -> pa.Array:
    """What names the rows, as it came or in its place a pseudonym in hexadecimal digits."""
    values = check(cells, identifier.rules).values
    if identifier.key is None:
        return values
    tokens = pseudonymise(pc.cast(values, pa.string()), key).to_pylist()
    return pa.array([token and token.hex() for token in tokens], pa.string())


def _whole(table: pa.Table, cells: Cells) -> pa.Table:
    """The table with the rows that are none among the others, each saying why."""
    if not cells.faults.num_rows and cells.rows == table.num_rows:
        return table
    places = np.full(cells.rows, -1, dtype=np.int64)
    places[cells.numbers] = np.arange(table.num_rows)
    table = table.take(pa.array(places, mask=places < 0))
    rules: list[str | None] = [None] * cells.rows
    numbers, faults = cells.faults["row"].to_pylist(), cells.faults["rule"].to_pylist()
    for row, rule in zip(numbers, faults, strict=True):
        rules[row] = f"row: {rule}"
    at = table.schema.get_field_index("error")
    error = pc.coalesce(table["error"], pa.chunked_array([pa.array(rules, pa.string())]))
    return table.set_column(at, "error", error)


def _counted(table: pa.Table, reads: Mapping[str, Read]) -> Scored:
    scored = table["error"].null_count
    unseen = Counter({name: read.unseen for name, read in reads.items() if read.unseen})
    beyond = Counter({name: read.out_of_range for name, read in reads.items() if read.out_of_range})
    return Scored(
        read=table.num_rows,
        scored=scored,
        failed=table.num_rows - scored,
        unseen=unseen,
        out_of_range=beyond,
    )


def _where(good: pa.Array, values: Any) -> pa.Array:  # noqa: ANN401 - an Arrow array
    return pc.if_else(good, values, pa.scalar(None, values.type))
