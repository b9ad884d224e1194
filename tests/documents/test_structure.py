"""Imports point inward: what may know of what."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Verbs whose code comes along: the image of the endpoint holds that of the function.
TOGETHER = {"inference/endpoint": {"predict"}}
ROOMS = {path.name for path in (ROOT / "functions").iterdir() if path.is_dir()} - {"__pycache__"}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def modules(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", modules("layers"), ids=lambda path: path.stem)
def test_the_core_knows_of_no_room(path: Path) -> None:
    """Nor of the local cloud, nor of the infrastructure; boto3 stands at its edge alone."""
    roots = {name.split(".")[0] for name in imports(path)}
    assert not roots & (ROOMS | {"local", "infra", "aws_cdk"})
    assert path.parent.name == "aws" or not roots & {"boto3", "botocore"}


@pytest.mark.parametrize("path", modules("functions"), ids=lambda path: "/".join(path.parts[-3:]))
def test_a_function_knows_of_itself_and_the_core(path: Path) -> None:
    """What is not in its own folder is not in its asset."""
    room, verb = path.relative_to(ROOT / "functions").parts[:2]
    known = {verb} | TOGETHER.get(f"{room}/{verb}", set())
    for name in imports(path):
        root, _, rest = name.partition(".")
        assert root not in {"local", "infra", "aws_cdk"}
        assert root not in ROOMS or (root == room and rest.split(".")[0] in known), name


@pytest.mark.parametrize("path", modules("infra"), ids=lambda path: path.stem)
def test_the_infrastructure_knows_functions_by_their_settings(path: Path) -> None:
    """It deploys rooms; it does not run them."""
    assert not {name.split(".")[0] for name in imports(path)} & (ROOMS - {path.stem} | {"local"})
