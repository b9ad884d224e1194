"""Files of outcomes: read as any drop is, checked against the target, recorded among the drops."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.rows import outcomes_table
from tidemill.contract import Column, Contract, is_name
from tidemill.errors import DropError, MissingColumnError, RejectedDropError
from tidemill.landing import LandedObject
from tidemill.outcomes import MOST_ID
from tidemill.records import DropRecord, DropState, Rows
from tidemill.registry import Registry
from tidemill.store import Store
from tidemill_tabular.checking.checker import check
from tidemill_tabular.reading.cells import Cells
from tidemill_tabular.reading.line import FileReader
from tidemill_tabular.reading.ranges import cut_file

PART_BYTES = 32 << 20
NAMED = 5
ID, VALUE = "id", "value"
NEWER = "a newer version of this object landed before it was read"


@dataclass(frozen=True)
class OutcomeFile:
    """What a file says came true: a table as `rows` has them, and its record."""

    record: DropRecord
    outcomes: pa.Table | None = None


def read_file(
    landed: LandedObject, contract: Contract | None, registry: Registry, store: Store
) -> OutcomeFile:
    """Read the columns `id` and the target, or `value`; rows that cannot be used are counted.

    What cannot be read at all, or names neither, is recorded as rejected or quarantined.
    """
    if contract is None or not is_name(landed.pipeline):
        return OutcomeFile(landed.recorded("ignored", "the pipeline has no contract"))
    if not registry.is_newest(landed):
        return OutcomeFile(landed.recorded("ignored", NEWER))
    try:
        return _read(landed, contract, store)
    except FileNotFoundError:
        said = "the object was deleted before it was read"
        return OutcomeFile(landed.recorded("ignored", said))
    except DropError as fault:
        state: DropState = "rejected" if isinstance(fault, RejectedDropError) else "quarantined"
        return OutcomeFile(landed.recorded(state, f"{type(fault).__name__}: {fault}"))


def _read(landed: LandedObject, contract: Contract, store: Store) -> OutcomeFile:
    first = next(iter(contract.sources.values()))
    target = contract.columns()[contract.target]
    file = cut_file(landed, first.model_copy(update={"join": ()}), store, PART_BYTES)
    value = _value_column(file.layout.columns, contract)
    names = (ID, value)
    places = {name: n for n, name in enumerate(file.layout.columns) if name in names}
    reader = FileReader(file, places or dict.fromkeys(names, 0), store)
    read: list[_Stretch] = []
    for number in range(len(file.ranges)):
        reader.work_off(number, lambda cells: _stretch(cells, value, target), read.append)
    rows = sum(each.rows for each in read)
    ids = [name for each in read for name in each.ids]
    values = [told for each in read for told in each.values]
    reasons = tuple(dict.fromkeys(said for each in read for said in each.reasons))[:NAMED]
    counted = Rows(read=rows, accepted=len(ids), quarantined=rows - len(ids))
    record = landed.recorded("accepted" if ids else "quarantined", *reasons)
    record = record.model_copy(update={"rows": counted, "layout": file.layout})
    return OutcomeFile(record, outcomes_table(ids, values, [landed.landed_at] * len(ids)))


@dataclass(frozen=True)
class _Stretch:
    rows: int
    ids: list[str]
    values: list[str]
    reasons: list[str]


def _stretch(cells: Cells, value: str, target: Column) -> _Stretch:
    """The rows of a stretch that have both, and why others do not."""
    present = dict(zip(cells.batch.schema.names, cells.batch.columns, strict=True))
    absent = pa.nulls(cells.batch.num_rows, pa.string())
    names = check(present.get(ID, absent), Column(type="id", nullable=False))
    told = check(
        present.get(value, absent),
        target.model_copy(update={"nullable": False, "min": None, "max": None}),
    )
    long = pc.fill_null(pc.greater(pc.utf8_length(names.values), MOST_ID), False)
    faults = [(ID, each) for each in (*names.broken, (long, "is longer than 128 characters"))]
    faults += [(value, each) for each in told.broken]
    good = pc.and_(pc.is_valid(names.values), pc.is_valid(told.values))
    for _, (mask, _rule) in faults:
        good = pc.and_(good, pc.invert(mask))
    reasons = [f"{name}: {rule}" for name, (mask, rule) in faults if pc.any(mask).as_py()]
    texts = pc.cast(told.values, pa.string())
    return _Stretch(
        cells.rows, names.values.filter(good).to_pylist(), texts.filter(good).to_pylist(), reasons
    )


def _value_column(columns: tuple[str, ...], contract: Contract) -> str:
    """The target's own name, or `value`; MissingColumnError where there is no pair of columns."""
    value = VALUE if VALUE in columns and contract.target not in columns else contract.target
    if columns and not {ID, value} <= {*columns}:
        raise MissingColumnError(
            f"a file of outcomes has the columns id and {contract.target}, or id and value"
        )
    return value
