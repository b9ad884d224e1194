"""When code is released at all, and what of a deployment lets it be tried on a share."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import App

from infra.blocks import code
from infra.inference import Inference
from infra.settings import Environment
from infra.storage import Storage
from tests.infra.conftest import HIDDEN, ROOT, Assembly

type Make = Callable[..., Assembly]


@pytest.fixture
def synth(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Synthesises the room with choices, in a folder of its own."""
    for name in (*HIDDEN, "CDK_DEFAULT_ACCOUNT", "CDK_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    context = json.loads((ROOT / "cdk.json").read_text())["context"]

    def made(**choices: str) -> Assembly:
        folder = tmp_path_factory.mktemp("released")
        app = App(context=context, outdir=str(folder))
        environment = Environment.of("dev", choices=choices)
        Inference(app, storage=Storage(app, environment=environment))
        app.synth()
        return Assembly("dev", folder)

    return made


def versions(assembly: Assembly) -> set[str]:
    """The logical ids of every function's version: a new one is published under a new id."""
    return {name for name, _ in assembly.resources("AWS::Lambda::Version")}


def test_the_same_tree_releases_nothing(synth: Make) -> None:
    """A version goes by what it is made of: sources, not the archives that are built of them."""
    first = versions(synth())
    assert first
    assert versions(synth()) == first


def test_a_line_of_code_releases_its_function_alone(
    synth: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A change in `predict` publishes a version of it, and of no other function."""
    before = versions(synth())
    tree = tmp_path / "functions"
    shutil.copytree(code.FUNCTIONS, tree, ignore=shutil.ignore_patterns("__pycache__"))
    module = tree / "inference" / "predict" / "spelling.py"
    module.write_text(module.read_text() + "\n# another version\n")
    monkeypatch.setattr(code, "FUNCTIONS", tree)
    after = versions(synth())
    assert {name.partition("Function")[0].partition("/")[2] for name in after - before} == {
        "Predict"
    }


def test_an_endpoint_answers_in_the_functions_place(synth: Make) -> None:
    """There are no requests to try the function's code on, so it is not tried."""
    made = synth(code_release="canary", endpoint="serverless")
    assert not list(made.resources("AWS::CodeDeploy::DeploymentGroup"))


def test_started_functions_are_tried_too(synth: Make) -> None:
    """What keeps versions ready does not keep them from being tried on a share."""
    made = synth(code_release="canary", provisioned_concurrency="2")
    (alias,) = (alias for name, alias in made.resources("AWS::Lambda::Alias") if "/Predict" in name)
    assert alias["Properties"]["ProvisionedConcurrencyConfig"]
    assert alias["UpdatePolicy"]
