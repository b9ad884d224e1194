"""The image of the endpoint: the function's own code, and all that it imports."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.blocks.endpoint_image import FOLDERS, endpoint_context
from infra.blocks.job_image import FUNCTIONS


@pytest.fixture(scope="module")
def built() -> Path:
    return Path(endpoint_context())


def test_it_holds_the_functions_code(built: Path) -> None:
    """Every module of predict as it is deployed to Lambda, and the server beside it."""
    for folder in FOLDERS:
        there = {file.name: file.read_bytes() for file in (FUNCTIONS / folder).glob("*.py")}
        inside = {file.name: file.read_bytes() for file in (built / "program" / folder).glob("*")}
        assert there
        assert inside == there
    assert {file.name for file in built.iterdir()} == {"Dockerfile", "requirements.txt", "program"}


def test_its_program_needs_nothing_beside_it(built: Path) -> None:
    """The server imports without the repository; pydantic and any SDK stay out."""
    look = (
        "import sys, inference.endpoint.__main__, inference.endpoint.wiring, tidemill\n"
        "print(tidemill.__file__, *sorted({'pydantic', 'boto3', 'numpy'} & {*sys.modules}))"
    )
    environment = {"PYTHONPATH": "program", "PYTHONDONTWRITEBYTECODE": "1"}
    found = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", look],
        cwd=built,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == [str(built / "program/tidemill/__init__.py")]


def test_what_it_installs_is_locked(built: Path) -> None:
    """Each package by its version and hash, those that the Dockerfile's server needs among them."""
    lock = (built / "requirements.txt").read_text()
    for name in ("uvicorn", "uvloop", "httptools", "orjson"):
        assert f"\n{name}==" in f"\n{lock}"
    assert "--require-hashes" in (built / "Dockerfile").read_text()
    assert lock.count("==") <= lock.count("--hash")
