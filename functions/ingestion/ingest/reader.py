"""Files as batches of text cells: one way in for every format."""

from typing import BinaryIO

from ingestion.ingest.cells import Cells
from ingestion.ingest.columnar import read_columnar
from ingestion.ingest.delimited import read_delimited
from ingestion.ingest.documents import read_documents
from ingestion.ingest.stream import HashedStream, split_packing, unpack
from tidemill.contract import Source
from tidemill.errors import UnsupportedFormatError

FORMATS = {
    "csv": read_delimited,
    "tsv": read_delimited,
    "jsonl": read_documents,
    "parquet": read_columnar,
}


def read_cells(body: BinaryIO, name: str, source: Source) -> Cells:
    """Open a drop by its name's ending; RejectedDropError where it cannot be read."""
    stem, packing = split_packing(name.lower())
    ending = stem.rsplit(".", 1)[-1]
    if ending not in FORMATS:
        raise UnsupportedFormatError(
            f"{ending!r} is no format Tidemill reads;"
            " use csv, tsv, jsonl or parquet, plain, .gz or .zst"
        )
    hashed = HashedStream(body)
    with hashed.blamed_on_the_file():
        return FORMATS[ending](unpack(hashed, packing), hashed, source)
