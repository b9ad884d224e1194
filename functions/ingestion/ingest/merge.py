"""The outcomes of all ranges as one: rows counted once, repeats found, refusals gathered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ingest.checking.rules import Rules
from ingestion.ingest.plan import Outcome, Plan
from ingestion.ingest.prune import Repeats, batches_of, prune
from ingestion.ingest.shelf import ParquetFile
from tidemill.profile import Profile
from tidemill.records import Part, Rows
from tidemill.store import Store
from tidemill_tabular.reading.cells import FAULTS


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
    with TemporaryDirectory() as folder:
        repeats = Repeats(folder)
        if rules.unique:
            repeats.gather(outcomes, store)
        quarantine = ParquetFile(f"{folder}/quarantine.parquet", FAULTS, ["column", "rule"])
        pruned = []
        for number, outcome in enumerate(outcomes):
            found = repeats.of_range(number)
            kept, faults = prune(outcome, found, firsts, rules, store)
            for table in (*batches_of(outcome.quarantine_uri, store), faults):
                quarantine.add(_renumbered(table, firsts[number]))
            pruned.append(kept)
        uri = f"{plan.base}/quarantine.parquet" if quarantine.rows else None
        if uri:
            quarantine.publish(uri, store)
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
        quarantine_uri=uri,
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


def _renumbered(faults: pa.Table, first: int) -> pa.Table:
    return faults.set_column(0, FAULTS.field("row"), pc.add(faults.column("row"), first))
