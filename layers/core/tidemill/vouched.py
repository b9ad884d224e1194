"""A registered model's file, opened only where it is what somebody vouches for."""

from base64 import b64decode
from hashlib import sha256
from typing import Protocol

from tidemill.artifact import Artifact
from tidemill.errors import ArtifactError
from tidemill.serving import Sealed
from tidemill.signing import Verifier, statement


class Objects(Protocol):
    """Where artifacts lie."""

    def read(self, uri: str) -> bytes: ...


def open_model(
    name: str, sealed: Sealed, store: Objects, verifier: Verifier
) -> tuple[Artifact, int]:
    """The model `<pipeline>/<version>` and its file's size, the file being as it was registered.

    No byte of it is parsed before that is sure. FileNotFoundError, ServiceError; ArtifactError
    where it is altered or nobody vouches for it.
    """
    pipeline, _, version = name.rpartition("/")
    said = statement(pipeline, int(version), sealed.sha256)
    if not verifier.verify(said, _decoded(sealed.mac)):
        raise ArtifactError(f"nobody vouches for {name}")
    body = store.read(sealed.uri)
    if sha256(body).hexdigest() != sealed.sha256:
        raise ArtifactError(f"{sealed.uri} is not what was registered")
    artifact = Artifact.load(body, known=True)
    if artifact.header.pipeline != pipeline:
        raise ArtifactError(f"{sealed.uri} is a model of {artifact.header.pipeline!r}")
    return artifact, len(body)


def _decoded(mac: str) -> bytes:
    """The code; a record without one, from before there were codes, has one that is never right."""
    try:
        return b64decode(mac, validate=True) or b"none"
    except ValueError as fault:
        raise ArtifactError("a model's signature is not Base64") from fault
