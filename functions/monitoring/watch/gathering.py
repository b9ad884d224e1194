"""Captured predictions add up to windows; what a window's record holds, and how it changes."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self
from zlib import crc32

import numpy as np
import pyarrow as pa

from monitoring.watch.baseline import Baseline
from monitoring.watch.captured import Captured
from monitoring.watch.season import Phases, Seasonal, mix_of
from monitoring.watch.tally import Tally, count
from tidemill.counted import counting, is_counted

REMEMBERED = 500
REMEMBERED_KEYS, KEY_BYTES = 2000, 3

type Record = dict[str, Any]


@dataclass(frozen=True)
class Window:
    """Tallies of features and of the champion's answers, and when the first row came.

    `seasonal` is None where no season is declared, or nothing tells of what phase rows are.
    """

    features: Tally
    answers: Tally
    begun: str
    seasonal: Seasonal | None = None

    @classmethod
    def of(cls, seen: Captured, baseline: Baseline, begun: str) -> Self:
        """Of predictions; without those of phases that training has too few rows of."""
        kept, seasonal = seen, None
        if seen.phases is not None and baseline.phases:
            known = np.isin(seen.phases, list(baseline.phases))
            kept, mix = seen.take(np.flatnonzero(known).tolist()), mix_of(seen.phases[known])
            answers = {
                phase: count(kept.of_phase(phase).champions, baseline.answers) for phase in mix
            }
            seasonal = Seasonal(mix, answers, int((~known).sum()))
        said = count(kept.champions, baseline.answers)
        return cls(count(kept.features, baseline.grid), said, begun, seasonal)

    @classmethod
    def of_drop(cls, rows: pa.Table, phases: Phases | None, baseline: Baseline, begun: str) -> Self:
        """Of a drop's rows, which nobody answered; without the same ones."""
        answers = Tally.empty(baseline.answers)
        if phases is None or not baseline.phases:
            return cls(count(rows, baseline.grid), answers, begun)
        known = np.isin(phases, list(baseline.phases))
        seasonal = Seasonal(mix_of(phases[known]), {}, int((~known).sum()))
        return cls(count(rows.filter(pa.array(known)), baseline.grid), answers, begun, seasonal)

    def merge(self, other: Self, baseline: Baseline) -> "Window":
        seasonal = self.seasonal or other.seasonal
        if self.seasonal and other.seasonal:
            seasonal = self.seasonal.merge(other.seasonal, baseline.answers)
        return Window(
            self.features.merge(other.features, baseline.grid),
            self.answers.merge(other.answers, baseline.answers),
            min(self.begun, other.begun),
            seasonal,
        )

    @property
    def identity(self) -> str:
        """The same for the same rows, however often they are compared."""
        return mark(f"{self.begun} {self.features.rows} {self.features.cells.tolist()}")

    def to_document(self) -> Record:
        features, answers = self.features.to_document(), self.answers.to_document()
        seasonal = {"seasonal": self.seasonal.to_document()} if self.seasonal else {}
        return {"features": features, "answers": answers, "begun": self.begun, **seasonal}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        features, answers = document["features"], document["answers"]
        tallies = Tally.from_document(features), Tally.from_document(answers)
        seasonal = document.get("seasonal")
        return cls(
            *tallies, document["begun"], seasonal and Seasonal.from_document(document["seasonal"])
        )


def gather(  # noqa: PLR0913 - a record, what is added to it, and when
    record: Record, uri: str, seen: Captured, baseline: Baseline, *, size: int, moment: str
) -> Record:
    """The record with a captured object added, once, however often it is told of.

    A window of `size` rows is full, and stays in the record until it has been compared, so that a
    crash in between leaves it to the next delivery. A key counts once among the last few thousand.
    """
    name = mark(uri)
    if is_counted(record, name):
        return record
    known = _marks(record.get("marks", ""))
    fresh, marks = _fresh(seen, uri, frozenset(known))
    new = seen.take(fresh)
    window = Window.of(new, baseline, moment)
    if record.get("open"):
        window = Window.from_document(record["open"]).merge(window, baseline)
    changed = {
        **record,
        "seen": counting(record, name, REMEMBERED),
        "marks": b64encode(b"".join([*known, *marks][-REMEMBERED_KEYS:])).decode(),
    }
    if window.features.rows < size:
        return {**changed, "open": window.to_document()}
    if record.get("full"):
        window = Window.from_document(record["full"]).merge(window, baseline)
    return {**changed, "open": {}, "full": window.to_document()}


def _fresh(seen: Captured, uri: str, known: frozenset[bytes]) -> tuple[list[int], Iterable[bytes]]:
    """The places of predictions that are not known, each key's last, and the keys' marks.

    Each write of a record is paid for by its size, so a mark is short: of eight thousand
    predictions, one is taken for another and left out.
    """
    names = {key or f"{uri}#{number}": number for number, key in enumerate(seen.keys)}
    marks = {name: crc32(name.encode()).to_bytes(4)[-KEY_BYTES:] for name in names}
    fresh = [name for name in names if marks[name] not in known]
    return sorted(names[name] for name in fresh), [marks[name] for name in fresh]


def _marks(text: str) -> list[bytes]:
    held = b64decode(text)
    return [held[at : at + KEY_BYTES] for at in range(0, len(held), KEY_BYTES)]


def mark(name: str) -> str:
    """Sixteen digits that stand for a name."""
    return sha256(name.encode()).hexdigest()[:16]
