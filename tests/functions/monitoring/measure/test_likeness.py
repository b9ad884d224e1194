"""Test rows are weighed until their features are a day's."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.measure.likeness import Likeness, add_counted
from monitoring.measure.rows import FEATURE

READS = {"x": "float", "sex": "category", "wet": "bool"}


def rows(seed: int, number: int, move: float = 0.0, share: float = 0.5) -> pa.Table:
    """Two features that hang together, and a truth value."""
    rng = np.random.default_rng(seed)
    women = rng.random(number) < share
    x = rng.normal(size=number) + move + 0.5 * women
    return table(x=x, sex=np.where(women, "F", "M"), wet=rng.random(number) < 0.3)


def table(**columns: Any) -> pa.Table:  # noqa: ANN401 - cells
    return pa.table({f"{FEATURE}{name}": cells for name, cells in columns.items()})


def mean(of: pa.Table, weights: np.ndarray, name: str, value: Any = None) -> float:  # noqa: ANN401
    cells = of[f"{FEATURE}{name}"].to_numpy()
    numbers = cells.astype(float) if value is None else cells == value
    return float(np.average(numbers, weights=weights))


def test_weighed_rows_have_the_days_means() -> None:
    """Of numbers, their spread, and the shares of values; many rows are then worth fewer."""
    tested, day = rows(1, 4_000), rows(2, 50_000, move=0.7, share=0.8)
    like = Likeness.of(tested, READS)
    weights = like.weigh(like.count(day))
    assert weights is not None
    ones = np.ones(len(day))
    for name, value in (("x", None), ("sex", "F"), ("wet", None)):
        assert mean(tested, weights, name, value) == pytest.approx(
            mean(day, ones, name, value), abs=0.06
        )
    assert 300 < weights.sum() < 3_000
    assert weights.sum() == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


def test_what_chance_explains_weighs_nothing() -> None:
    """Of few days of hundreds that are as the test was is anything weighed, and then little."""
    tested = rows(3, 3_000)
    like = Likeness.of(tested, READS)
    found = [like.weigh(like.count(rows(seed, 500))) for seed in range(10, 60)]
    weighed = [weights for weights in found if weights is not None]
    assert len(weighed) < 3
    assert all(weights.sum() > 2_700 for weights in weighed)


def test_days_add_up() -> None:
    """Two captures as both at once; what another scale has counted is let go."""
    like, day = Likeness.of(rows(1, 500), READS), rows(2, 300)
    parts = [like.count(day.slice(0, 100)), like.count(day.slice(100))]
    both, whole = add_counted(*parts), like.count(day)
    assert both["rows"] == whole["rows"]
    assert both["parts"] == pytest.approx(whole["parts"])
    other = Likeness.of(rows(1, 499), READS).count(day)
    assert add_counted(other, whole) == whole
    assert add_counted(None, whole) == whole


def test_rows_without_a_cell_are_like_rows_without_it() -> None:
    """And not like those that lie in the middle."""
    rng = np.random.default_rng(6)
    tested, day = (
        table(x=pa.array(rng.normal(size=3_000), mask=rng.random(3_000) < share))
        for share in (0.1, 0.7)
    )
    like = Likeness.of(tested, {"x": "float"})
    weights = like.weigh(like.count(day))
    assert weights is not None
    missing = tested["feature:x"].is_null().to_numpy()
    assert np.average(missing, weights=weights) == pytest.approx(0.7, abs=0.05)
    assert like.unheard(like.count(day)) == 0.0


CELLS: Any = st.lists(
    st.sampled_from([None, 0.0, 1.0, -1e300, 1e300, 3.5, 3.5000001]), min_size=2, max_size=40
)


@settings(max_examples=60, deadline=None)
@given(CELLS, CELLS)
def test_odd_features_have_finite_weights(tested: list[float], day: list[float]) -> None:
    """Missing ones, constant ones, huge ones; values that a test never had; none at all."""
    like = Likeness.of(_odd(tested), READS)
    weights = like.weigh(like.count(_odd(day)))
    assert weights is None or (np.isfinite(weights).all() and weights.sum() >= 1 - 1e-9)


def _odd(cells: list[float]) -> pa.Table:
    texts = [None if cell is None else str(cell) for cell in cells]
    truths = [None if cell is None else cell > 0 for cell in cells]
    found = table(x=pa.array(cells, pa.float64()), wet=pa.array(truths, pa.bool_()))
    return found.append_column(f"{FEATURE}sex", pa.array(texts, pa.string()))


def test_without_features_nothing_is_weighed() -> None:
    """Chances alone tell then."""
    like = Likeness.of(pa.table({}), {})
    counted = like.count(rows(1, 50))
    assert (like.weigh(counted), like.unheard(counted)) == (None, 0.0)
    assert (like.weigh(None), like.unheard(None)) == (None, 0.0)
