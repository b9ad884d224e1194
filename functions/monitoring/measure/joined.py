"""How many outcomes were told of a pipeline, and how many of them found their prediction."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.promise import answered
from tidemill.counted import counting, is_counted

REMEMBERED = 200

type Record = dict[str, Any]


def newly_told(outcomes: pa.Table, found: pa.Table, new: pa.Table) -> int:
    """How many outcomes are no correction: of a prediction `found` whose pair is not `new`."""
    known = pc.invert(pc.is_in(found["id"], value_set=pc.unique(new["id"])))
    told: int = outcomes.num_rows - len(pc.unique(found["id"].filter(known)))
    return told


def newly_joined(new: pa.Table) -> int:
    """How many outcomes the new pairs are of; what a shadow answered beside them adds none."""
    return len(pc.unique(answered(new)["id"]))


def add_counts(record: Record, name: str, told: int, joined: int, moment: str) -> Record:
    """The record with both counted, once by their name; never more joined than told."""
    if is_counted(record, name) or not (told or joined):
        return record
    told += record.get("told", 0)
    joined = min(told, record.get("joined", 0) + joined)
    seen = counting(record, name, REMEMBERED)
    return {"told": told, "joined": joined, "seen": seen, "at": moment}
