"""The function that answers is its own code and one small layer."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from infra.blocks.layers import built
from tests.infra.conftest import ROOT, Assembly

MEGABYTE = 1 << 20
MOST = 3 * MEGABYTE
ARCHITECTURES = ("x86_64", "arm64")
CODE = ROOT / "functions" / "inference" / "predict"


def the_function(assembly: Assembly) -> dict[str, Any]:
    (found,) = (
        resource["Properties"]
        for _, resource in assembly.resources("AWS::Lambda::Function")
        if resource["Properties"].get("Description") == "inference/predict"
    )
    return found


def unzipped(architecture: str) -> int:
    with zipfile.ZipFile(built("inference", architecture)) as layer:
        return sum(file.file_size for file in layer.filelist)


def test_one_layer_is_all_it_has(assembly: Assembly) -> None:
    """Which is the one that is weighed below."""
    (layer,) = the_function(assembly)["Layers"]
    assert "InferenceLayer" in str(layer)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_code_and_layer_are_small(architecture: str) -> None:
    """Below 3 MB unzipped, compiled modules included; Lambda takes 250."""
    code = sum(file.stat().st_size for file in CODE.glob("*.py"))
    assert unzipped(architecture) + code < MOST


def test_every_module_of_it_imports_with_that_layer_alone(tmp_path: Path) -> None:
    """In an interpreter without site-packages: no SDK, no pydantic, no Powertools."""
    if sys.platform != "linux":
        pytest.skip("layers are for Linux")
    architecture = "arm64" if os.uname().machine == "aarch64" else "x86_64"
    with zipfile.ZipFile(built("inference", architecture)) as layer:
        layer.extractall(tmp_path)
    modules = [f"inference.predict.{file.stem}" for file in sorted(CODE.glob("*.py"))]
    paths = [str(tmp_path / "python"), str(ROOT / "functions")]
    program = f"""
import importlib, sys
sys.path[:0] = {json.dumps(paths)}
for name in {json.dumps(modules)}:
    importlib.import_module(name)
from inference.predict.warm import warm
warm()
import tidemill_native.scoring
print(sorted({{"boto3", "botocore", "pydantic", "aws_lambda_powertools"}} & {{*sys.modules}}))
"""
    done = subprocess.run(  # noqa: S603 - the program above
        [sys.executable, "-I", "-S", "-B", "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "[]", done.stderr
