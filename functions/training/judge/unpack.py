"""A job's model.tar.gz as the few objects that the other rooms read."""

import tarfile
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tidemill.errors import TrainingError
from tidemill.evaluation import Evaluation
from tidemill.store import Store

PARTS = {
    "artifact.tidemill": "application/octet-stream",
    "evaluation.json": "application/json",
    "report.html": "text/html; charset=utf-8",
}
ERRORS = frozenset({"expected_absolute_error.tidemill", "expected_squared_error.tidemill"})
LARGEST = 256 << 20


@dataclass(frozen=True)
class UnpackedModel:
    """Where the parts of a model are, and what the trainer says of it."""

    evaluation: Evaluation
    uris: dict[str, str]
    artifact_sha256: str

    def to_payload(self) -> dict[str, Any]:
        agreement = self.evaluation.agreement
        return {
            "artifact_uri": self.uris["artifact.tidemill"],
            "artifact_sha256": self.artifact_sha256,
            "evaluation_uri": self.uris["evaluation.json"],
            "report_uri": self.uris["report.html"],
            "metrics": self.evaluation.test_metrics("challenger"),
            "agreement": agreement.model_dump() if agreement else None,
        }


def unpack(model_uri: str, base: str, store: Store) -> UnpackedModel:
    """Copy artifact, evaluation and report of a model archive to `base`; the rest stays packed.

    Models of a regression's errors lie beside them; the evaluation has their hashes.
    """
    with store.open(model_uri) as packed, tarfile.open(fileobj=packed, mode="r|gz") as archive:
        parts = {}
        for member in archive:
            name = member.name.removeprefix("./")
            if name in {*PARTS, *ERRORS} and member.isfile() and member.size <= LARGEST:
                file = archive.extractfile(member)
                parts[name] = file.read() if file else b""
    if absent := PARTS.keys() - parts.keys():
        raise TrainingError(
            f"{model_uri} lacks {', '.join(sorted(absent))}: the job ended before its model was "
            "whole; raise training.max_runtime"
        )
    uris = {name: f"{base}/{name}" for name in PARTS}
    for name, body in parts.items():
        store.write(f"{base}/{name}", body, PARTS.get(name, PARTS["artifact.tidemill"]))
    return UnpackedModel(
        evaluation=Evaluation.model_validate_json(parts["evaluation.json"]),
        uris=uris,
        artifact_sha256=sha256(parts["artifact.tidemill"]).hexdigest(),
    )
