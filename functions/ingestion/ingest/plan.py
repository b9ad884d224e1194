"""What is to be done for one drop: decided once, the same for whoever does it."""

from pydantic import Field

from tidemill.landing import LandedObject
from tidemill.profile import Profile
from tidemill.records import Layout, Part, Record, Rows


class Range(Record):
    """Bytes of a file that are read apart, and which row groups they are where it is Parquet."""

    start: int
    end: int
    groups: tuple[int, int] | None = None


class Plan(Record):
    """A drop that is to be read under a version of its contract.

    What it becomes goes to `base`, what only the steps need to `work`, where it expires.
    """

    landed: LandedObject
    drop_id: str
    contract_version: str
    layout: Layout
    start: int
    ranges: tuple[Range, ...]
    base: str
    work: str
    suppression: str

    @property
    def pipeline(self) -> str:
        return self.landed.pipeline

    @property
    def source(self) -> str:
        return self.landed.source or ""

    @property
    def splits(self) -> bool:
        return len(self.ranges) > 1


class Outcome(Record):
    """What became of one range: where each of its rows went, and what the good ones look like."""

    rows: Rows
    digest: str
    profile: Profile
    broken: dict[str, int] = Field(default_factory=dict)
    part: Part | None = None
    quarantine_uri: str | None = None
    keys_uri: str | None = None
