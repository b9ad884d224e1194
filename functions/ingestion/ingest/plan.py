"""What is to be done for one drop: decided once, the same for whoever does it."""

from pydantic import Field

from tidemill.profile import Profile
from tidemill.records import Part, Record, Rows
from tidemill_tabular.reading.file import CutFile


class Plan(CutFile):
    """A drop that is to be read under a version of its contract.

    What it becomes goes to `base`, what only the steps need to `work`, where it expires.
    """

    drop_id: str
    contract_version: str
    base: str
    work: str
    suppression: str

    @property
    def source(self) -> str:
        return self.landed.source or ""


class Outcome(Record):
    """What became of one range: where each of its rows went, and what the good ones look like."""

    rows: Rows
    digest: str
    profile: Profile
    broken: dict[str, int] = Field(default_factory=dict)
    part: Part | None = None
    quarantine_uri: str | None = None
    keys_uri: str | None = None
