"""What the document of a pipeline says of its cost."""

import pytest

from inference.describe.cost import describe_cost
from tests.functions.inference.conftest import Service
from tidemill.costs import CostLine, DayCost, this_month
from tidemill.records import now


def test_the_cost_of_the_month_stands_by_room(service: Service) -> None:
    """With where it is going, what a thousand predictions cost, and the cap."""
    line = CostLine(unit="api_gateway_request", resource="a", quantity=9, usd=0.5, answering=True)
    today = now()[:10]
    service.registry.put_day_cost(
        "shells", "inference", today, DayCost(lines=(line,), predictions=1000)
    )
    found = describe_cost("shells", service.registry.contract("shells"), service.registry)
    assert (found["month"], found["by_room"]) == (this_month(), {"inference": 0.5})
    assert found["month_to_date_usd"] == 0.5
    assert found["forecast_usd"] >= 0.5
    assert found["per_1000_predictions_usd"] == pytest.approx(0.5)
    assert (found["budget_usd"], found["billed_until"]) == (20, today)


def test_nothing_was_billed_yet(service: Service) -> None:
    """There is no price of predictions before the ledger has one, nor a cap without a contract."""
    found = describe_cost("shells", None, service.registry)
    assert (found["month_to_date_usd"], found["forecast_usd"]) == (0, 0)
    assert found["per_1000_predictions_usd"] is found["billed_until"] is found["budget_usd"] is None
