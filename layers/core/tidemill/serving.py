"""What answering reads of the registry, as plain values: `Registry` has all the rest.

Apart from it because pydantic and the contract's YAML take longer to import than all of this.
"""

from typing import Any, NamedTuple, Protocol

from tidemill.errors import NoChampionError, UnknownModelError, UnknownPipelineError
from tidemill.table import Item


class Documents(Protocol):
    """The part of `Table` that is needed."""

    def get(self, pipeline: str, record: str) -> Item | None: ...


class Challenge(NamedTuple):
    """The model of a release that is under way, as `tidemill.records.Challenge` has it."""

    version: int
    stage: str
    share: float
    release: str


class Pointer(NamedTuple):
    """Which version serves, which one did before it, and which one is on trial."""

    version: int
    previous: int | None
    challenge: Challenge | None = None


class Sealed(NamedTuple):
    """Where a model's file is, and what it must be."""

    uri: str
    sha256: str
    mac: str


class ServingRecords:
    """Champions and their files."""

    def __init__(self, table: Documents) -> None:
        self._table = table

    def champion(self, pipeline: str) -> Pointer:
        """NoChampionError while the pipeline serves nothing, UnknownPipelineError if there is none.

        ServiceError where the registry cannot be read.
        """
        item = self._table.get(pipeline, "champion")
        if item is not None:
            said = item.document
            return Pointer(said["model_version"], said.get("previous"), _challenge(said))
        if self._table.get(pipeline, "contract") is None:
            raise UnknownPipelineError(f"no pipeline {pipeline[:80]!r} has a contract")
        raise NoChampionError(f"pipeline {pipeline!r} serves no model yet")

    def model(self, pipeline: str, version: int) -> Sealed:
        """UnknownModelError if the pipeline has no such model; ServiceError."""
        item = self._table.get(pipeline, f"model#{version:06d}")
        if item is None:
            raise UnknownModelError(f"pipeline {pipeline!r} has no model {version}")
        said = item.document
        return Sealed(said["artifact_uri"], said["artifact_sha256"], said.get("artifact_mac", ""))


def _challenge(champion: dict[str, Any]) -> Challenge | None:
    said = champion.get("challenge")
    if not said:
        return None
    return Challenge(said["model_version"], said["stage"], said["share"], said["release"])
