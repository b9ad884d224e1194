"""What answering reads is what the registry wrote."""

import os
import subprocess
import sys

import pytest

from tests.functions.inference.conftest import Service
from tidemill import records as records_of
from tidemill.errors import NoChampionError, UnknownModelError, UnknownPipelineError
from tidemill.serving import Challenge, Pointer, Sealed, ServingRecords

LIGHT = ("tidemill.direct", "tidemill.serving", "tidemill.metrics", "tidemill.predict_settings")
HEAVY = {"pydantic", "boto3", "botocore", "ruamel", "aws_lambda_powertools"}


def test_champion_and_model_are_those_of_the_registry() -> None:
    """The version that serves, the one before it, and the file with its signature."""
    service = Service()
    records = ServingRecords(service.table)
    with pytest.raises(UnknownPipelineError):
        records.champion("shells")
    service.accept()
    with pytest.raises(NoChampionError):
        records.champion("shells")
    service.model(1)
    assert records.champion("shells") == Pointer(1, None)
    service.model(2)
    assert records.champion("shells") == Pointer(2, 1)
    service.register(3)
    challenge = records_of.Challenge(
        model_version=3,
        stage="canary",
        share=0.1,
        release="r",
        since=records_of.now(),
        approved_at=records_of.now(),
    )
    service.registry.challenge("shells", challenge)
    assert records.champion("shells") == Pointer(2, 1, Challenge(3, "canary", 0.1, "r"))
    model = service.registry.model("shells", 2)
    sealed = Sealed(model.artifact_uri, model.artifact_sha256, model.artifact_mac)
    assert records.model("shells", 2) == sealed
    with pytest.raises(UnknownModelError):
        records.model("shells", 4)


@pytest.mark.parametrize("module", [*LIGHT, "inference.predict.handler"])
def test_what_answers_imports_no_sdk(module: str) -> None:
    """A cold start is as long as its imports."""
    program = f"import sys; import {module}; print(*{{n.partition('.')[0] for n in sys.modules}})"
    done = subprocess.run(  # noqa: S603 - our own modules
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not HEAVY & set(done.stdout.split())
