"""The rows a draft is made from, and whether the first of them are the columns' names."""

from dataclasses import dataclass
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc

from tidemill.contract import Column, Format, Source
from tidemill.errors import EmptyFileError
from tidemill.landing import LandedObject
from tidemill.records import Layout
from tidemill.references import ROW
from tidemill.store import Store
from tidemill_tabular.checking.casts import CASTS
from tidemill_tabular.reading.blocks import Block, cut
from tidemill_tabular.reading.columnar import Columnar
from tidemill_tabular.reading.delimited import DelimitedText
from tidemill_tabular.reading.documents import DocumentLines
from tidemill_tabular.reading.layout import find_layout, name_layout, open_text

ANYTHING = Source(columns={"-": Column(type="text")})
HEADLESS = ANYTHING.model_copy(update={"format": Format(header=False)})


@dataclass(frozen=True)
class Beginning:
    """A file's first rows as text by column; `whole` where those are all of them."""

    layout: Layout
    columns: dict[str, pa.Array]
    whole: bool


def begin(landed: LandedObject, store: Store) -> Beginning:
    """Read a file's first rows; DropError where it cannot be read, has no rows, or no names.

    A file whose first row is data has its columns called `column_1` and so on.
    """
    named = name_layout(landed.key)
    if named.format == "parquet":
        begun = _columnar(landed, named, store)
    else:
        begun = _text(landed, named, store, ANYTHING)
        if named.format == "csv" and _is_data(begun):
            begun = _text(landed, named, store, HEADLESS)
    if not next(iter(begun.columns.values()), ()):
        raise EmptyFileError("there is no row to learn from, or no column has a name")
    return begun


def _columnar(landed: LandedObject, named: Layout, store: Store) -> Beginning:
    with Columnar.open(store, landed.uri, landed.version_id, named.packing) as file:
        names = _usable(tuple(file.columns))
        rows = next(file.read((0, 1), list(names)), None) if names else None
        layout = named.model_copy(update={"columns": tuple(file.columns)})
        if rows is None:
            return Beginning(layout, {}, whole=True)
        columns = {name: rows.batch.column(name) for name in names}
        return Beginning(layout, columns, rows.batch.num_rows == file.file.metadata.num_rows)


def _text(landed: LandedObject, named: Layout, store: Store, source: Source) -> Beginning:
    with store.open(landed.uri, landed.version_id) as body:
        found = find_layout(body, named, source)
    layout = found.layout
    if not layout.header:
        numbered = tuple(f"column_{at + 1}" for at in range(len(layout.columns)))
        layout = layout.model_copy(update={"columns": numbered})
    with store.open(landed.uri, landed.version_id) as body:
        stream, hashed = open_text(body, layout)
        with hashed.blamed_on_the_file():
            stream.read(found.start)
            blocks = list(islice(cut(stream), 3))
    wanted = _usable(layout.columns)
    data = b"".join(block.data for block in blocks[:2])
    if not data or not wanted:
        return Beginning(layout, {}, whole=True)
    whole = len(blocks) < 3 and all(block.overlong is None for block in blocks)
    block = Block(data, last=whole)
    reader = (
        DelimitedText(layout, wanted) if layout.format == "csv" else DocumentLines(tuple(wanted))
    )
    rows = reader.read(block).batch
    return Beginning(layout, {name: rows.column(name) for name in wanted}, whole)


def _usable(names: tuple[str, ...]) -> dict[str, int]:
    """Where each column stands that a contract can name, the first of a name."""
    places = {name: at for at, name in reversed([*enumerate(names)]) if name and name != ROW}
    return dict(sorted(places.items(), key=lambda place: place[1]))


def _is_data(begun: Beginning) -> bool:
    """Whether each name could be a cell of its own column, and a number among them surely is one.

    Years that head columns of other numbers are none: they lie outside of what is below them.
    """
    numbers = 0
    for name, column in begun.columns.items():
        cells = pc.utf8_trim_whitespace(column)
        values = CASTS["float"](cells).drop_null()
        if len(values) * 2 < len(cells):
            if not pc.any(pc.equal(cells, name)).as_py():
                return False
            continue
        (number,) = CASTS["float"](pa.array([name])).to_pylist()
        ends = pc.min_max(values).as_py()
        if number is None or not ends["min"] <= number <= ends["max"]:
            return False
        numbers += 1
    return numbers > 0
