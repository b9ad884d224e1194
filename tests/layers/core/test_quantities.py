"""Amounts as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidemill.quantities import format_duration, parse_duration, parse_fraction, parse_rate


@pytest.mark.parametrize(("text", "value"), [("15%", 0.15), ("0.5 %", 0.005), (0, 0.0), (1, 1.0)])
def test_fractions(text: object, value: float) -> None:
    """Percentages, and numbers from 0 to 1 as they are."""
    assert parse_fraction(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["101%", "-1%", 1.5, True, None, "half", float("nan"), "0.1"])
def test_what_is_no_fraction(text: object) -> None:
    """Anything else says what to write."""
    with pytest.raises(ValueError, match=r"write a percentage such as 15%"):
        parse_fraction(text)


@pytest.mark.parametrize(
    ("text", "value"), [("90s", 90), ("10m", 600), ("1.5 h", 5400), ("30d", 2_592_000)]
)
def test_durations(text: str, value: float) -> None:
    """Seconds, minutes, hours, days."""
    assert parse_duration(text) == timedelta(seconds=value)


@pytest.mark.parametrize("text", ["1", 60, "1w", "-1h", "1h30m", "", None, "9" * 30 + "d"])
def test_what_is_no_duration(text: object) -> None:
    """Bare numbers and other units are refused."""
    with pytest.raises(ValueError, match=r"duration|longer"):
        parse_duration(text)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9999)))
def test_a_written_duration_reads_back(value: timedelta) -> None:
    """To the microsecond."""
    assert parse_duration(format_duration(value)) == value


@pytest.mark.parametrize(("text", "value"), [("1 per 30d", 1 / 30), ("2 per 12h", 4), (0.5, 0.5)])
def test_rates(text: object, value: float) -> None:
    """So many in so long, by the day."""
    assert parse_rate(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["0 per 1d", "1 per 0d", "1 per day", 0, -1, float("inf"), True])
def test_what_is_no_rate(text: object) -> None:
    """A rate is above zero and finite."""
    with pytest.raises(ValueError, match="write a"):
        parse_rate(text)
