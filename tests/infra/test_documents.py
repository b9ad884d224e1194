"""What the documents say of a deployment is what it synthesises to."""

import math
import re
from pathlib import Path

import pytest

from tests.infra.conftest import Assembly

ROOT = Path(__file__).parents[2]
KEY_USD, ALARM_USD, DASHBOARD_USD = 1.0, 0.10, 3.0


def test_the_readme_tells_the_cost_of_rest(assemblies: dict[str, Assembly]) -> None:
    """Keys, alarms and dashboard of a stage, at AWS's list prices, come to what is written."""
    dev = assemblies["dev"]

    def count(kind: str) -> int:
        return len(list(dev.resources(kind)))

    usd = (
        KEY_USD * count("AWS::KMS::Key")
        + ALARM_USD * count("AWS::CloudWatch::Alarm")
        + DASHBOARD_USD * count("AWS::CloudWatch::Dashboard")
    )
    written = re.search(r"<!-- rest -->\$(\d+)<!-- /rest -->", (ROOT / "README.md").read_text())
    assert written is not None
    assert int(written[1]) == math.ceil(usd)


@pytest.mark.parametrize("stage", ["local", "dev", "prod"])
def test_every_alarm_stands_on_the_operations_page(
    assemblies: dict[str, Assembly], stage: str
) -> None:
    """Each alarm's name, or the ending it shares with its like, has a row."""
    page = (ROOT / "docs" / "operations.md").read_text()
    first_cells = re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE)
    rows = re.findall(r"`(…?)([A-Za-z]+)`", " ".join(first_cells))
    for name, alarm in assemblies[stage].resources("AWS::CloudWatch::Alarm"):
        short = alarm["Properties"]["AlarmName"].removeprefix(f"Tidemill-{stage}-")
        known = [short.endswith(row) if ending else short == row for ending, row in rows]
        assert any(known), name
