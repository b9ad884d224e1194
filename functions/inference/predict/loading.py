"""A registered model, from the registry's word for it to what answers."""

from typing import NamedTuple

from inference.predict.cells import Instances
from tidemill.artifact import Artifact
from tidemill.serving import ServingRecords
from tidemill.signing import Verifier
from tidemill.vouched import Objects, open_model


class Champion(NamedTuple):
    """The model that answers, with all that belongs to it; `name` is `<pipeline>/<version>`."""

    name: str
    artifact: Artifact
    instances: Instances
    size: int


class Loader(NamedTuple):
    """Loads models that somebody vouches for."""

    records: ServingRecords
    store: Objects
    verifier: Verifier

    def load(self, pipeline: str, version: int) -> Champion:
        """A model whose file is as it was registered, ready to answer.

        UnknownModelError, FileNotFoundError, ServiceError; ArtifactError: altered or not vouched
        for.
        """
        name = f"{pipeline}/{version}"
        sealed = self.records.model(pipeline, version)
        artifact, size = open_model(name, sealed, self.store, self.verifier)
        instances = Instances(artifact.signature, artifact.header.target)
        return Champion(name, artifact, instances, size)
