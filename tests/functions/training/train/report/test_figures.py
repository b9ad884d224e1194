"""Numbers as a person reads them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.train.report import figures
from training.train.report.charts.plane import Axis
from training.train.report.words import Metric, compared, standing

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (2.1119, "2.112"),
        (0.8461, "0.8461"),
        (0.2, "0.2"),
        (12345.678, "12,346"),
        (1_234_567.0, "1,234,567"),
        (-0.0123456, f"{MINUS}0.01235"),
        (0.99999, "1.0000"),
        (3.6e-15, "3.6e-15"),
        (float("nan"), figures.NONE),
        (float("inf"), figures.NONE),
        (None, figures.NONE),
    ],
)
def test_number(value: float | None, text: str) -> None:
    """Four digits that matter, fewer where they say it all."""
    assert figures.number(value) == text


@given(st.floats(-1e300, 1e300))
def test_number_is_near_what_it_says(value: float) -> None:
    """No number is told wrongly by more than its last digit."""
    told = float(figures.number(value).replace(",", "").replace(MINUS, "-"))

    assert math.isclose(told, value, rel_tol=6e-3)


@pytest.mark.parametrize(
    ("part", "text"),
    [(0.0, "0 %"), (0.031, "3.1 %"), (1.0, "100 %"), (1e-6, "< 0.1 %"), (0.99999, "> 99.9 %")],
)
def test_share(part: float, text: str) -> None:
    """What is little is not nothing, and what is much not all."""
    assert figures.share(part).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("usd", "text"),
    [(0, "$0.00"), (0.0021234, "$0.0021"), (0.05, "$0.050"), (1.2, "$1.20"), (12345, "$12,345.00")],
)
def test_money(usd: float, text: str) -> None:
    """To the cent, and small sums to two digits."""
    assert figures.money(usd) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.25, "0.25 s"), (38.2, "38.2 s"), (59.99, "60 s"), (250, "4 min 10 s"), (3600, "1 h")],
)
def test_duration(seconds: float, text: str) -> None:
    """Two units at most."""
    assert figures.duration(seconds) == text


@given(
    st.floats(-1e12, 1e12),
    st.floats(1e-9, 1e12),
)
def test_ticks_tell_places_apart(low: float, width: float) -> None:
    """An axis has between two and twelve ticks within it, and no two read alike."""
    axis = Axis.around("metres", [low, low + max(width, abs(low) * 1e-6)])

    ticks = axis.ticks()

    assert 2 <= len(ticks) <= 12
    room = (axis.high - axis.low) * 1e-6
    assert all(axis.low - room <= tick <= axis.high + room for tick in ticks)
    assert len(set(axis.spelt(ticks))) == len(ticks)


@given(st.floats(1e-9, 1e9), st.floats(1.0, 1e6))
def test_logarithmic_ticks(low: float, factor: float) -> None:
    """An axis of orders of magnitude has ticks within it, few enough to read."""
    axis = Axis.around("cost", [low, low * factor], log=True)

    ticks = axis.ticks()

    assert len(ticks) <= 12
    assert all(axis.low <= tick <= axis.high for tick in ticks)


def test_whole_axis_has_no_half_ticks() -> None:
    """Trials and rows are counted one by one."""
    for most in (0, 1, 3, 7):
        axis = Axis("trial", -0.5, most + 0.5, whole=True)

        assert all(tick == int(tick) for tick in axis.ticks())
        assert not any("." in text for text in axis.spelt(axis.ticks()))


def test_axis_of_nothing() -> None:
    """Without a finite value there is an axis all the same."""
    axis = Axis.around("nothing", [float("nan"), float("inf")])

    assert axis.low < axis.high


@pytest.mark.parametrize(
    ("difference", "low", "high", "word"),
    [
        (0.1, 0.05, 0.2, "surely better"),
        (0.1, -0.05, 0.2, "perhaps better"),
        (-0.1, -0.2, 0.05, "perhaps worse"),
        (-0.1, -0.2, -0.05, "surely worse"),
        (0.0, 0.0, 0.0, "no different"),
    ],
)
def test_standing(difference: float, low: float, high: float, word: str) -> None:
    """A difference is sure where its interval is on one side of zero."""
    assert standing({"difference": difference, "low": low, "high": high}) == word


def test_comparison_in_words() -> None:
    """How much better, in the metric's unit and in percent, and whether chance explains it."""
    metric = Metric("rmse", "mm")
    sure = {"difference": 0.066, "low": 0.01, "high": 0.12}
    unsure = sure | {"low": -0.01}

    said = compared(sure, 2.2, "the champion", metric).replace("\N{NO-BREAK SPACE}", " ")

    assert said == "Surely better than the champion, by 0.066 mm (3 %)."
    assert compared(unsure, 2.2, "it", metric).endswith("chance could explain it.")
    assert (
        compared(sure | {"difference": 1}, 0.0, "it", metric) == "Surely better than it, by 1 mm."
    )


def test_quoted_turns_losses_back() -> None:
    """A loss of a metric that is better when higher is its negative."""
    assert Metric("roc_auc").quoted(-0.8) == 0.8
    assert Metric("rmse").quoted(2.1) == 2.1


def test_columns_have_one_number_of_decimals() -> None:
    """Small numbers of a column are told beside its largest, and none is a negative nothing."""
    assert figures.aligned([0.09362, 5.19e-5, -1e-9]) == ["0.0936", "0.0001", "0.0000"]
    assert figures.aligned([175.2, -0.3]) == ["175", "0"]


def test_one_is_not_many() -> None:
    """One row is a row."""
    assert figures.counted(1, "row") == "1 row"
    assert figures.counted(1200, "row") == "1,200 rows"
