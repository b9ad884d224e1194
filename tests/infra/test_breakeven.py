"""The rate from which an endpoint pays is where both ways cost the same."""

import pytest

from infra.breakeven import Choice, Prices, Request, main, processors, report
from tidemill.errors import UnknownPriceError
from tidemill.pricing import hosting_price, unit_price

PRICES = Prices(request=2e-7, gb_second=1e-5, api=3.5e-6, hour=0.1)


def choice(function_ms: float = 2.0, server_ms: float = 0.5) -> Choice:
    return Choice(Request(function_ms / 1e3, server_ms / 1e3), PRICES, processors=2)


def test_the_function_is_billed_by_the_millisecond() -> None:
    """Begun ones count whole; two milliseconds of a gigabyte are two and no more."""
    assert choice(2.0).function_usd == pytest.approx(2e-7 + 2e-8)
    assert choice(0.1).function_usd == pytest.approx(2e-7 + 1e-8)
    assert choice(2.01).function_usd == pytest.approx(2e-7 + 3e-8)


@pytest.mark.parametrize("with_api", [True, False])
def test_at_the_rate_both_cost_the_same(with_api: bool) -> None:
    """An hour of the instance is an hour of the function's requests, and the API's if it goes."""
    made = choice()
    rate = made.breakeven(with_api=with_api)
    assert rate is not None
    function, behind, alone = made.monthly(rate)
    assert function == pytest.approx(behind if with_api else alone)
    function, behind, alone = made.monthly(rate * 1.1)
    assert function > (behind if with_api else alone)


def test_a_slow_server_never_pays() -> None:
    """Where an instance cannot answer as much as it costs."""
    assert choice(server_ms=100.0).breakeven(with_api=True) is None


def test_instances_are_as_many_as_the_rate_needs() -> None:
    """Two processors at 60 % and half a millisecond are 2,400 requests a second."""
    made = choice()
    assert made.most == pytest.approx(2_400)
    assert [made.instances(rate) for rate in (1, 2_400, 2_401, 7_300)] == [1, 1, 2, 4]


@pytest.mark.parametrize(
    ("instance", "count"),
    [("ml.t2.medium", 2), ("ml.m5.large", 2), ("ml.c5.xlarge", 4), ("ml.m5.12xlarge", 48)],
)
def test_a_types_name_says_its_processors(instance: str, count: int) -> None:
    """As AWS names them."""
    assert processors(instance) == count


def test_a_type_that_does_not_say_is_refused() -> None:
    """With its name; and one without a price with what to do."""
    with pytest.raises(ValueError, match="metal"):
        processors("ml.m5.metal")
    with pytest.raises(UnknownPriceError, match="make prices"):
        report(Request(0.002, 0.0005), "ml.m5.large", "mars-1")


def test_the_report_is_at_the_tables_prices(capsys: pytest.CaptureFixture[str]) -> None:
    """Four rates, from one request a second to a thousand; called wrongly, it says how."""
    assert main(["2", "0.5"]) == 0
    told = capsys.readouterr().out
    hour, api = hosting_price("ml.m5.large"), unit_price("api_gateway_request")
    assert f"${hour:g} an hour" in told
    assert f"{hour * 730:,.2f}" in told
    assert f"{1000 * 3600 * 730 * api + hour * 730:,.2f}" in told
    assert len(told.splitlines()) == 8
    assert main([]) == 2
    assert "FUNCTION_MS" in capsys.readouterr().err
