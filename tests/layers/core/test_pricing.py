"""What a run may cost, probably costs, and did cost."""

from datetime import timedelta

import pytest

from tidemill.errors import UnknownPriceError
from tidemill.pricing import (
    Hosts,
    Likely,
    bill,
    estimate,
    hosting_price,
    hourly_price,
    memory_bytes,
    require_instance,
    require_region,
    savings_percent,
    unit_price,
    unit_prices,
)

ONE = Hosts("ml.m5.large")
LIKELY = Likely(720, 0.5, "as the last run took")


def test_an_estimate_is_a_range_with_its_arithmetic() -> None:
    """At most the whole runtime, on spot twice, for on demand may follow; and what is likely."""
    demand = estimate(ONE, timedelta(hours=2), LIKELY, spot=False)
    spot = estimate(ONE, timedelta(hours=2), LIKELY, spot=True)
    assert (demand.usd, spot.usd) == (pytest.approx(0.23), pytest.approx(0.46))
    assert demand.likely_usd == pytest.approx(0.115 * 720 * 0.5 / 3600)
    assert demand.arithmetic == (
        "2 h of ml.m5.large at $0.115/h = $0.2300 at most "
        "(likely $0.0115: 720 s, as the last run took)"
    )
    assert "twice if spot capacity gives out" in spot.arithmetic


def test_several_hosts_cost_several_times_as_much() -> None:
    """In the estimate, its words, and the bill."""
    three = Hosts("ml.m5.large", 3)
    planned = estimate(three, timedelta(hours=1), LIKELY, spot=False)
    assert planned.usd == pytest.approx(0.345)
    assert planned.arithmetic.startswith("1 h of 3 x ml.m5.large at $0.115/h each = $0.3450")
    assert bill(three, 3600) == pytest.approx(0.345)


def test_what_is_likely_is_never_above_the_most() -> None:
    """Nor longer than the job may run."""
    planned = estimate(ONE, timedelta(minutes=1), Likely(1e6, 1.0, "guessed"), spot=False)
    assert planned.likely_usd == pytest.approx(planned.usd)


def test_an_instance_without_a_price_is_refused() -> None:
    """With those that have one, and how to learn of more."""
    with pytest.raises(ValueError, match=r"'ml.m9.huge'; use one of ml.c5.*make prices"):
        require_instance("ml.m9.huge")
    require_instance("ml.m5.large")


@pytest.mark.parametrize("instance", ["ml.g4dn.xlarge", "ml.p4d.24xlarge", "ml.inf2.xlarge"])
def test_an_accelerator_that_nothing_uses_is_refused(instance: str) -> None:
    """It would be paid for and stand idle."""
    with pytest.raises(ValueError, match="accelerator that no candidate uses"):
        require_instance(instance)


def test_a_region_without_prices_is_named_with_the_remedy() -> None:
    """Prices differ between regions: none is taken for another."""
    with pytest.raises(UnknownPriceError, match="make prices REGION=mars-north-1"):
        hourly_price("ml.m5.large", "mars-north-1")
    with pytest.raises(UnknownPriceError, match="make prices REGION=mars-north-1"):
        require_region("mars-north-1")
    require_region("us-east-1")


def test_memory_is_known_of_every_instance_with_a_price() -> None:
    """Else a plan could not tell whether the rows fit."""
    assert memory_bytes("ml.m5.large") == 8 * 2**30
    assert memory_bytes("ml.m9.huge") is None


@pytest.mark.parametrize(
    ("training", "billable", "usd", "savings"),
    [(3600, 1080, 0.0345, 70.0), (3600, 3600, 0.115, 0.0), (0, 0, 0.0, 0.0)],
)
def test_a_bill_counts_billable_seconds(
    training: int, billable: int, usd: float, savings: float
) -> None:
    """Savings are against the seconds trained."""
    assert bill(ONE, billable) == usd
    assert savings_percent(training, billable) == savings


def test_what_serving_is_billed_by_has_a_price() -> None:
    """Of a unit, in the region; a million requests of a function are twenty cents."""
    assert unit_price("lambda_request") * 1e6 == pytest.approx(0.20)
    assert hosting_price("ml.m5.large") == pytest.approx(0.115)
    assert all(usd > 0 for usd in unit_prices().values())


@pytest.mark.parametrize(("name", "region"), [("tea", "us-east-1"), ("s3_put", "mars-north-1")])
def test_a_unit_without_a_price_is_named_with_the_remedy(name: str, region: str) -> None:
    """No price is taken for another."""
    with pytest.raises(UnknownPriceError, match=f"{name} in {region}.*make prices"):
        unit_price(name, region)
    with pytest.raises(UnknownPriceError, match="make prices REGION=mars-north-1"):
        unit_prices("mars-north-1")
