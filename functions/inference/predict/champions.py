"""The champion of each pipeline, kept for a moment, and its artifact, kept while it is used."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from tidemill.artifact import Artifact
from tidemill.errors import ArtifactError, NoChampionError
from tidemill.registry import Registry
from tidemill.store import Store

MOST_ARTIFACTS = 8


@dataclass(frozen=True)
class Champion:
    """The model that serves; `name` is `<pipeline>/<version>`."""

    name: str
    artifact: Artifact


class Champions:
    """Reads a pipeline's champion at most every `seconds`; promotion needs no deployment."""

    def __init__(
        self,
        registry: Registry,
        store: Store,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._store = store
        self._seconds = seconds
        self._clock = clock
        self._versions: dict[str, tuple[float, int]] = {}
        self._artifacts: OrderedDict[str, Artifact] = OrderedDict()

    def of(self, pipeline: str) -> Champion:
        """UnknownPipelineError or NoChampionError: nothing serves; ArtifactError: altered."""
        version = self._version(pipeline)
        name = f"{pipeline}/{version}"
        if name not in self._artifacts:
            self._artifacts[name] = self._load(pipeline, version)
            if len(self._artifacts) > MOST_ARTIFACTS:
                self._artifacts.popitem(last=False)
        self._artifacts.move_to_end(name)
        return Champion(name, self._artifacts[name])

    def _version(self, pipeline: str) -> int:
        read_at, version = self._versions.get(pipeline, (float("-inf"), 0))
        if self._clock() - read_at < self._seconds:
            return version
        try:
            version = self._registry.champion(pipeline).model_version
        except NoChampionError:
            self._registry.contract(pipeline)
            raise
        self._versions[pipeline] = (self._clock(), version)
        return version

    def _load(self, pipeline: str, version: int) -> Artifact:
        model = self._registry.model(pipeline, version)
        body = self._store.read(model.artifact_uri)
        if sha256(body).hexdigest() != model.artifact_sha256:
            raise ArtifactError(f"{model.artifact_uri} is not what was registered")
        return Artifact.load(body)
