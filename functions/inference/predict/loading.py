"""A registered model, from the registry's word for it to what answers."""

from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from inference.predict.cells import Instances
from tidemill.artifact import Artifact
from tidemill.errors import ArtifactError
from tidemill.serving import ServingRecords
from tidemill.signing import Verifier, statement


class Objects(Protocol):
    """Where artifacts lie."""

    def read(self, uri: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Champion:
    """The model that answers, with all that belongs to it; `name` is `<pipeline>/<version>`."""

    name: str
    artifact: Artifact
    instances: Instances
    size: int


@dataclass(frozen=True, slots=True)
class Loader:
    """Loads models that somebody vouches for."""

    records: ServingRecords
    store: Objects
    verifier: Verifier

    def load(self, pipeline: str, version: int) -> Champion:
        """A model whose file is as it was registered: no byte of it is parsed before that is sure.

        UnknownModelError, FileNotFoundError, ServiceError; ArtifactError: altered or not vouched
        for.
        """
        sealed = self.records.model(pipeline, version)
        said = statement(pipeline, version, sealed.sha256)
        if not self.verifier.verify(said, _decoded(sealed.mac)):
            raise ArtifactError(f"nobody vouches for {pipeline}/{version}")
        body = self.store.read(sealed.uri)
        if sha256(body).hexdigest() != sealed.sha256:
            raise ArtifactError(f"{sealed.uri} is not what was registered")
        artifact = Artifact.load(body)
        header = artifact.header
        if header.pipeline != pipeline:
            raise ArtifactError(f"{sealed.uri} is a model of {header.pipeline!r}")
        instances = Instances(header.signature, header.target)
        return Champion(f"{pipeline}/{version}", artifact, instances, len(body))


def _decoded(mac: str) -> bytes:
    """The code; a record without one, from before there were codes, has one that is never right."""
    try:
        return b64decode(mac, validate=True) or b"none"
    except ValueError as fault:
        raise ArtifactError("a model's signature is not Base64") from fault
