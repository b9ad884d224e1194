"""The first rows of a file as texts, whatever columns it has: what a draft is made from."""

from dataclasses import dataclass
from itertools import islice

import pyarrow as pa

from ingestion.ingest.blocks import Block, cut
from ingestion.ingest.columnar import Columnar
from ingestion.ingest.delimited import DelimitedText
from ingestion.ingest.documents import DocumentLines
from ingestion.ingest.layout import find_layout, name_layout, open_text
from tidemill.contract import Column, Source
from tidemill.errors import EmptyFileError
from tidemill.landing import LandedObject
from tidemill.records import Layout
from tidemill.store import Store

ANYTHING = Source(columns={"-": Column(type="text")})


@dataclass(frozen=True)
class Sample:
    """Rows from a file's beginning, its columns all text; `whole` where that is all there is."""

    layout: Layout
    rows: pa.RecordBatch
    whole: bool


def sample(landed: LandedObject, store: Store) -> Sample:
    """Read a file's first rows; DropError where it cannot be read, EmptyFileError without rows."""
    named = name_layout(landed.key)
    found = _columnar(landed, named, store) if named.format == "parquet" else _text(landed, store)
    if not found.rows.num_rows:
        raise EmptyFileError("there is no row to learn from")
    return found


def _columnar(landed: LandedObject, named: Layout, store: Store) -> Sample:
    with Columnar.open(store, landed.uri, landed.version_id, named.packing) as file:
        layout = named.model_copy(update={"columns": tuple(file.columns)})
        names = list(dict.fromkeys(file.columns))
        first = next(file.read((0, 1), names)).batch
        return Sample(layout, first, whole=first.num_rows == file.file.metadata.num_rows)


def _text(landed: LandedObject, store: Store) -> Sample:
    named = name_layout(landed.key)
    with store.open(landed.uri, landed.version_id) as body:
        found = find_layout(body, named, ANYTHING)
    with (
        store.open(landed.uri, landed.version_id) as body,
        open_text(body, found.layout) as (stream, _),
    ):
        stream.read(found.start)
        blocks = list(islice(cut(stream), 2))
    whole = len(blocks) < 2
    block = Block(blocks[0].data, last=whole, overlong=blocks[0].overlong) if blocks else Block(b"")
    names = {name: at for at, name in reversed([*enumerate(found.layout.columns)]) if name}
    if found.layout.format == "csv":
        cells = DelimitedText(found.layout, dict(reversed(names.items()))).read(block)
    else:
        cells = DocumentLines(found.layout.columns).read(block)
    return Sample(found.layout, cells.batch, whole=whole)
