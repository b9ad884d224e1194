"""What each pipeline did in a day: by it, what all of them used together is shared out."""

from collections.abc import Iterator, Sequence
from datetime import date

from monitoring.bill.calendar import Month
from monitoring.bill.meter import Meter, Query, Statistic
from monitoring.bill.usage import Usage, Weights
from tidemill.metrics import NAMESPACE

HOURS_OF_A_DAY = 24
ROOMS = {
    "Rows": "ingestion",
    "Drops": "ingestion",
    "Training": "training",
    "Spot": "training",
    "Drift": "monitoring",
    "Drifted": "monitoring",
    "EstimatedQuality": "monitoring",
    "RealizedQuality": "monitoring",
    "QualityBroken": "monitoring",
}


def weights(pipelines: Sequence[str], meter: Meter, day: date) -> Weights:
    """Requests, milliseconds spent on them, predictions, rows, and rows and predictions at once."""

    def read(metric: str, statistic: Statistic = "Sum") -> dict[str, float]:
        queries = [Query(NAMESPACE, metric, {"Pipeline": name}, statistic) for name in pipelines]
        return dict(zip(pipelines, meter.read(queries, day), strict=True))

    predictions = read("Predictions")
    accepted, quarantined = read("RowsAccepted"), read("RowsQuarantined")
    rows = {name: accepted[name] + quarantined[name] for name in pipelines}
    return {
        "requests": read("PredictionLatency", "SampleCount"),
        "busy": read("PredictionLatency"),
        "predictions": predictions,
        "rows": rows,
        "work": {name: rows[name] + predictions[name] for name in pipelines},
    }


def of_metrics(
    meter: Meter, pipelines: Sequence[str], stage: str, month: Month, day: date
) -> Iterator[Usage]:
    """Custom metrics: each costs its month's price by the hours in which it had a value."""
    ours = [
        query
        for query in meter.subjects(NAMESPACE)
        if query.dimensions.get("Pipeline") in pipelines or query.dimensions.get("Stage") == stage
    ]
    for query, hours in zip(ours, meter.hours(ours, day), strict=True):
        yield Usage(
            room=_room(query.metric),
            unit="cloudwatch_metric_month",
            resource=query.metric,
            quantity=hours / (HOURS_OF_A_DAY * month.days),
            pipeline=query.dimensions.get("Pipeline"),
        )


def _room(metric: str) -> str:
    found = (room for start, room in ROOMS.items() if metric.startswith(start))
    cost = "monitoring" if metric.endswith(("USD", "Percent")) else "inference"
    return next(found, cost)
