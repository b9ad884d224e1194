"""Alarms that tell dimensions apart, and those on metric math; ministack has neither."""

import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from typing import Any

from ministack.core.iam_evaluator import pin_request_origin
from ministack.services import cloudwatch
from ministack.services.cloudformation import provisioners

from local.expressions import evaluate

type Alarm = dict[str, Any]
type Record = Callable[[str, dict[str, Any]], Alarm]

# What the template's handler asks of every alarm; one on metric math has nothing to say there.
_NONE = {"MetricName": "-", "Namespace": "-"}


def install() -> None:
    """Have alarms be made and looked at here."""
    provisioners._cw_metric_alarm_record = _with_math(provisioners._cw_metric_alarm_record)  # noqa: SLF001
    cloudwatch._evaluate_alarm = look  # noqa: SLF001


def look(alarm: Alarm) -> None:
    """Bring the alarm's state up to date, and tell of a change.

    Where nothing was measured, only an alarm that says so is over.
    """
    value = _value_of(alarm)
    if value is not None:
        state, how = ("ALARM", "crossed") if _is_breached(alarm, value) else ("OK", "not crossed")
        _move(alarm, state, f"Threshold {how}: {value:g}")
    elif alarm["StateValue"] == "ALARM" and alarm.get("TreatMissingData") == "notBreaching":
        _move(alarm, "OK", "Threshold not crossed: nothing was measured")


def _is_breached(alarm: Alarm, value: float) -> bool:
    bound = float(alarm["Threshold"])
    return {
        "GreaterThanOrEqualToThreshold": value >= bound,
        "GreaterThanThreshold": value > bound,
        "LessThanThreshold": value < bound,
        "LessThanOrEqualToThreshold": value <= bound,
    }[alarm["ComparisonOperator"]]


def _value_of(alarm: Alarm) -> float | None:
    queries = alarm.get("Metrics")
    if not queries:
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        return _measured(alarm, alarm, statistic)
    measured = {}
    for query in (query for query in queries if "MetricStat" in query):
        asked = query["MetricStat"]
        window = {**alarm, "Period": asked["Period"]}
        value = _measured(asked["Metric"], window, asked["Stat"])
        if value is not None:
            measured[query["Id"]] = value
    (expression,) = (query["Expression"] for query in queries if "Expression" in query)
    return evaluate(expression, measured)


def _measured(metric: Mapping[str, Any], window: Alarm, statistic: str) -> float | None:
    """The metric in exactly these dimensions, over the alarm's window; None without a point."""
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or ()}
    key = (metric["Namespace"], metric["MetricName"], cloudwatch._dims_key(dimensions))  # noqa: SLF001
    since = time.time() - int(window["Period"]) * int(window.get("EvaluationPeriods", 1))
    points = [p for p in cloudwatch._metrics.get(key) or () if p["Timestamp"] >= since]  # noqa: SLF001
    if not points:
        return None
    found: float | None = cloudwatch._stat_value(  # noqa: SLF001
        cloudwatch._calc_stats(points),  # noqa: SLF001
        statistic,
        points,
    )
    return found


def _move(alarm: Alarm, state: str, reason: str) -> None:
    before = alarm["StateValue"]
    if state == before:
        return
    alarm |= {
        "StateValue": state,
        "StateReason": reason,
        "StateUpdatedTimestamp": int(time.time()),
    }
    cloudwatch._record_history(alarm["AlarmName"], before, state, reason)  # noqa: SLF001
    copy_context().run(_tell, alarm, before, state, reason)


def _tell(alarm: Alarm, before: str, state: str, reason: str) -> None:
    """Act over TLS, as CloudWatch does, whether a request moved the alarm or a queue's function."""
    pin_request_origin("127.0.0.1", secure_transport=True)
    cloudwatch._dispatch_alarm_actions(alarm, before, state, reason)  # noqa: SLF001
    cloudwatch._evaluate_parent_alarms(alarm)  # noqa: SLF001


def _with_math(record: Record) -> Record:
    """Have the template's handler take an alarm on metric math too."""

    def recorded(name: str, properties: dict[str, Any]) -> Alarm:
        queries = properties.get("Metrics")
        if not queries:
            return record(name, properties)
        alarm = record(name, {**properties, "Metrics": None, **_NONE})
        kept = {field: value for field, value in alarm.items() if field not in _NONE}
        return {**kept, "Metrics": queries}

    return recorded
