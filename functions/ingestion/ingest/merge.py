"""The outcomes of all ranges as one: rows counted once, repeats found, refusals gathered."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.ingest.checking.repeats import Repeat, find_repeats
from ingestion.ingest.checking.rules import Rules
from ingestion.ingest.plan import Outcome, Plan
from ingestion.ingest.profiling.measure import measure
from ingestion.ingest.reading.cells import FAULTS
from ingestion.ingest.shelf import ParquetFile, Shelf
from tidemill.profile import Profile
from tidemill.records import Part, Rows
from tidemill.references import ROW
from tidemill.store import ObjectFile, Store

ROWS_PER_BATCH = 30_000


@dataclass(frozen=True)
class Merged:
    """What became of the whole drop."""

    rows: Rows
    content: str
    profile: Profile
    broken: Counter[str]
    parts: tuple[Part, ...]
    quarantine_uri: str | None


def merge(plan: Plan, outcomes: Sequence[Outcome], rules: Rules, store: Store) -> Merged:
    """Put the outcomes together in the file's order; the same again gives the same."""
    firsts = _first_rows(outcomes)
    repeats = _find_repeats(outcomes, store) if rules.unique else {}
    pruned = [
        _prune(outcome, repeats[n], rules, store) if repeats.get(n) else outcome
        for n, outcome in enumerate(outcomes)
    ]
    faults = {n: _faults(found, firsts) for n, found in repeats.items()}
    return Merged(
        rows=_total(pruned),
        content=_content(outcomes),
        profile=_profile(pruned),
        broken=sum((Counter(outcome.broken) for outcome in pruned), Counter()),
        parts=tuple(
            outcome.part.model_copy(update={"first_row": firsts[n]})
            for n, outcome in enumerate(pruned)
            if outcome.part
        ),
        quarantine_uri=_quarantine(plan, outcomes, faults, firsts, store),
    )


def _first_rows(outcomes: Sequence[Outcome]) -> list[int]:
    firsts = [0]
    for outcome in outcomes:
        firsts.append(firsts[-1] + outcome.rows.read)
    return firsts


def _total(outcomes: Sequence[Outcome]) -> Rows:
    return Rows(
        **{name: sum(getattr(o.rows, name) for o in outcomes) for name in Rows.model_fields}
    )


def _content(outcomes: Sequence[Outcome]) -> str:
    """The SHA-256 of the file; of its ranges' digests where it has several."""
    digests = [outcome.digest for outcome in outcomes]
    return digests[0] if len(digests) == 1 else sha256("\n".join(digests).encode()).hexdigest()


def _profile(outcomes: Sequence[Outcome]) -> Profile:
    merged = Profile()
    for outcome in outcomes:
        merged = merged.merge(outcome.profile)
    return merged


def _find_repeats(outcomes: Sequence[Outcome], store: Store) -> dict[int, list[Repeat]]:
    numbered = [(n, outcome.keys_uri) for n, outcome in enumerate(outcomes) if outcome.keys_uri]
    files = [pq.ParquetFile(pa.PythonFile(ObjectFile(store, uri), "rb")) for _, uri in numbered]
    # Parts are numbered among those that have keys at all.
    number = {place: n for place, (n, _) in enumerate(numbered)}
    return {
        number[place]: [repeat.renumbered(number) for repeat in found]
        for place, found in find_repeats(files).items()
    }


def _faults(repeats: Sequence[Repeat], firsts: Sequence[int]) -> pa.Table:
    """The faults of repeats that are not the same row again."""
    bad = [repeat for repeat in repeats if not repeat.same]
    rules = [
        f"is not unique: row {firsts[repeat.first_part] + repeat.first_row} has it too"
        for repeat in bad
    ]
    columns = [[repeat.row for repeat in bad], [repeat.column for repeat in bad], rules]
    return pa.table([*columns, [""] * len(bad), [None] * len(bad)], schema=FAULTS)


def _prune(outcome: Outcome, repeats: Sequence[Repeat], rules: Rules, store: Store) -> Outcome:
    """The outcome without the rows that repeat others, its part written and measured anew."""
    if outcome.part is None:
        return outcome
    bad = {repeat.row for repeat in repeats if not repeat.same}
    gone = bad | {repeat.row for repeat in repeats}
    uri = outcome.part.uri.replace(".accepted.", ".pruned.")
    source = pq.ParquetFile(pa.PythonFile(ObjectFile(store, outcome.part.uri), "rb"))
    profile, rows = Profile(), 0
    with TemporaryDirectory() as folder:
        shelf = Shelf(folder, rules)
        for batch in source.iter_batches(ROWS_PER_BATCH):
            kept = batch.filter(pc.invert(pc.is_in(batch.column(ROW), pa.array(sorted(gone)))))
            shelf.accepted.add(pa.Table.from_batches([kept]))
            profile = profile.merge(measure(kept.drop_columns([ROW]), rules.source))
            rows += kept.num_rows
        if rows:
            shelf.accepted.publish(uri, store)
    counted = outcome.rows.model_copy(
        update={
            "accepted": rows,
            "quarantined": outcome.rows.quarantined + len(bad),
            "duplicate": len(gone) - len(bad),
        }
    )
    broken = Counter(outcome.broken)
    broken.update(f"{repeat.column} is not unique" for repeat in repeats if not repeat.same)
    part = Part(uri=uri, rows=rows) if rows else None
    changed = {"rows": counted, "profile": profile, "broken": dict(broken), "part": part}
    return outcome.model_copy(update=changed)


def _quarantine(
    plan: Plan,
    outcomes: Sequence[Outcome],
    repeats: dict[int, pa.Table],
    firsts: Sequence[int],
    store: Store,
) -> str | None:
    """One file of every fault, its rows numbered as in the drop."""
    with TemporaryDirectory() as folder:
        file = ParquetFile(f"{folder}/quarantine.parquet", FAULTS, ["column", "rule"])
        for number, outcome in enumerate(outcomes):
            for batch in _fault_batches(outcome, store):
                file.add(_renumbered(batch, firsts[number]))
            if number in repeats:
                file.add(_renumbered(repeats[number], firsts[number]))
        if not file.rows:
            return None
        uri = f"{plan.base}/quarantine.parquet"
        file.publish(uri, store)
        return uri


def _fault_batches(outcome: Outcome, store: Store) -> Iterator[pa.Table]:
    if outcome.quarantine_uri is not None:
        file = pq.ParquetFile(pa.PythonFile(ObjectFile(store, outcome.quarantine_uri), "rb"))
        for batch in file.iter_batches(ROWS_PER_BATCH):
            yield pa.Table.from_batches([batch])


def _renumbered(faults: pa.Table, first: int) -> pa.Table:
    return faults.set_column(0, FAULTS.field("row"), pc.add(faults.column("row"), first))
