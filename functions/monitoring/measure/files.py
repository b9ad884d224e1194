"""Files of outcomes: read as any drop is, checked against the target, recorded among the drops."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.refused import Fault, Faults, faults_of, reasons_of
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
    """Read the columns `id` and the target, or `value`; rows that cannot be used are named.

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
    file = cut_file(landed, first.model_copy(update={"join": ()}), store, PART_BYTES)
    columns = _Columns.of(file.layout.columns, contract)
    places = {name: n for n, name in enumerate(file.layout.columns) if name in columns.names}
    reader = FileReader(file, places or dict.fromkeys(columns.names, 0), store)
    read: list[_Stretch] = []
    for number in range(len(file.ranges)):
        reader.work_off(number, columns.sort, read.append)
    ids = [name for each in read for name in each.ids]
    values = [told for each in read for told in each.values]
    rows, reasons = _counted(read)
    record = landed.recorded("accepted" if ids else "quarantined", *reasons)
    counted = Rows(read=rows, accepted=len(ids), quarantined=rows - len(ids))
    record = record.model_copy(update={"rows": counted, "layout": file.layout})
    return OutcomeFile(record, outcomes_table(ids, values, [landed.landed_at] * len(ids)))


@dataclass(frozen=True)
class _Stretch:
    rows: int
    ids: list[str]
    values: list[str]
    faults: Faults


def _counted(read: Iterable[_Stretch]) -> tuple[int, tuple[str, ...]]:
    """How many rows there are, and why some cannot be used; rows are numbered from 1."""
    rows, faults = 0, dict[str, Fault]()
    for each in read:
        for rule, found in each.faults.items():
            faults.setdefault(rule, Fault()).add(found, rows + 1)
        rows += each.rows
    return rows, reasons_of(faults)


@dataclass(frozen=True)
class _Columns:
    """The two columns that are read, and whether refused cells, or whole rows, may be shown."""

    value: str
    target: Column
    quote: bool
    quote_rows: bool

    @classmethod
    def of(cls, found: tuple[str, ...], contract: Contract) -> Self:
        """Those of a file; nothing of it is shown where the contract has anything private."""
        value, privacy = _value_column(found, contract), contract.privacy
        quote = not (privacy.pseudonymise or privacy.drop or privacy.subject)
        target = contract.columns()[contract.target].model_copy(update={"nullable": False})
        return cls(value, target, quote, quote and {*found} <= {ID, value})

    @property
    def names(self) -> tuple[str, str]:
        return ID, self.value

    def sort(self, cells: Cells) -> _Stretch:
        """The rows of a stretch that have both, and why others do not."""
        present = dict(zip(cells.batch.schema.names, cells.batch.columns, strict=True))
        absent = pa.nulls(cells.batch.num_rows, pa.string())
        names = check(present.get(ID, absent), Column(type="id", nullable=False))
        told = check(present.get(self.value, absent), self.target)
        long = pc.fill_null(pc.greater(pc.utf8_length(names.values), MOST_ID), False)
        broken = [(ID, *each) for each in (*names.broken, (long, "is longer than 128 characters"))]
        broken += [(self.value, *each) for each in told.broken]
        good = pc.and_(pc.is_valid(names.values), pc.is_valid(told.values))
        for _, mask, _rule in broken:
            good = pc.and_(good, pc.invert(mask))
        faults = faults_of(cells, broken, quote=self.quote, quote_rows=self.quote_rows)
        texts = pc.cast(told.values, pa.string())
        ids, values = (each.filter(good).to_pylist() for each in (names.values, texts))
        return _Stretch(cells.rows, ids, values, faults)


def _value_column(columns: tuple[str, ...], contract: Contract) -> str:
    """The target's own name, or `value`; MissingColumnError where there is no pair of columns."""
    value = VALUE if VALUE in columns and contract.target not in columns else contract.target
    if columns and not {ID, value} <= {*columns}:
        raise MissingColumnError(
            f"a file of outcomes has the columns id and {contract.target}, or id and value"
        )
    return value
