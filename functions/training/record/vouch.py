"""Vouch for a model: that its file, and no other, is this version of its pipeline."""

from base64 import b64encode

from tidemill.signing import Signer, statement
from training.record.record import Ending


def vouch(ending: Ending, signer: Signer) -> Ending:
    """The ending, its model with a code that only this function can make; once a registration."""
    model = ending.model
    if model is None:
        return ending
    version = int(model.package_arn.rsplit("/", 1)[-1])
    mac = signer.sign(statement(ending.pipeline, version, model.artifact_sha256))
    vouched = model.model_copy(update={"artifact_mac": b64encode(mac).decode()})
    return ending.model_copy(update={"model": vouched})
