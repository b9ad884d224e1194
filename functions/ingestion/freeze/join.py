"""The drops of all sources as one table."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tidemill.contract import Contract
from tidemill.records import DropRecord
from tidemill.references import ROW
from tidemill.store import Store


def join_sources(contract: Contract, drops: list[DropRecord], store: Store) -> pa.Table:
    """Every row of the first source, with what the others know of it under the declared keys.

    Where another source has a key more than once, its newest drop's last row counts.

    `_row` is `<drop>:<row number>` of the first source: the way from any row back to its file.
    """
    (first, _), *others = contract.sources.items()
    joined = _stack(first, drops, store)
    for name, source in others:
        table = _stack(name, drops, store).drop_columns([ROW])
        keys = list(source.join)
        known = [column for column in table.column_names if column not in keys]
        last = table.group_by(keys, use_threads=False).aggregate([(c, "last") for c in known])
        last = last.select([*keys, *(f"{c}_last" for c in known)]).rename_columns([*keys, *known])
        joined = joined.join(last, keys=keys)
    return joined.sort_by(ROW)


def _stack(source: str, drops: list[DropRecord], store: Store) -> pa.Table:
    tables = []
    for drop in drops:
        if drop.source != source:
            continue
        for part in drop.parts:
            table = pq.read_table(pa.BufferReader(store.read(part.uri)))
            number = pc.cast(pc.add(table.column(ROW), part.first_row), pa.string())
            row = pc.binary_join_element_wise(drop.drop_id, number, ":")
            at = table.schema.get_field_index(ROW)
            tables.append(table.set_column(at, ROW, row))
    return pa.concat_tables(tables, promote_options="default")
