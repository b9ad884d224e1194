"""The bill's own figure beside the ledger's, where Cost Explorer may be asked."""

from datetime import date, timedelta
from typing import Any

from tidemill.costs import TRAINING, MonthCost
from tidemill.stage_costs import StageMonth


def billed(client: Any, stage: str, today: date) -> dict[str, float]:  # noqa: ANN401 - boto3's
    """What AWS bills of the stage this month, in USD by room, all whole days of it.

    One request, which costs one US cent; nothing on the first of a month. The tags Application,
    Stage and Room must be activated as cost allocation tags; untagged cost is under no room.
    """
    first = today.replace(day=1)
    if first == today:
        return {}
    answer = client.get_cost_and_usage(
        TimePeriod={"Start": first.isoformat(), "End": today.isoformat()},
        Granularity="MONTHLY",
        Metrics=["UnblendedCost"],
        Filter={"And": [_tagged("Application", "tidemill"), _tagged("Stage", stage)]},
        GroupBy=[{"Type": "TAG", "Key": "Room"}],
    )
    rooms: dict[str, float] = {}
    for period in answer["ResultsByTime"]:
        for group in period["Groups"]:
            room = group["Keys"][0].partition("$")[2]
            rooms[room] = rooms.get(room, 0.0) + float(group["Metrics"]["UnblendedCost"]["Amount"])
    return rooms


def reconcile(bill: dict[str, float], month: StageMonth, today: date) -> dict[str, Any]:
    """Bill and ledger by room over the same whole days, and the bill's sum less the ledger's."""
    ledger: dict[str, float] = {}
    for cost in (*month.pipelines.values(), month.shared):
        for room, usd in _until(cost, today).items():
            ledger[room] = ledger.get(room, 0.0) + usd
    return {
        "through": (today - timedelta(days=1)).isoformat(),
        "bill_usd": {room: round(usd, 6) for room, usd in sorted(bill.items())},
        "ledger_usd": {room: round(usd, 6) for room, usd in sorted(ledger.items())},
        "difference_usd": round(sum(bill.values()) - sum(ledger.values()), 6),
    }


def _until(cost: MonthCost, today: date) -> dict[str, float]:
    end = today.isoformat()
    rooms = {
        room: sum(day_cost.usd for day, day_cost in days.items() if day < end)
        for room, days in cost.ledger.items()
    }
    runs = [run for run in cost.runs if cost.month <= run.started_at < end]
    jobs = sum(run.cost_usd or 0.0 for run in runs)
    return rooms | {TRAINING: rooms.get(TRAINING, 0.0) + jobs} if jobs else rooms


def _tagged(key: str, value: str) -> dict[str, Any]:
    return {"Tags": {"Key": key, "Values": [value]}}
