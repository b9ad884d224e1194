"""A registry with a pipeline of two models, the first of them the champion."""

import pytest

from tidemill.contract import parse_contract
from tidemill.records import ModelRecord, Verdict
from tidemill.registry import Registry
from tidemill.table import InMemoryTable

CONTRACT = """
pipeline: shells
target: rings
task: regression
sources: {{rows: {{columns: {{length: {{type: float}}, rings: {{type: float}}}}}}}}
release: {{strategy: {strategy}, canary: 20%, bake: 10m, shadow: {shadow}}}
"""


def contract(strategy: str = "canary", shadow: int = 100) -> str:
    return CONTRACT.format(strategy=strategy, shadow=shadow)


def model(version: int, rmse: float = 1.0) -> ModelRecord:
    return ModelRecord(
        model_version=version,
        package_arn=f"arn:aws:sagemaker:eu-central-1:1:model-package/tidemill-dev-shells/{version}",
        run="r",
        dataset_version=f"d{version}",
        contract_version="c",
        artifact_uri="s3://models/a",
        artifact_sha256="0" * 64,
        report_uri="s3://models/r",
        profile_uri="s3://models/p",
        created_at="2026-11-01",
        metrics={"rmse": rmse},
        verdict=Verdict(passed=True, reasons=()),
    )


@pytest.fixture
def registry() -> Registry:
    made = Registry(InMemoryTable())
    made.put_contract(parse_contract(contract()))
    for version in (1, 2, 3):
        made.put_model("shells", model(version))
    made.promote("shells", 1, "approved", "2026-11-01T00:00:00.000Z")
    return made
