"""Some rows of Parquet files that hold too many, taken evenly."""

import io
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from tidemill.store import ObjectFile, Store

MOST_ROWS, MOST_CELLS = 250_000, 20_000_000
MOST_GROUPS = 64
READ_AHEAD = 8 << 20


def parquet_files(folders: Iterable[str], store: Store) -> list[str]:
    """The Parquet files below some folders."""
    return [uri for folder in folders for uri in store.list(folder) if uri.endswith(".parquet")]


def read_rows(
    files: Sequence[str], columns: Sequence[str], store: Store, most: int = MOST_ROWS
) -> pa.Table:
    """Rows of Parquet files, of the columns that they have; at most so many, taken evenly."""
    groups = list(_groups(files, store))
    total = sum(rows for _, _, rows in groups)
    if not total:
        raise FileNotFoundError(f"no rows to compare with in {list(files)[:3]}")
    most = min(most, MOST_CELLS // max(len(columns), 1))
    chosen = groups[:: 1 + (len(groups) - 1) // MOST_GROUPS]
    stride = 1 + (sum(rows for _, _, rows in chosen) - 1) // most
    parts = []
    for uri, group, _ in chosen:
        with io.BufferedReader(ObjectFile(store, uri), READ_AHEAD) as body:
            file = pq.ParquetFile(body, pre_buffer=False)
            names = [name for name in columns if name in file.schema_arrow.names]
            table = file.read_row_group(group, columns=names, use_threads=False)
        some = pa.array(range(0, table.num_rows, stride))
        parts.append(table.take(some) if stride > 1 else table)
    return pa.concat_tables(parts).combine_chunks()


def _groups(files: Sequence[str], store: Store) -> Iterator[tuple[str, int, int]]:
    for uri in files:
        with io.BufferedReader(ObjectFile(store, uri), READ_AHEAD) as body:
            found = pq.ParquetFile(body, pre_buffer=False).metadata
            for group in range(found.num_row_groups):
                yield uri, group, found.row_group(group).num_rows
