"""Models as the registry has them, made up but for what a test is about."""

from base64 import b64encode
from hashlib import sha256
from typing import Any

from tidemill.records import ModelRecord, Verdict
from tidemill.signing import InMemorySigner, statement


def a_model(version: int = 1, **known: Any) -> ModelRecord:  # noqa: ANN401 - of the record
    """A model that passed its gate."""
    made_up = {
        "package_arn": f"arn:{version}",
        "run": "r",
        "dataset_version": "d",
        "contract_version": "c",
        "artifact_uri": f"s3://models/{version}/artifact.tidemill",
        "artifact_sha256": "0" * 64,
        "report_uri": f"s3://models/{version}.html",
        "profile_uri": "s3://models/p",
        "created_at": "2026-11-01",
        "metrics": {},
        "verdict": Verdict(passed=True, reasons=()),
    }
    return ModelRecord.model_validate({"model_version": version, **made_up, **known})


def vouched(version: int, body: bytes, signer: InMemorySigner) -> dict[str, str]:
    """What a record says of an artifact that `signer` vouches for, as that version of `shells`."""
    digest = sha256(body).hexdigest()
    mac = signer.sign(statement("shells", version, digest))
    return {"artifact_sha256": digest, "artifact_mac": b64encode(mac).decode()}
