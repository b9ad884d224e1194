"""CloudWatch metrics, by EMF: the names, their units, and how they are written.

Written by hand, not by Powertools: a metric stands between a request and its answer.
"""

import json
import time
from collections.abc import Mapping
from functools import cache

NAMESPACE = "Tidemill"
UNITS = {
    "Predictions": "Count",
    "PredictionLatency": "Milliseconds",
    "RowLatency": "Milliseconds",
    "InvalidInstances": "Count",
    "InvalidPredictions": "Count",
    "FailedRequests": "Count",
    "RefusedRequests": "Count",
    "PairedDifferences": "None",
    "PairedSquares": "None",
    "PairedFourths": "None",
    "PairedDisagreements": "Count",
    "PairedLow": "None",
    "PairedHigh": "None",
    "ReleasesRolledBack": "Count",
    "UnseenCategories": "Count",
    "OutOfRange": "Count",
    "ModelLoadFailures": "Count",
    "CapturesLost": "Count",
    "BatchRows": "Count",
    "BatchRowsFailed": "Count",
    "BatchesRefused": "Count",
    "DriftScore": "None",
    "DriftedFeatures": "Count",
    "RealizedQuality": "None",
    "QualityBroken": "Count",
    "EstimatedQuality": "None",
    "RowsAccepted": "Count",
    "RowsQuarantined": "Count",
    "DropsQuarantined": "Count",
    "TrainingCostUSD": "None",
    "SpotSavingsPercent": "Percent",
    "MonthToDateCostUSD": "None",
    "ForecastCostUSD": "None",
    "CostPer1000PredictionsUSD": "None",
    "BudgetUsedPercent": "Percent",
    "CostDifferenceUSD": "None",
}


def record(values: Mapping[str, float], *, stage: str | None, **dimensions: str) -> None:
    """Write metrics of one subject, such as `Pipeline=abalone`, and again for the whole stage.

    Alarms watch the stage: pipelines come and go with their contracts, alarms with a deployment.
    Without a stage, only the subject is written.
    """
    subjects = dimensions if stage is None else {**dimensions, "Stage": stage}
    fields = "".join(f',"{name}":[{float(value)!r}]' for name, value in values.items())
    moment = int(time.time() * 1000)
    print(  # noqa: T201 - a line of the log is what CloudWatch reads
        f'{{"_aws":{{"Timestamp":{moment},'
        f"{_directive(tuple(values), tuple(dimensions), stage is not None)}}}{fields},"
        f"{json.dumps(subjects)[1:]}",
        flush=True,
    )


@cache
def _directive(names: tuple[str, ...], dimensions: tuple[str, ...], staged: bool) -> str:
    """What the values of a line are: KeyError for a metric that is not in `UNITS`."""
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [dimensions, ["Stage"]] if staged else [dimensions],
        "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in names],
    }
    return json.dumps({"CloudWatchMetrics": [directive]}, separators=(",", ":"))[1:-1]
