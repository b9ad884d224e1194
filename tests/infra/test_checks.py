"""The checkers themselves: that they ran, saw everything, and found nothing unexplained."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks

from tests.infra.conftest import Assembly


def test_cdk_nag_found_nothing_unacknowledged(assembly: Assembly) -> None:
    """The validation report is there, and no plugin has a finding in it."""
    report = json.loads((assembly.folder / "validation-report.json").read_text())
    assert [each for each in report["pluginReports"] if each.get("violations")] == []


def test_cdk_nag_does_find_what_is_wrong(tmp_path: Path) -> None:
    """The rules that passed above fail an open bucket."""
    app = App(outdir=str(tmp_path))
    s3.Bucket(Stack(app, "Careless"), "Open")
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError):
        app.synth()
    assert "AwsSolutions-S1" in (tmp_path / "validation-report.json").read_text()


def test_cfn_lint_is_content(assemblies: dict[str, Assembly]) -> None:
    """Every template of every stage passes, warnings included."""
    linter = Path(sys.executable).with_name("cfn-lint")
    folders = [assembly.folder for assembly in assemblies.values()]
    templates = [path for folder in folders for path in folder.glob("*.template.json")]
    assert len(templates) == sum(len(assembly.templates) for assembly in assemblies.values()) > 1
    done = subprocess.run(  # noqa: S603 - programs of our own
        [linter, *templates], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
