"""The month so far of a whole stage: each pipeline's, and what is nobody's."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from tidemill.costs import STAGE, MonthCost, month_of
from tidemill.registry import Registry


@dataclass(frozen=True)
class StageMonth:
    """What each pipeline cost, what is nobody's, and the pipelines' caps, in USD."""

    pipelines: Mapping[str, MonthCost]
    shared: MonthCost
    caps: Mapping[str, float]

    @classmethod
    def of(cls, registry: Registry, moment: datetime) -> Self:
        month, names = month_of(moment.date()), registry.pipelines()
        contracts = {name: registry.contract_in_force(name) for name in names}
        return cls(
            {name: registry.month_cost(name, month) for name in names},
            registry.month_cost(STAGE, month),
            {name: made.budget.monthly_usd for name, made in contracts.items() if made},
        )

    @property
    def usd(self) -> float:
        return round(sum(cost.usd for cost in self._all()), 6)

    @property
    def by_room(self) -> dict[str, float]:
        rooms: dict[str, float] = defaultdict(float)
        for cost in self._all():
            for room, usd in cost.by_room.items():
                rooms[room] += usd
        return {room: round(usd, 6) for room, usd in sorted(rooms.items())}

    def forecast(self, moment: datetime) -> float:
        """The sum of all forecasts."""
        return round(sum(cost.forecast(moment) for cost in self._all()), 6)

    def _all(self) -> Iterator[MonthCost]:
        yield from (*self.pipelines.values(), self.shared)
