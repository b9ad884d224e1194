"""Our prediction handler over what is in memory: the network is what no handler can help."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from inference.predict import handler as ours
from inference.predict.capture import DirectOutbox, Stream
from inference.predict.champions import Champions, Keeping
from inference.predict.loading import Loader
from inference.predict.predict import Predictor
from tidemill import metrics
from tidemill.serving import ServingRecords
from tidemill.signing import InMemorySigner, statement
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable

URI = "s3://models/artifact"
NOWHERE: Stream = SimpleNamespace(put=lambda _: [])
type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def serve(artifact: bytes, pipeline: str) -> Handler:
    """The handler with this artifact as the pipeline's champion; captures go nowhere."""
    predictor = predictor_of(artifact, pipeline)
    ours.predictor = lambda: predictor  # type: ignore[assignment, attr-defined]
    return ours.handler


def predictor_of(artifact: bytes, pipeline: str, stream: Stream = NOWHERE) -> Predictor:
    """What answers with this artifact; captures go to the stream."""
    table, store, signer = InMemoryTable(), InMemoryStore(), InMemorySigner()
    store.write(URI, artifact)
    digest = sha256(artifact).hexdigest()
    mac = b64encode(signer.sign(statement(pipeline, 1, digest))).decode()
    model = {"artifact_uri": URI, "artifact_sha256": digest, "artifact_mac": mac}
    table.put(pipeline, "contract", {}, expect=0)
    table.put(pipeline, "champion", {"model_version": 1}, expect=0)
    table.put(pipeline, "model#000001", model, expect=0)
    loader = Loader(ServingRecords(table), store, signer)
    return Predictor(
        Champions(loader, Keeping(5.0), lambda *_: None),
        DirectOutbox(stream, lambda *_: None),
        lambda name, values, _="": metrics.record(values, stage="dev", Pipeline=name),
    )
