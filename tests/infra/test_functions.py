"""Lambda functions: what each is made of, and that it fits."""

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.blocks.layers import built
from tests.infra.conftest import ROOT, Assembly

LIMIT = 250 * 1024**2
ARCHITECTURES = ("x86_64", "arm64")
LAYERS = ("core", "tabular", "inference", "access")
BY_CHOICE = {"inference/authorize", "monitoring/draw"}  # see test_choices, test_dashboards


def python_functions(assembly: Assembly) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, resource["Properties"])
        for name, resource in assembly.resources("AWS::Lambda::Function")
        if resource["Properties"].get("Description", "").count("/") == 1
        and str(resource["Properties"]["Runtime"]).startswith("python")
    ]


def verb_of(function: dict[str, Any]) -> str:
    """The folder; behind a hyphen is which of its functions this one is."""
    verb: str = function["Description"].partition("-")[0]
    return verb


def layers_of(function: dict[str, Any]) -> list[str]:
    """The folders under `layers/`, in the order in which they are searched."""
    names = [str(layer["Ref"]).partition("Layer")[0].lower() for layer in function["Layers"]]
    assert set(names) <= set(LAYERS)
    return names


def code_of(assembly: Assembly, function: dict[str, Any]) -> Path:
    asset = function["Code"]["S3Key"].removesuffix(".zip")
    return assembly.folder / f"asset.{asset}"


def test_every_verb_is_a_function(assembly: Assembly) -> None:
    """Each folder with a handler is deployed, unless by choice alone, and nothing else is."""
    handlers = (ROOT / "functions").glob("*/*/handler.py")
    verbs = {str(path.parent.relative_to(ROOT / "functions")) for path in handlers}
    deployed = {verb_of(function) for _, function in python_functions(assembly)}
    assert verbs - BY_CHOICE <= deployed <= verbs


def test_a_function_ships_its_own_folder_only(assembly: Assembly) -> None:
    """A change in one verb redeploys one function."""
    for name, function in python_functions(assembly):
        folder = code_of(assembly, function)
        files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
        assert files, name
        assert {"/".join(path.parts[:2]) for path in files} == {verb_of(function)}, name
        module, _, _ = function["Handler"].rpartition(".")
        assert (folder / module.replace(".", "/")).with_suffix(".py").exists(), name


def test_every_function_is_traced_and_logs_json_to_a_kept_group(assembly: Assembly) -> None:
    """X-Ray is on; logs are JSON in a group of ours that ends some day."""
    for name, function in python_functions(assembly):
        assert function["TracingConfig"] == {"Mode": "Active"}, name
        assert function["LoggingConfig"]["LogFormat"] == "JSON", name
        assert "LogGroup" in function["LoggingConfig"], name
    for name, group in assembly.resources("AWS::Logs::LogGroup"):
        assert group["Properties"]["RetentionInDays"], name


def test_the_local_cloud_runs_this_machines_architecture_and_aws_arm(
    assemblies: dict[str, Assembly],
) -> None:
    """On AWS functions run on arm64."""
    for stage in ("dev", "prod"):
        for name, function in python_functions(assemblies[stage]):
            assert function["Architectures"] == ["arm64"], name


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_all_layers_together_fit(architecture: str) -> None:
    """The largest function, with room for its code, is below Lambda's 250 MB unzipped."""
    layers = [built(name, architecture) for name in ("core", "tabular")]
    sizes = [sum(file.file_size for file in zipfile.ZipFile(layer).filelist) for layer in layers]
    assert sum(sizes) < LIMIT - 10 * 1024**2


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_layers_hold_code_of_their_architecture_compiled(architecture: str) -> None:
    """Native code is for the function's processor, and no module is compiled at a cold start."""
    for layer in ("core", "tabular"):
        names = zipfile.ZipFile(built(layer, architecture)).namelist()
        native = [name for name in names if "cpython-313-" in name and name.endswith(".so")]
        mark = {"x86_64": "x86_64", "arm64": "aarch64"}[architecture]
        assert native
        assert not [name for name in native if mark not in name]
        modules = [name for name in names if name.endswith(".py")]
        compiled = [name for name in names if name.endswith(".cpython-313.pyc")]
        assert len(compiled) >= 0.99 * len(modules)


def test_every_handler_imports_what_it_is_given_and_no_more(
    assemblies: dict[str, Assembly], tmp_path: Path
) -> None:
    """With its code, its layers and boto3 alone, as on Lambda, each handler can be loaded."""
    python = ROOT / ".local" / "venvs" / "lambda" / "bin" / "python"
    if not python.exists():
        pytest.skip("`make setup` makes the environment that stands for Lambda's")
    assembly = assemblies["local"]
    for layer in LAYERS:
        with zipfile.ZipFile(built(layer, _architecture(assembly))) as archive:
            archive.extractall(tmp_path / layer)
    for name, function in python_functions(assembly):
        paths = [str(tmp_path / layer / "python") for layer in layers_of(function)]
        module = function["Handler"].rpartition(".")[0]
        program = f"import sys; sys.path[:0] = {json.dumps(paths)}; import {module}"
        done = subprocess.run(  # noqa: S603 - our own handlers
            [python, "-s", "-B", "-c", program],
            cwd=code_of(assembly, function),
            env={"AWS_DEFAULT_REGION": "us-east-1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"


def _architecture(assembly: Assembly) -> str:
    _, function = python_functions(assembly)[0]
    architecture: str = function["Architectures"][0]
    return architecture
