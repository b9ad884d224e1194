"""What the registry remembers of people who asked to be forgotten, without their names."""

from typing import Literal

from pydantic import Field

from tidemill.records.record import Record

ForgetState = Literal["running", "done", "refused"]


class RawObject(Record):
    """One version of an object as it landed."""

    uri: str
    version_id: str | None = None


class Tally(Record):
    """Rows, and the objects they were found in."""

    rows: int = 0
    objects: int = 0


class ForgetRecord(Record):
    """What became of a request to forget a person, without a word of who it is.

    `removed` is by store; `unnamed` are rows that do not say whose they are. `raw_objects` hold the
    person as they landed and are left to their owner; `unread_objects` landed and never became
    rows, so that nobody looked. `models` were trained on rows of theirs, in `datasets`.
    """

    request_id: str
    state: ForgetState
    requested_at: str
    finished_at: str | None = None
    reason: str = ""
    removed: dict[str, Tally] = Field(default_factory=dict)
    unnamed: dict[str, Tally] = Field(default_factory=dict)
    raw_objects: tuple[RawObject, ...] = ()
    unread_objects: tuple[RawObject, ...] = ()
    datasets: tuple[str, ...] = ()
    models: tuple[int, ...] = ()
    champion: int | None = None


class SuppressionRecord(Record):
    """A person whose rows stay out: which columns name them, and where rows of theirs were."""

    columns: tuple[str, ...] = ()
    raw_objects: tuple[RawObject, ...] = ()
    datasets: tuple[str, ...] = ()
