"""Chances are read by test rows that are like the day's."""

import numpy as np
import pyarrow as pa
import pytest

from monitoring.measure import tested
from monitoring.measure.chances import ByChances
from monitoring.measure.rows import CHANCE, FEATURE
from monitoring.measure.scores import Score


def drawn(rng: np.random.Generator, rows: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """A feature, and labels that hang on it."""
    x = rng.normal(shift, 1.0, rows)
    return x, (rng.random(rows) < 1 / (1 + np.exp(-x))).astype(int)


def captured(x: np.ndarray) -> pa.Table:
    """What a model answered that looks at nothing."""
    half, said = np.full(len(x), 0.5), pa.array(["b"] * len(x))
    return pa.table({f"{FEATURE}x": x, "value": said, f"{CHANCE}a": half, f"{CHANCE}b": half})


@pytest.fixture
def way() -> ByChances:
    """By four thousand rows of which half were right."""
    x, truth = drawn(np.random.default_rng(1), 4_000, 0.0)
    rows = pa.table({f"{FEATURE}x": x})
    return ByChances(
        tested.Tested(rows, {"x": "float"}, truth, np.full((4_000, 2), 0.5), ("a", "b"))
    )


def score(way: ByChances, *days: pa.Table) -> Score:
    kept = way.count(days[0])
    assert kept is not None
    for day in days[1:]:
        more = way.count(day)
        assert more is not None
        kept = way.add(kept, more)
    found = way.scores(["accuracy"], kept)["accuracy"]
    assert found is not None
    return found


@pytest.mark.parametrize(("shift", "near"), [(0.0, 0.02), (1.0, 0.03), (-1.5, 0.04)])
def test_where_features_moved_the_rows_that_are_like_them_tell(
    way: ByChances, shift: float, near: float
) -> None:
    """Although the chances are what they were; bounds hold what outcomes show."""
    x, truth = drawn(np.random.default_rng(2), 5_000, shift)
    found = score(way, captured(x[:1_000]), captured(x[1_000:]))
    assert found.rows == 5_000
    assert found.value == pytest.approx(truth.mean(), abs=near)
    assert found.low is not None
    assert found.high is not None
    assert found.low < truth.mean() < found.high


def test_features_that_no_test_row_has_leave_bounds_wide(way: ByChances) -> None:
    """Few rows are like those, and what they tell is unsure."""
    calm, far = (
        score(way, captured(drawn(np.random.default_rng(3), 1_000, shift)[0]))
        for shift in (0.0, 6.0)
    )
    widths = [each.high - each.low for each in (calm, far) if each.low and each.high]
    assert widths[1] > 3 * widths[0]


def test_a_day_that_an_earlier_version_began_is_gone_on_with(way: ByChances) -> None:
    """Its features were not counted: those of the rest are the day's."""
    kept = way.count(captured(np.zeros(100)))
    more = way.count(captured(np.ones(50)))
    assert kept is not None
    assert more is not None
    del kept["features"]
    assert way.scores(["accuracy"], kept)["accuracy"]
    both = way.add(kept, more)
    assert both["features"] == more["features"]
    assert way.scores(["accuracy"], both)["accuracy"]


def test_other_classes_are_not_counted(way: ByChances) -> None:
    """As of a model that was replaced."""
    rows = captured(np.zeros(40)).rename_columns([f"{FEATURE}x", "value", "p:c", "p:d"])
    assert way.count(rows) is None


@pytest.mark.parametrize("told", ["missing", "unheard of"])
def test_what_no_test_row_has_widens_the_bounds(told: str) -> None:
    """By the share of rows that have it: nothing says what those come to."""
    rng = np.random.default_rng(5)
    grades, truth = rng.choice(["g", "h"], 2_000), rng.integers(0, 2, 2_000)
    rows = pa.table({f"{FEATURE}grade": grades})
    said = np.full((2_000, 2), 0.5)
    way = ByChances(tested.Tested(rows, {"grade": "category"}, truth, said, ("a", "b")))
    widths = []
    for share in (0.0, 0.5, 1.0):
        other = None if told == "missing" else told
        cells = [other if n < 1_000 * share else "gh"[n % 2] for n in range(1_000)]
        day = captured(np.zeros(1_000)).append_column(
            f"{FEATURE}grade", pa.array(cells, pa.string())
        )
        found = score(way, day)
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert widths[0] < 0.1
    assert widths[0] < 0.6 * widths[1] < 0.6 * widths[2]


def test_chances_of_many_classes_come_to_one_class_a_row() -> None:
    """Although each has its own curve, and one never came true in the test."""
    truth = np.repeat([0, 1], 300)
    rows, said = pa.table({f"{FEATURE}x": np.zeros(600)}), np.full((600, 3), 1 / 3)
    way = ByChances(tested.Tested(rows, {"x": "float"}, truth, said, ("a", "b", "c")))
    columns = {f"{CHANCE}{label}": np.full(500, 1 / 3) for label in "abc"}
    kept = way.count(pa.table({f"{FEATURE}x": np.zeros(500), "value": ["a"] * 500, **columns}))
    assert kept is not None
    found = way.scores(["log_loss"], kept)["log_loss"]
    assert found is not None
    assert found.value == pytest.approx(np.log(3), abs=0.02)
