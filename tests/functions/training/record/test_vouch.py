"""A model that is registered is vouched for, under its pipeline and version."""

from base64 import b64decode

from tests.functions.training.record.test_record import MODEL
from tidemill.signing import InMemorySigner, statement
from training.record.record import Ending
from training.record.vouch import vouch

ENDING = {"pipeline": "shells", "dataset_version": "v1", "run": "run"}


def test_what_is_vouched_for_is_this_file_as_this_version() -> None:
    """Whatever code the workflow may hand on is replaced."""
    forged = MODEL | {"artifact_mac": "Zm9yZ2Vk"}
    ending = Ending.model_validate({**ENDING, "outcome": "completed", "model": forged})
    signer = InMemorySigner()
    model = vouch(ending, signer).model
    assert model is not None
    assert signer.verify(statement("shells", 12, "0"), b64decode(model.artifact_mac))
    assert not signer.verify(statement("shells", 13, "0"), b64decode(model.artifact_mac))


def test_a_run_without_a_model_needs_nobody_to_vouch() -> None:
    """It stays as it is."""
    ending = Ending.model_validate({**ENDING, "outcome": "failed"})
    assert vouch(ending, InMemorySigner()) is ending
