"""What the registry remembers of a file that was dropped to be scored."""

from typing import Literal

from pydantic import Field

from tidemill.records import Record

BatchState = Literal["running", "completed", "refused", "failed"]


class Scored(Record):
    """How many rows were read, and what became of them: `read` is the sum of the other two.

    `unseen` and `out_of_range` count, by feature, cells that were answered although training never
    saw their like. `gb_seconds` are those of the functions at work.
    """

    read: int = 0
    scored: int = 0
    failed: int = 0
    unseen: dict[str, int] = Field(default_factory=dict)
    out_of_range: dict[str, int] = Field(default_factory=dict)
    gb_seconds: float = 0.0

    def __add__(self, other: "Scored") -> "Scored":
        return Scored(
            read=self.read + other.read,
            scored=self.scored + other.scored,
            failed=self.failed + other.failed,
            unseen=_sum(self.unseen, other.unseen),
            out_of_range=_sum(self.out_of_range, other.out_of_range),
            gb_seconds=self.gb_seconds + other.gb_seconds,
        )


class Progress(Record):
    """How many parts of a file are done."""

    done: int = 0
    of: int = 0


class BatchRecord(Record):
    """One file that landed to be scored, and the state it is in or ended in.

    `model` is `<pipeline>/<version>`, the same for every row; `execution` is the workflow's name,
    None where one function did it all; `cost_usd` is of the functions at work.
    """

    batch_id: str
    pipeline: str
    uri: str
    version_id: str | None
    size: int
    landed_at: str
    state: BatchState
    started_at: str
    finished_at: str | None = None
    reasons: tuple[str, ...] = ()
    model: str | None = None
    contract_version: str | None = None
    execution: str | None = None
    rows: Scored = Scored()
    parts: Progress = Progress()
    result_uri: str | None = None
    cost_usd: float | None = None


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted({*one, *other})}
