"""What is paid for by the month whether anything happens or not; no pipeline bears it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitoring.bill.calendar import Month
from monitoring.bill.services import PREDICT, Function
from monitoring.bill.usage import Usage

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
    """A day's part of what keys, alarms, dashboards, snapshots and ready functions cost."""
    alarms = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"Tidemill-{stage}-"
    )
    dashboards = cloudwatch.get_paginator("list_dashboards").paginate(
        DashboardNamePrefix=f"Tidemill-{stage}"
    )
    monthly = {
        ("storage", "kms_key_month"): standing.keys,
        ("monitoring", "cloudwatch_alarm_month"): sum(
            of_alarm(alarm) for page in alarms for alarm in page["MetricAlarms"]
        ),
        ("monitoring", "cloudwatch_dashboard_month"): sum(
            len(page["DashboardEntries"]) for page in dashboards
        ),
    }
    for (room, unit), count in monthly.items():
        yield Usage(room=room, unit=unit, resource="at rest", quantity=count / month.days)
    yield from of_ready(standing, deployed)


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
