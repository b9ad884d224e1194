"""What was held against the baseline, and where its reports lie."""

import re
from typing import Any

from tidemill.errors import UnknownReportError
from tidemill.registry import Registry

NEWEST = 100
REPORT = re.compile(r"[0-9a-f]{16}")


def list_drift(pipeline: str, registry: Registry) -> dict[str, Any]:
    """The newest comparisons by kind, and up to a hundred windows that drifted, newest first.

    Findings are told by column, the one that chance explains least first.
    """
    registry.contract(pipeline)
    newest = {name: _shown(pipeline, found) for name, found in registry.drift(pipeline).items()}
    drifted = registry.drifts(pipeline)[: -NEWEST - 1 : -1]
    return {"newest": newest, "drifted": [_shown(pipeline, found) for found in drifted]}


def find_drift_report(pipeline: str, report: str, registry: Registry) -> str:
    """Where the page of a window that drifted lies; UnknownReportError if there is none."""
    known = registry.drifted(pipeline, report) if REPORT.fullmatch(report) else None
    if known is None:
        raise UnknownReportError(f"pipeline {pipeline[:80]!r} has no report {report[:80]!r}")
    return str(known["report_uri"])


def _shown(pipeline: str, document: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in document.items() if name != "report_uri"}
    if "findings" in shown:
        shown["findings"] = _by_column(shown["findings"])
    if "report" in shown:
        shown["report"] = f"/v1/pipelines/{pipeline}/drift/{shown['report']}"
    return shown


def _by_column(findings: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        said = {name: value for name, value in finding.items() if name != "column"}
        found.setdefault(finding["column"], []).append(said)
    return found
