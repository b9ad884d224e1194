"""Cells against the rules: typed good rows, and every fault of the others."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ingest.cells import FAULTS, Cells
from ingestion.ingest.checker import ARROW_TYPES, Checked, check
from ingestion.ingest.measure import measure
from ingestion.ingest.pseudonymise import TOKENS, forgotten_mask, pseudonymise
from ingestion.ingest.repeats import keys_of
from ingestion.ingest.rules import Rules
from tidemill.profile import Profile
from tidemill.records import Rows
from tidemill.references import ROW

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
        (name, TOKENS if name in rules.pseudonymised else ARROW_TYPES[column.type])
        for name, column in rules.source.columns.items()
    ]
    return pa.schema([*fields, (ROW, pa.int64())])


def judge(cells: Cells, rules: Rules, *, quote: bool) -> Judged:
    """Check every cell; `quote` says whether a refused row's text may be kept.

    What is pseudonymised is so in the good rows, and left out of the faults.
    """
    numbers = pa.array(cells.numbers)
    length = cells.batch.num_rows
    bad = forgotten = pa.repeat(pa.scalar(value=False), length)
    faults = [cells.faults if quote else _unquoted(cells.faults)]
    arrays: list[pa.Array] = []
    found = dict(zip(cells.batch.schema.names, cells.batch.columns, strict=True))
    absent = pa.repeat(pa.scalar("", pa.string()), length)
    for name, column in rules.source.columns.items():
        texts = found.get(name, absent)
        checked = check(texts, column)
        private = name in rules.pseudonymised
        for mask, rule in checked.broken:
            if pc.any(mask).as_py():
                bad = pc.or_(bad, mask)
                faults.append(_faults(numbers, texts, mask, name, rule, private=private))
        if name in rules.suppressed:
            tokens = pseudonymise(_canonical(checked), rules.suppression_key)
            forgotten = pc.or_(forgotten, forgotten_mask(tokens, rules.suppressed[name]))
        arrays.append(pseudonymise(_canonical(checked), rules.key) if private else checked.values)
    bad = pc.and_not(bad, forgotten)
    typed = pa.RecordBatch.from_arrays([*arrays, numbers], schema=schema(rules))
    good = typed.filter(pc.invert(pc.or_(bad, forgotten)))
    left_out = pc.sum(forgotten).as_py() or 0
    kept = _without(pa.concat_tables(faults), numbers.filter(forgotten))
    counted = Rows(
        read=cells.rows,
        accepted=good.num_rows,
        quarantined=cells.rows - good.num_rows - left_out,
        forgotten=left_out,
    )
    profile = measure(good.drop_columns([ROW]), rules.source)
    return Judged(good, kept, counted, profile, keys_of(good, rules.unique))


def _canonical(checked: Checked) -> pa.Array:
    return pc.cast(checked.values, pa.string())


def _faults(  # noqa: PLR0913 - a fault is a row, a column, a rule and a text
    numbers: pa.Array, texts: pa.Array, mask: pa.Array, name: str, rule: str, *, private: bool
) -> pa.Table:
    rows = numbers.filter(mask)
    raws = pc.utf8_slice_codeunits(texts.filter(mask), 0, EXCERPT)
    constant = [pa.repeat(pa.scalar(text), len(rows)) for text in (name, rule, "")]
    return pa.table([rows, constant[0], constant[1], constant[2] if private else raws], FAULTS)


def _unquoted(faults: pa.Table) -> pa.Table:
    return faults.set_column(3, "raw", pa.repeat(pa.scalar(""), faults.num_rows))


def _without(faults: pa.Table, rows: pa.Array) -> pa.Table:
    """The faults of rows that are not forgotten."""
    if not len(rows):
        return faults
    gone = pc.is_in(faults.column("row"), rows)
    return faults.filter(pc.invert(gone))
