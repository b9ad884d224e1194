"""What other sources say of a row's keys, looked up batch by batch."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.freeze.fingerprint import Words, fingerprint
from ingestion.freeze.parts import SourceRows, schema_of
from tidemill.contract import Contract
from tidemill.errors import ContractError, TooLargeToJoinError
from tidemill.records import DropRecord
from tidemill.references import ROW
from tidemill.store import Store

MOST_BYTES = 1 << 30
INDEX_BYTES = 40
SEEDS = 16

type Places = npt.NDArray[np.int64]


def join_sources(contract: Contract, drops: Sequence[DropRecord], store: Store) -> "Joined":
    """Every row of the first source, with what the others know of it under the declared keys.

    Rows come in the order of their file's content, so that the same contents, however and whenever
    they landed, are the same table. TooLargeToJoinError where the other sources outgrow memory.
    """
    first, *others = contract.sources
    by_content = sorted(drops, key=lambda drop: str(drop.content))
    lookups: list[Lookup] = []
    for source in others:
        room = MOST_BYTES - sum(lookup.size for lookup in lookups)
        rows = _rows(contract, source, drops, store)
        lookups.append(Lookup(source, rows, contract.sources[source].join, room))
    return Joined(_rows(contract, first, by_content, store), lookups)


class Lookup:
    """The last row of every key of a source, held in memory and found by the key's fingerprint.

    Where a key stands more than once, the last row of the newest drop counts; a key with a
    missing part is found nowhere.
    """

    def __init__(self, source: str, rows: SourceRows, keys: Sequence[str], room: int) -> None:
        """TooLargeToJoinError if source and index take more than `room` bytes of memory."""
        self.keys = list(keys)
        columns = _gather(source, rows, room)
        count = len(next(iter(columns.values())))
        self.size = INDEX_BYTES * count + sum(c.nbytes for c in columns.values())
        self._keys = {name: columns[name] for name in self.keys}
        self.columns = {name: c for name, c in columns.items() if name not in self._keys}
        self._seed, self._numbers, self._places = _index(source, self._keys)

    def find(self, keys: dict[str, pa.Array]) -> pa.Array:
        """For each row of keys, where it stands in `columns`; null where it does not."""
        if not len(self._numbers):
            return pa.nulls(len(next(iter(keys.values()))), pa.int64())
        wanted = fingerprint(keys, self._seed)
        at = np.minimum(np.searchsorted(self._numbers, wanted), len(self._numbers) - 1)
        hit = (self._numbers[at] == wanted) & _complete(keys)
        places = pa.array(self._places[at], mask=~hit)
        for name, column in keys.items():
            same = pc.fill_null(pc.equal(column, self._keys[name].take(places)), False)
            places = pc.if_else(same, places, pa.scalar(None, pa.int64()))
        return places


class Joined:
    """Every row of the first source, with what the others know of it under their keys."""

    def __init__(self, first: SourceRows, lookups: Sequence[Lookup]) -> None:
        self._first = first
        self._lookups = lookups
        others = [pa.field(n, c.type) for lookup in lookups for n, c in lookup.columns.items()]
        self.content = list(first.schema.names)
        self.schema = pa.schema([*first.schema, *others, (ROW, pa.string())])

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Every row with its `_row`, `<drop>:<row number>`, in the order of drops and files."""
        for batch in self._first.batches(numbered=True):
            yield self._joined(batch, self.schema.names)

    def column(self, name: str) -> Iterator[pa.Array]:
        """One column of every row, reading no more than it takes."""
        own = name in self.content
        keys = {key for lookup in self._lookups if name in lookup.columns for key in lookup.keys}
        for batch in self._first.batches([name] if own else sorted(keys)):
            yield self._joined(batch, [name]).column(name)

    def _joined(self, batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
        for lookup in self._lookups:
            wanted = [name for name in lookup.columns if name in names]
            if wanted:
                places = lookup.find({key: batch.column(key) for key in lookup.keys})
                for name in wanted:
                    batch = batch.append_column(name, lookup.columns[name].take(places))
        return batch.select(list(names))


def _rows(contract: Contract, source: str, drops: Sequence[DropRecord], store: Store) -> SourceRows:
    own = [drop for drop in drops if drop.source == source]
    return SourceRows(own, schema_of(contract, source), store)


def _gather(source: str, rows: SourceRows, room: int) -> dict[str, pa.Array]:
    """All of a source's rows, each column in one piece."""
    batches: list[pa.RecordBatch] = []
    for batch in rows.batches():
        room -= batch.nbytes + INDEX_BYTES * batch.num_rows
        if room < 0:
            raise TooLargeToJoinError(
                f"sources.{source}: sources after the first are held in memory, and they take more"
                f" than {MOST_BYTES >> 20} MiB; name the largest one first, or join it beforehand"
            )
        batches.append(batch)
    table = pa.Table.from_batches(batches, rows.schema)
    batches.clear()
    columns = {}
    for name in rows.schema.names:
        columns[name] = table.column(name).combine_chunks()
        table = table.drop_columns([name])
    return columns


def _index(source: str, keys: dict[str, pa.Array]) -> tuple[int, Words, Places]:
    """A seed without collisions, the keys' fingerprints in order, and where each stands last."""
    whole = np.flatnonzero(_complete(keys))
    for seed in range(SEEDS):
        numbers = fingerprint(keys, seed)[whole]
        order = np.argsort(numbers, kind="stable")
        numbers, places = numbers[order], whole[order]
        last = np.ones(len(numbers), bool)
        last[:-1] = numbers[1:] != numbers[:-1]
        earlier = np.flatnonzero(~last)
        if _equal(keys, places[earlier], places[earlier + 1]):
            return seed, numbers[last], places[last]
    raise ContractError([f"sources.{source}.join: its keys cannot be told apart; join on an id"])


def _equal(keys: dict[str, pa.Array], left: Places, right: Places) -> bool:
    """Whether the keys at the places are the same, pair by pair."""
    pairs = (
        (column.take(pa.array(left)), column.take(pa.array(right))) for column in keys.values()
    )
    return all(one.equals(other) for one, other in pairs)


def _complete(keys: dict[str, pa.Array]) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = np.all([pc.is_valid(column) for column in keys.values()], axis=0)
    return found
