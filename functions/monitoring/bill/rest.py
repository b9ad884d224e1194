"""What is paid for by the month whether anything happens or not, once it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitoring.bill.calendar import Month
from monitoring.bill.meter import Meter, Query
from monitoring.bill.services import PREDICT, Function
from monitoring.bill.usage import Usage
from tidemill.dashboards import dashboard_name

DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Standing:
    """What stands of a stage, as it was deployed: keys, and functions kept ready."""

    keys: int
    provisioned: int = 0
    snapshots: bool = False


def of_rest(
    standing: Standing,
    deployed: Sequence[Function],
    cloudwatch: Any,  # noqa: ANN401 - a boto3 client
    stage: str,
    month: Month,
) -> Iterator[Usage]:
    """A day's part of what keys, alarms, snapshots and ready functions cost, and the dashboard."""
    alarms = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"Tidemill-{stage}-"
    )
    monthly = {
        ("storage", "kms_key_month"): standing.keys,
        ("monitoring", "cloudwatch_alarm_month"): sum(
            of_alarm(alarm) for page in alarms for alarm in page["MetricAlarms"]
        ),
        ("monitoring", "cloudwatch_dashboard_month"): _dashboards(cloudwatch, stage).count(
            dashboard_name(stage)
        ),
    }
    for (room, unit), count in monthly.items():
        yield Usage(room=room, unit=unit, resource="at rest", quantity=count / month.days)
    yield from of_ready(standing, deployed)


def of_drawn(
    cloudwatch: Any,  # noqa: ANN401 - a boto3 client
    stage: str,
    pipelines: Sequence[str],
    month: Month,
) -> Iterator[Usage]:
    """A day's part of what the dashboard of each of these pipelines costs it, if it has one."""
    drawn = _dashboards(cloudwatch, stage)
    for pipeline in pipelines:
        yield Usage(
            room="monitoring",
            unit="cloudwatch_dashboard_month",
            resource="at rest",
            quantity=drawn.count(dashboard_name(stage, pipeline)) / month.days,
            pipeline=pipeline,
        )


def has_run(deployed: Sequence[Function], meter: Meter, day: date) -> bool:
    """Whether any function was invoked on the day; a stage that stands bills itself each night."""
    invoked = [
        Query("AWS/Lambda", "Invocations", {"FunctionName": function.name}) for function in deployed
    ]
    return any(meter.read(invoked, day))


def of_alarm(alarm: Mapping[str, Any]) -> int:
    """As how many an alarm is billed: one for each metric that it looks at."""
    return sum("MetricStat" in query for query in alarm.get("Metrics", ())) or 1


def of_ready(standing: Standing, deployed: Sequence[Function]) -> Iterator[Usage]:
    """What a day costs of functions that are kept ready: started, or as a snapshot."""
    for function in deployed:
        if function.path != PREDICT:
            continue
        gb_seconds = DAY_SECONDS * function.memory_mb / 1024
        ready = {
            f"lambda_provisioned_gb_second_{function.architecture}": standing.provisioned,
            "lambda_snapshot_gb_second": int(standing.snapshots),
        }
        for unit, count in ready.items():
            yield Usage(
                room="inference", unit=unit, resource="kept ready", quantity=gb_seconds * count
            )


def _dashboards(cloudwatch: Any, stage: str) -> list[str]:  # noqa: ANN401 - a boto3 client
    pages = cloudwatch.get_paginator("list_dashboards").paginate(
        DashboardNamePrefix=dashboard_name(stage)
    )
    return [found["DashboardName"] for page in pages for found in page["DashboardEntries"]]
