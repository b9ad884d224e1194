"""What a run may cost and did cost."""

from datetime import timedelta

import pytest

from tidemill.pricing import bill, estimate, savings_percent


def test_an_estimate_is_the_worst_case_with_its_arithmetic() -> None:
    """On demand the whole runtime; on spot twice that, for the fallback runs after the spot job."""
    demand = estimate("ml.m5.large", timedelta(hours=2), spot=False)
    spot = estimate("ml.m5.large", timedelta(hours=2), spot=True)
    assert (demand.usd, spot.usd) == (pytest.approx(0.23), pytest.approx(0.46))
    assert demand.arithmetic == "2 h of ml.m5.large at $0.115/h = $0.2300 at most"
    assert "twice if spot capacity gives out" in spot.arithmetic


def test_an_instance_without_a_price_is_refused() -> None:
    """With those that have one."""
    with pytest.raises(ValueError, match=r"'ml.p4d.24xlarge'; use one of ml.c5"):
        estimate("ml.p4d.24xlarge", timedelta(hours=1), spot=True)


@pytest.mark.parametrize(
    ("training", "billable", "usd", "savings"),
    [(3600, 1080, 0.0345, 70.0), (3600, 3600, 0.115, 0.0), (0, 0, 0.0, 0.0)],
)
def test_a_bill_counts_billable_seconds(
    training: int, billable: int, usd: float, savings: float
) -> None:
    """Savings are against the seconds trained."""
    assert bill("ml.m5.large", billable) == usd
    assert savings_percent(training, billable) == savings
