"""A registry with a pipeline of two models, the first of them the champion."""

import pytest

from tests.models import a_model
from tidemill.contract import parse_contract
from tidemill.records import ModelRecord
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
    arn = f"arn:aws:sagemaker:eu-central-1:1:model-package/tidemill-dev-shells/{version}"
    known = {"package_arn": arn, "dataset_version": f"d{version}", "metrics": {"rmse": rmse}}
    return a_model(version, **known)


@pytest.fixture
def registry() -> Registry:
    made = Registry(InMemoryTable())
    made.put_contract(parse_contract(contract()))
    for version in (1, 2, 3):
        made.put_model("shells", model(version))
    made.promote("shells", 1, "approved", "2026-11-01T00:00:00.000Z")
    return made
