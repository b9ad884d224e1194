"""What is told of drift over the API."""

import pytest

from inference.describe.drift import find_drift_report, list_drift
from tidemill.contract import parse_contract
from tidemill.errors import UnknownPipelineError, UnknownReportError
from tidemill.registry import Registry
from tidemill.table import InMemoryTable

CONTRACT = """
pipeline: shells
target: rings
sources: {rows: {columns: {length: {type: float}, rings: {type: int}}}}
"""
REPORT = "0123456789abcdef"


@pytest.fixture
def registry() -> Registry:
    """A pipeline with one window that drifted, and a calm one after it."""
    made = Registry(InMemoryTable())
    made.put_contract(parse_contract(CONTRACT))
    drifted = {"at": "1", "drifted": ["length"], "report": REPORT, "report_uri": "s3://c/d.html"}
    made.add_drift("shells", REPORT, drifted)
    made.put_drift("shells", "predictions", {"at": "2", "drifted": []})
    return made


def test_windows_that_drifted_are_kept(registry: Registry) -> None:
    """Beside the newest of each kind; a report is told by its path, not by where it lies."""
    found = list_drift("shells", registry)
    assert found["newest"] == {"predictions": {"at": "2", "drifted": []}}
    (drifted,) = found["drifted"]
    assert drifted["report"] == f"/v1/pipelines/shells/drift/{REPORT}"
    assert "report_uri" not in drifted


def test_findings_are_told_by_column(registry: Registry) -> None:
    """Each column once, in the order that they were found, with all that was found of it."""
    findings = [{"column": name, "windows": windows} for name, windows in (("b", 1), ("a", 4))]
    again = {"column": "b", "windows": 1, "segment": "sex=M"}
    document = {"at": "3", "drifted": ["b", "a"], "findings": [*findings, again]}
    registry.put_drift("shells", "drop", document)
    found = list_drift("shells", registry)["newest"]["drop"]["findings"]
    assert list(found.items()) == [
        ("b", [{"windows": 1}, {"windows": 1, "segment": "sex=M"}]),
        ("a", [{"windows": 4}]),
    ]


def test_a_report_is_found_by_its_name(registry: Registry) -> None:
    """Any other name is a clear error."""
    assert find_drift_report("shells", REPORT, registry) == "s3://c/d.html"
    for name in ("0" * 16, "../secret"):
        with pytest.raises(UnknownReportError, match="has no report"):
            find_drift_report("shells", name, registry)
    with pytest.raises(UnknownPipelineError):
        list_drift("stones", registry)
