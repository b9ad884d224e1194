"""Cells against the rules: typed good rows, and every fault of the others."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ingest.checking.repeats import keys_of
from ingestion.ingest.checking.rules import Rules
from ingestion.ingest.profiling.measure import measure
from tidemill.profile import Profile
from tidemill.records import Rows
from tidemill.references import ROW
from tidemill_tabular.checking.checker import ARROW_TYPES, Checked, check
from tidemill_tabular.checking.pseudonymise import forgotten_mask, pseudonymise
from tidemill_tabular.reading.cells import FAULTS, SUBJECT, TOKEN, Cells

EXCERPT = 1_000


@dataclass(frozen=True)
class Judged:
    """A stretch of rows, sorted; rows are numbered from 0 within it."""

    good: pa.RecordBatch
    faults: pa.Table
    rows: Rows
    profile: Profile
    keys: pa.Table | None


def schema(rules: Rules) -> pa.Schema:
    """The accepted rows' columns, then `_row`."""
    fields = [
        (name, TOKEN if name in rules.pseudonymised else ARROW_TYPES[column.type])
        for name, column in rules.source.columns.items()
    ]
    return pa.schema([*fields, (ROW, pa.int64())])


def judge(cells: Cells, rules: Rules, *, quote: bool) -> Judged:
    """Check every cell; `quote` says whether a refused row's text may be kept.

    What is pseudonymised is so in the good rows, and left out of the faults.
    """
    numbers, length = pa.array(cells.numbers), cells.batch.num_rows
    present = dict(zip(cells.batch.schema.names, cells.batch.columns, strict=True))
    absent = pa.repeat(pa.scalar("", pa.string()), length)
    bad = forgotten = pa.repeat(pa.scalar(value=False), length)
    arrays: dict[str, pa.Array] = {}
    faults: list[pa.Table] = []
    for name, column in rules.source.columns.items():
        texts = present.get(name, absent)
        checked = check(texts, column)
        for mask, rule in checked.broken:
            if pc.any(mask).as_py():
                bad = pc.or_(bad, mask)
                raws = None if name in rules.pseudonymised else texts
                faults.append(_faults(numbers, mask, name, rule, raws))
        forgotten = pc.or_(forgotten, _forgotten(checked, name, rules))
        arrays[name] = _stored(checked, name, rules)
    typed = pa.RecordBatch.from_arrays([*arrays.values(), numbers], schema=schema(rules))
    good = typed.filter(pc.invert(pc.or_(bad, forgotten)))
    faults = [owned(table, typed, rules) for table in faults]
    ragged = cells.faults if quote else _unquoted(cells.faults)
    return Judged(
        good,
        _without(pa.concat_tables([ragged, *faults]), numbers.filter(forgotten)),
        _counted(cells.rows, good.num_rows, pc.sum(forgotten).as_py() or 0),
        measure(good.drop_columns([ROW]), rules.source),
        keys_of(good, rules.unique),
    )


def _counted(read: int, accepted: int, forgotten: int) -> Rows:
    quarantined = read - accepted - forgotten
    return Rows(read=read, accepted=accepted, quarantined=quarantined, forgotten=forgotten)


def _stored(checked: Checked, name: str, rules: Rules) -> pa.Array:
    if name not in rules.pseudonymised:
        return checked.values
    return pseudonymise(pc.cast(checked.values, pa.string()), rules.key)


def _forgotten(checked: Checked, name: str, rules: Rules) -> pa.Array:
    """Which rows are of people who asked to be forgotten."""
    if name not in rules.suppressed:
        return pa.scalar(value=False)
    tokens = pseudonymise(pc.cast(checked.values, pa.string()), rules.suppression_key)
    return forgotten_mask(tokens, rules.suppressed[name])


def _faults(
    numbers: pa.Array, mask: pa.Array, name: str, rule: str, raws: pa.Array | None
) -> pa.Table:
    rows = numbers.filter(mask)
    names, rules, nothing = (pa.repeat(pa.scalar(text), len(rows)) for text in (name, rule, ""))
    shown = nothing if raws is None else pc.utf8_slice_codeunits(raws.filter(mask), 0, EXCERPT)
    return pa.table([rows, names, rules, shown, pa.nulls(len(rows), TOKEN)], FAULTS)


def owned(faults: pa.Table, typed: pa.RecordBatch, rules: Rules) -> pa.Table:
    """The faults, each with the token of the person whose row it is, so that it can be found."""
    if rules.subject is None:
        return faults
    places = pc.index_in(faults.column("row").combine_chunks(), typed.column(ROW))
    values = typed.column(rules.subject).take(places)
    if rules.subject not in rules.pseudonymised:
        values = pseudonymise(pc.cast(values, pa.string()), rules.suppression_key)
    return faults.set_column(SUBJECT, FAULTS.field(SUBJECT), values)


def _unquoted(faults: pa.Table) -> pa.Table:
    return faults.set_column(3, FAULTS.field(3), pa.repeat(pa.scalar(""), faults.num_rows))


def _without(faults: pa.Table, rows: pa.Array) -> pa.Table:
    """The faults of rows that are not forgotten."""
    if not len(rows):
        return faults
    gone = pc.is_in(faults.column("row"), rows)
    return faults.filter(pc.invert(gone))
