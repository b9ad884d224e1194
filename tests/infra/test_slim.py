"""The function that answers is its own code and one small layer."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import pytest

from infra.blocks.code import compiled
from infra.blocks.layers import built
from tests.functions.inference.conftest import artifact_bytes
from tests.infra.conftest import ROOT, Assembly

MEGABYTE = 1 << 20
MOST = 3 * MEGABYTE
ARCHITECTURES = ("x86_64", "arm64")
UNCHECKED = (1).to_bytes(4, "little")  # the flags of a compiled module, as PEP 552 has them
SPARED = {
    "dataclasses",
    "email",
    "http",
    "inspect",
    "logging",
    "orjson",
    "pathlib",
    "ssl",
    "tempfile",
    "urllib.parse",
    "uuid",
}
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
    code = sum(file.stat().st_size for file in compiled("inference", "predict").rglob("*.py*"))
    assert unzipped(architecture) + code < MOST


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """The layer's packages, as Lambda unpacks them."""
    if sys.platform != "linux":
        pytest.skip("layers are for Linux")
    architecture = "arm64" if os.uname().machine == "aarch64" else "x86_64"
    with zipfile.ZipFile(built("inference", architecture)) as archive:
        archive.extractall(tmp_path)
    return tmp_path / "python"


def printed(layer: Path, program: str, *arguments: str) -> str:
    """What a program prints in an interpreter without site-packages, as the function has it."""
    paths = [str(layer), str(compiled("inference", "predict"))]
    start = f"import sys; sys.path[:0] = {paths!r}"
    done = subprocess.run(  # noqa: S603 - the program is written below
        [sys.executable, "-I", "-S", "-B", "-c", f"{start}\n{program}", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_every_module_of_it_imports_with_that_layer_alone(layer: Path) -> None:
    """No SDK, no pydantic, no Powertools."""
    modules = [f"inference.predict.{file.stem}" for file in sorted(CODE.glob("*.py"))]
    program = f"""
import importlib
for name in {modules!r}:
    importlib.import_module(name)
from inference.predict.warm import warm
warm()
import tidemill_native.scoring
print(sorted({{"boto3", "botocore", "pydantic", "aws_lambda_powertools"}} & {{*sys.modules}}))
"""
    assert printed(layer, program) == "[]"


def test_a_first_answer_imports_no_more_than_it_needs(layer: Path, tmp_path: Path) -> None:
    """Neither the handler does nor a model that is loaded and asked: a cold start is imports."""
    (tmp_path / "model").write_bytes(artifact_bytes())
    program = f"""
import inference.predict.handler
from inference.predict.regular import answer_regular
from tidemill.artifact import Artifact
with open(sys.argv[1], "rb") as file:
    model = Artifact.load(file.read())
reply = answer_regular("shells/1", model, sys.argv[2], 1000)
print(reply.rows, sorted({SPARED!r} & {{*sys.modules}}))
"""
    body = json.dumps({"instances": [{"length": 1.5}], "ids": ["first"]})
    assert printed(layer, program, str(tmp_path / "model"), body) == "1 []"


def test_the_code_and_the_layer_come_compiled(layer: Path) -> None:
    """Every module of either is taken as it was compiled, whatever its file's time is."""
    code = compiled("inference", "predict")
    modules = [*code.rglob("*.py"), *(layer / "tidemill").rglob("*.py")]
    assert modules
    for module in modules:
        kept = Path(cache_from_source(str(module)))
        assert kept.read_bytes()[4:8] == UNCHECKED, module
