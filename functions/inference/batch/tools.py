"""What the steps of a batch file's way work with."""

from dataclasses import dataclass, field
from typing import Protocol

from tidemill.artifact import Artifact
from tidemill.pseudonyms import PseudonymKeys
from tidemill.registry import Registry
from tidemill.serving import Sealed
from tidemill.signing import Verifier
from tidemill.store import Store
from tidemill.vouched import open_model
from tidemill.workflow import Workflow

MIB, GIB = 1 << 20, 1 << 30
MOST_BYTES = 64 * GIB
MOST_COLUMNS = 5_000


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes: above `parts_above` a file goes to the workflow, in parts of about `part`.

    What cannot be cut, packed or of two bytes a letter, has at most `whole`.
    """

    parts_above: int = 512 * MIB
    part: int = 128 * MIB
    whole: int = GIB
    most: int = MOST_BYTES


class Meter(Protocol):
    """Tells what time at work costs."""

    def gb_seconds(self, seconds: float) -> float:
        """What so many seconds of this function are billed as."""

    def usd(self, gb_seconds: float) -> float | None:
        """Their price; None where it is not known."""


class NoMeter:
    """Counts seconds as they are, and knows no price."""

    def gb_seconds(self, seconds: float) -> float:
        return seconds

    def usd(self, gb_seconds: float) -> float | None:
        del gb_seconds
        return None


@dataclass(frozen=True, kw_only=True)
class Tools:
    """The ports of batch scoring; `data` and `results` are URIs of buckets.

    `captures` is the URI of the folder where those are found that files make.

    Without a `workflow` every file is scored where it is met.
    """

    registry: Registry
    store: Store
    verifier: Verifier
    keys: PseudonymKeys
    data: str
    results: str
    captures: str
    limits: Limits = field(default_factory=Limits)
    workflow: Workflow | None = None
    meter: Meter = field(default_factory=NoMeter)

    def model(self, name: str) -> Artifact:
        """The model `<pipeline>/<version>`; see `open_model` for what may be wrong with it."""
        pipeline, _, version = name.rpartition("/")
        known = self.registry.model(pipeline, int(version))
        sealed = Sealed(known.artifact_uri, known.artifact_sha256, known.artifact_mac)
        return open_model(name, sealed, self.store, self.verifier)[0]
