"""Each stage synthesised once a session, without credentials, network lookups or Docker."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from app import build
from infra.settings import Environment

ROOT = Path(__file__).resolve().parents[2]
STAGES = ("local", "dev", "prod")
HIDDEN = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
type Resource = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """What a stage synthesises to."""

    stage: str
    folder: Path

    @cached_property
    def templates(self) -> dict[str, dict[str, Any]]:
        """Every stack's template, by the stack's name."""
        return {
            path.name.removesuffix(".template.json"): json.loads(path.read_text())
            for path in sorted(self.folder.glob("*.template.json"))
        }

    def resources(self, *types: str) -> Iterator[tuple[str, Resource]]:
        """Every resource of these types (or all), with `<stack>/<logical id>`."""
        for stack, template in self.templates.items():
            for name, resource in template["Resources"].items():
                if not types or resource["Type"] in types:
                    yield f"{stack}/{name}", resource

    def statements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every statement that allows an identity something."""
        for name, resource in self.resources("AWS::IAM::Policy", "AWS::IAM::Role"):
            properties = resource["Properties"]
            inline = properties.get("Policies", [])
            documents = [policy["PolicyDocument"] for policy in inline]
            documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
            for document in documents:
                yield from ((name, each) for each in document["Statement"])


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Assembly]:
    """Every stage's assembly."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in HIDDEN:
            patch.delenv(name, raising=False)
        patch.delenv("CDK_DEFAULT_ACCOUNT", raising=False)
        patch.delenv("CDK_DEFAULT_REGION", raising=False)
        patch.setenv("PATH", _without_docker(tmp_path_factory.mktemp("bin")))
        for stage in STAGES:
            folder = tmp_path_factory.mktemp(stage)
            app = App(context=context, outdir=str(folder))
            build(app, Environment.of(stage, choices={"alarm_email": "team@example.com"}))
            app.synth()
            made[stage] = Assembly(stage, folder)
    return made


@pytest.fixture(params=STAGES)
def assembly(request: pytest.FixtureRequest, assemblies: dict[str, Assembly]) -> Assembly:
    """One stage's assembly, for a promise that every stage keeps."""
    return assemblies[request.param]


def _without_docker(folder: Path) -> str:
    """A PATH on which `docker` fails, whatever else is there."""
    docker = folder / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - a piece of a template
    """A list, as CloudFormation allows one thing to stand for it."""
    return value if isinstance(value, list) else [value]
