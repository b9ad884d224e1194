"""What the registry remembers of dataset versions."""

from typing import Any

from tidemill.records.record import Record


class Boundaries(Record):
    """Where a split by time cuts: the first values of `column` that validate and that test.

    Timestamps in ISO 8601, numbers as Python writes them.
    """

    column: str
    type: str
    validation: str
    test: str


class DatasetRecord(Record):
    """A frozen dataset version and what it was made of; `drops` are in the order they landed."""

    dataset_version: str
    contract_version: str
    code_version: str | None = None
    drops: tuple[str, ...]
    split: dict[str, Any] | None = None
    boundaries: Boundaries | None = None
    channels: dict[str, str]
    rows: dict[str, int]
    profile_uri: str
    contract_uri: str
    created_at: str
    forgotten_rows: int = 0
