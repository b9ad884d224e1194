"""What the registry remembers of drops."""

from typing import Literal

from tidemill.records.record import Record

DropState = Literal["accepted", "quarantined", "duplicate", "rejected", "ignored"]


class Rows(Record):
    """Where every row of a drop went: `read` is the sum of the others.

    `duplicate` rows repeat an earlier row of the drop, key and all; `forgotten` ones are of people
    who asked to be forgotten.
    """

    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicate: int = 0
    forgotten: int = 0


class Part(Record):
    """One Parquet file of a drop's accepted rows.

    Its column `_row` counts from the part's own first row; `first_row` is how many rows of the
    drop come before that, so that the two add up to the row's number in the file, from 1.
    """

    uri: str
    rows: int
    first_row: int = 0


class Layout(Record):
    """How a file is written, as it was found or declared."""

    format: Literal["csv", "jsonl", "parquet"]
    packing: Literal["gz", "zst"] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True
    columns: tuple[str, ...] = ()


class DropRecord(Record):
    """One object that landed, and the one state it ended in; `rules` are those it was read by."""

    drop_id: str
    pipeline: str
    source: str
    uri: str
    version_id: str | None
    etag: str
    sequencer: str
    size: int
    landed_at: str
    recorded_at: str
    state: DropState
    reasons: tuple[str, ...] = ()
    rows: Rows = Rows()
    content: str | None = None
    contract_version: str | None = None
    rules: str | None = None
    layout: Layout | None = None
    parts: tuple[Part, ...] = ()
    quarantine_uri: str | None = None
    profile_uri: str | None = None
    profile_page_uri: str | None = None
