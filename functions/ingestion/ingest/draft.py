"""A draft of the contract that a file's columns suggest, for a person to read and adopt."""

import io
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from ingestion.ingest.checker import check
from ingestion.ingest.sample import sample as read_sample
from ingestion.ingest.triage import DRAFT
from tidemill.contract import Column
from tidemill.errors import DropError, EmptyFileError
from tidemill.landing import LandedObject
from tidemill.references import ROW
from tidemill.store import Store

MEDIA = "application/yaml"
MARKERS = ("?", "NA", "N/A", "NULL", "null", "None", "NaN", "nan", "unknown", "-")
TARGETS = ("target", "label", "class", "y", "outcome")
CATEGORIES, SHARE = 100, 0.5
HEAD = """\
Tidemill's draft of a contract, from the first {rows} rows of {name}.
Read it, mend it, and drop it as {pipeline}/pipeline.yaml."""


@dataclass(frozen=True)
class Draft:
    """The text of a contract, and whether its target was named rather than guessed."""

    text: str
    adopted: bool


def draft(landed: LandedObject, store: Store) -> Draft:
    """Suggest a contract for a landed object; RejectedDropError where it cannot be read.

    A `target` in the object's metadata that is a column of the file is the draft's target.
    """
    found = read_sample(landed, store)
    sample = found.rows
    names = [name for name in sample.schema.names if name and name != ROW]
    if not names:
        raise EmptyFileError("no column has a name")
    columns = {name: suggest(sample.column(name), whole=found.whole) for name in names}
    wish = store.metadata(landed.uri, landed.version_id).get("target")
    target = wish if wish in columns else _guess(columns)
    document = CommentedMap(pipeline=landed.pipeline, target=target)
    document["sources"] = {landed.source: {"columns": _flow(columns, sample, target)}}
    if wish != target:
        document.yaml_add_eol_comment("a guess: name the column to predict", "target")
    rows = sample.num_rows
    head = HEAD.format(rows=rows, name=landed.key, pipeline=landed.pipeline)
    document.yaml_set_start_comment(head)
    text = io.StringIO()
    writer = YAML()
    writer.width = 200
    writer.dump(document, text)
    return Draft(text.getvalue(), adopted=wish == target)


def leave_draft(landed: LandedObject, store: Store) -> None:
    """Leave a draft beside a drop that waits for a contract; adopt it if its target was named.

    A contract that lies there already is a person's, refused or about to be read: it stays.
    """
    base = f"s3://{landed.bucket}/{landed.pipeline}"
    try:
        suggestion = draft(landed, store)
    except (DropError, FileNotFoundError):
        return
    text = suggestion.text.encode()
    store.write(f"{base}/{DRAFT}", text, MEDIA)
    if suggestion.adopted and not _is_there(f"{base}/pipeline.yaml", store):
        store.write(f"{base}/pipeline.yaml", text, MEDIA)


def suggest(cells: pa.Array, *, whole: bool) -> Column:
    """The narrowest type that every present cell fits, and the markers that stand for none.

    Only cells that are the whole of a column can say that none of it is missing.
    """
    text = pc.utf8_trim_whitespace(cells)
    markers = tuple(m for m in MARKERS if pc.any(pc.equal(text, m)).as_py())
    missing = ("", *markers)
    present = text.filter(pc.invert(pc.is_in(text, pa.array(missing))))
    nullable = len(present) < len(text) or not whole
    for kind in ("int", "float", "bool", "timestamp"):
        column = Column(type=kind, missing=missing, nullable=nullable)
        broken = (pc.any(mask).as_py() for mask, _ in check(cells, column).broken)
        if len(present) and not any(broken):
            return column
    distinct = pc.count_distinct(present).as_py()
    few = distinct <= min(CATEGORIES, max(2, SHARE * len(present)))
    return Column(type="category" if few else "text", missing=missing, nullable=nullable)


def _classes(column: Column, cells: pa.Array) -> list[str | int]:
    """The labels of a target that has some: a contract tells the task by them."""
    labels = sorted(set(cells.to_pylist()) - set(column.missing))
    if column.type == "category":
        return list(labels)
    return [int(label) for label in labels] if column.type == "int" and len(labels) == 2 else []


def _is_there(uri: str, store: Store) -> bool:
    try:
        store.metadata(uri)
    except FileNotFoundError:
        return False
    return True


def _guess(columns: dict[str, Column]) -> str:
    learnable = [name for name, c in columns.items() if c.type not in {"text", "timestamp"}]
    named = [name for name in learnable if name.lower() in TARGETS]
    return [*columns, *learnable, *named][-1]


def _flow(columns: dict[str, Column], sample: pa.RecordBatch, target: str) -> CommentedMap:
    """A line for each column, with what a person should look at behind it."""
    lines = CommentedMap()
    for name, column in columns.items():
        fields: dict[str, Any] = {"type": column.type}
        if len(column.missing) > 1:
            fields["missing"] = list(column.missing)
        if not column.nullable:
            fields["nullable"] = False
        if name == target and (classes := _classes(column, sample.column(name))):
            fields["values"] = classes
        line = CommentedMap(fields)
        line.fa.set_flow_style()
        lines[name] = line
        distinct = pc.count_distinct(sample.column(name)).as_py()
        if distinct == 1:
            lines.yaml_add_eol_comment("the same in every row", name)
        elif distinct == sample.num_rows and column.type in {"int", "text"} and name != target:
            lines.yaml_add_eol_comment("never twice the same: an id?", name)
    return lines
