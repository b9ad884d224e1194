"""The ledger of what was spent, day by day."""

from typing import Any

from tidemill.costs import STAGE, DayCost, MonthCost
from tidemill.registry.models import Models


class Costs(Models):
    """What each day cost, by pipeline and room; `costs.STAGE` is who pays for what is nobody's."""

    def put_day_cost(self, pipeline: str, room: str, day: str, cost: DayCost) -> None:
        """Write a day, over what was written of it before; one without lines leaves no trace."""
        kept = cost.model_dump(mode="json") if cost.lines else None

        def change(days: dict[str, Any]) -> dict[str, Any]:
            others = {name: held for name, held in days.items() if name != day}
            return others if kept is None else dict(sorted({**others, day: kept}.items()))

        if kept or self._table.get(pipeline, _record(day[:7], room)):
            self._replace(pipeline, _record(day[:7], room), change)

    def month_cost(self, pipeline: str, month: str) -> MonthCost:
        """What the pipeline cost in the month, such as `2026-11`; the runs of all months go along.

        Their pace is what a forecast needs.
        """
        prefix = _record(month, "")
        ledger = {
            item.record.removeprefix(prefix): {
                day: DayCost.model_validate(cost) for day, cost in item.document.items()
            }
            for item in self._table.query(pipeline, prefix)
        }
        return MonthCost(month, ledger, tuple(self.runs(pipeline)))

    def cost_report(self, name: str) -> dict[str, Any] | None:
        """The newest `idle` or `reconciliation` report of the stage, if there was one."""
        item = self._table.get(STAGE, f"report#{name}")
        return item.document if item else None

    def put_cost_report(self, name: str, document: dict[str, Any]) -> None:
        self._replace(STAGE, f"report#{name}", lambda _: document)


def _record(month: str, room: str) -> str:
    return f"cost#{month}#{room}"
