"""What the document of a pipeline says of its cost, and of what is amiss."""

import pytest

from inference.describe.cost import describe_cost, describe_costs
from inference.describe.describe import describe
from tests.functions.inference.conftest import Service
from tidemill.costs import STAGE, CostLine, DayCost, this_month
from tidemill.incidents import Incident, Words
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


def test_only_what_goes_on_is_an_incident(service: Service) -> None:
    """The newest first; what is over is not shown."""
    for kind, state, since in (("A", "open", "1"), ("B", "closed", "2"), ("C", "open", "3")):
        made = Incident(
            subject="shells", kind=kind, state=state, since=since, last=since, words=Words("it is")
        )
        service.registry.change_incident("shells", kind, lambda _, made=made: made)
    found = describe("shells", service.registry)["incidents"]
    assert [incident["kind"] for incident in found] == ["C", "A"]
    assert found[0]["words"]["what"] == "it is"


def test_the_whole_stage_is_told_by_pipeline_and_room(service: Service) -> None:
    """What is nobody's is shared, and reports stand as they were written."""
    registry, today = service.registry, now()[:10]
    for pipeline, usd in (("shells", 0.5), (STAGE, 0.25)):
        line = CostLine(unit="alarm_month", resource="a", quantity=1, usd=usd)
        registry.put_day_cost(pipeline, "monitoring", today, DayCost(lines=(line,)))
    registry.put_cost_report("idle", {"usd_per_month": 3, "findings": ["a key"]})
    found = describe_costs(registry)
    assert found["by_pipeline"] == {"shells": 0.5}
    assert found["shared_usd"] == 0.25
    assert found["by_room"] == {"monitoring": 0.75}
    assert found["month_to_date_usd"] == 0.75
    assert found["forecast_usd"] >= 0.75
    assert found["idle"]["findings"] == ["a key"]
    assert found["reconciliation"] is None
