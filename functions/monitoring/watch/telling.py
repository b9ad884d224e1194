"""Drift is recorded, told on the bus, and shown in a report."""

from dataclasses import dataclass
from typing import Any

from monitoring.watch.comparison import Comparison
from monitoring.watch.drift import Drift, describe_finding
from monitoring.watch.page import drift_page
from tidemill.events import DriftDetected, EventBus
from tidemill.registry import Registry
from tidemill.store import Store

HTML = "text/html; charset=utf-8"
MOST_COLUMNS, MOST_FINDINGS = 50, 3


@dataclass(frozen=True)
class Teller:
    """Says what a comparison showed; said twice, it is the same record and the same report."""

    registry: Registry
    store: Store
    bus: EventBus
    folder: str

    def tell(self, seen: Comparison) -> None:
        """Record the newest comparison of its kind; where columns drifted, report and tell."""
        document = _document(seen)
        if not seen.drift.drifted:
            self.registry.put_drift(seen.pipeline, seen.name, document)
            return
        report = seen.window.identity
        uri = f"{self.folder}/drift/{seen.pipeline}/{report}.html"
        self.store.write(uri, drift_page(seen).encode(), HTML)
        document |= {"report": report, "report_uri": uri}
        self.registry.add_drift(seen.pipeline, report, document)
        self.registry.put_drift(seen.pipeline, seen.name, document)
        self.bus.publish(_event(seen, report))


def _document(seen: Comparison) -> dict[str, Any]:
    seasonal = seen.window.seasonal
    return {
        **({"left_out": seasonal.left_out} if seasonal else {}),
        "window": seen.name,
        "at": seen.at,
        "begun": seen.window.begun,
        "rows": seen.window.features.rows,
        "baseline_rows": seen.baseline.tally.rows,
        "score": seen.drift.score,
        "scores": seen.drift.scores,
        "drifted": list(seen.drift.drifted),
        "since": {column: seen.since[column] for column in seen.drift.drifted},
        "findings": _findings(seen.drift),
    }


def _findings(drift: Drift) -> list[dict[str, Any]]:
    """Of each column that drifted, what speaks most clearly."""
    found: list[dict[str, Any]] = []
    for column in drift.drifted[:MOST_COLUMNS]:
        own = [finding for finding in drift.findings if finding.column == column]
        found += map(describe_finding, own[:MOST_FINDINGS])
    return found


def _event(seen: Comparison, report: str) -> DriftDetected:
    drift = seen.drift
    first = [drift.first(column) for column in drift.drifted]
    return DriftDetected(
        pipeline=seen.pipeline,
        window=seen.name,
        score=drift.score,
        features=drift.drifted,
        effects={finding.column: round(finding.effect, 4) for finding in first},
        segments={finding.column: finding.segment for finding in first if finding.segment},
        since={column: seen.since[column] for column in drift.drifted},
        report=report,
        model_version=seen.model_version,
    )
