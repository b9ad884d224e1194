"""Turns log events into metrics as they are stored."""

from typing import Any

from ministack.services import cloudwatch, cloudwatch_logs

from local import emf


def install() -> None:
    """Have every log event that is stored, from a function or the API, read for metrics."""
    store = cloudwatch_logs._append_log_events  # noqa: SLF001

    def append(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
        store(stream, events)
        data = [datum for event in events for datum in emf.read(event["message"])]
        for datum in data:
            _record(datum)
        if data:
            cloudwatch._evaluate_all_alarms()  # noqa: SLF001

    cloudwatch_logs._append_log_events = append  # noqa: SLF001


def _record(datum: emf.Datum) -> None:
    cloudwatch._store_datum(  # noqa: SLF001
        datum.namespace,
        datum.name,
        datum.dimensions,
        datum.timestamp,
        datum.unit,
        None,
        list(datum.values),
        None,
        None,
    )
