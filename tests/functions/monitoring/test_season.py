"""A season's turn is no drift, and drift within a season is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from monitoring.watch.answering import by_phase
from monitoring.watch.drift import measure_drift
from monitoring.watch.gathering import Window
from monitoring.watch.grid import make_grid
from monitoring.watch.season import (
    By,
    Phases,
    Seasonal,
    Seasons,
    known_phases,
    mix_of,
    phases_of,
)
from monitoring.watch.tally import Tally, count

ROWS, MONTHS = 12_000, np.arange(1, 13)


def draw(rng: np.random.Generator, months: Phases, shift: float = 0.0) -> pa.Table:
    """Rows whose one number swings by two deviations over the year."""
    swing = 2 * np.sin(2 * np.pi * months / 12)
    return pa.table({"heat": rng.normal(size=len(months)) + swing + shift})


@pytest.fixture(scope="module")
def seasons() -> Seasons:
    """A thousand training rows of each month."""
    rng = np.random.default_rng(0)
    rows = draw(rng, np.tile(MONTHS, 1_000))
    grid = make_grid(draw(rng, np.tile(MONTHS, 80)), frozenset({"heat"}))
    return Seasons(rows, np.tile(MONTHS, 1_000), grid)


def drifted(seasons: Seasons, seed: int, months: Phases, shift: float = 0.0) -> bool:
    rng = np.random.default_rng(seed)
    window = count(draw(rng, months, shift), seasons.grid)
    ours = seasons.alike(mix_of(months), f"{seed:x}")
    return bool(measure_drift(ours, window, seasons.grid, level=0.01, least_effect=0.0).drifted)


@pytest.mark.parametrize("months", [[1] * 400, [6] * 300 + [7] * 100, list(range(1, 13)) * 30])
def test_the_level_holds_whatever_months_a_window_has(seasons: Seasons, months: list[int]) -> None:
    """Of 200 windows, at a level of one in a hundred; all rows together alarm at any month."""
    found = [drifted(seasons, seed, np.array(months)) for seed in range(200)]
    assert sum(found) <= 6
    if len(set(months)) < 12:
        window = count(draw(np.random.default_rng(0), np.array(months)), seasons.grid)
        every = count(seasons.rows, seasons.grid)
        assert measure_drift(every, window, seasons.grid, level=1e-6, least_effect=0.1).drifted


def test_a_shift_within_a_season_is_found(seasons: Seasons) -> None:
    """Of a fifth of a deviation, a tenth of the swing, in a month's thousand rows."""
    found = [drifted(seasons, seed, np.full(1_000, 3), 0.2) for seed in range(20)]
    assert sum(found) >= 18


def test_training_rows_are_drawn_in_the_windows_mix(seasons: Seasons) -> None:
    """As many times the mix as there are; below one, by chance; the same name draws the same."""
    assert seasons.alike({1: 300, 2: 100}, "a1").rows == 3 * 400
    few = seasons.alike({1: 3_000, 2: 1_000}, "a2").rows
    assert 1_333 <= few <= 1_335
    again = Seasons(seasons.rows, seasons.phases, seasons.grid)
    assert (again.alike({1: 9}, "b").cells == seasons.alike({1: 9}, "b").cells).all()
    assert (again.alike({1: 9}, "c").cells != seasons.alike({1: 9}, "b").cells).any()


@pytest.mark.parametrize(("by", "expected"), [("hour", 23), ("weekday", 1), ("month", 6)])
def test_phases_are_told_in_utc(by: By, expected: int) -> None:
    """Of texts with and without an offset, and of timestamps; of what is none, nothing."""
    texts = ["2026-07-01T01:30:00+02:00", "2026-06-30T23:30:00", "soon", None]
    assert phases_of(pa.array(texts), by).tolist() == [expected] * 2 + [-1] * 2
    moment = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    for zone in (None, "UTC"):
        stored = pa.chunked_array([pa.array([moment, None], pa.timestamp("us", tz=zone))])
        assert phases_of(stored, by).tolist() == [expected, -1]


def test_a_phase_that_training_hardly_saw_is_unknown() -> None:
    """Fewer than fifty rows tell nothing."""
    assert known_phases(np.array([1] * 50 + [2] * 49 + [-1] * 90)) == {1: 50}


def answered(seasons: Seasons, seed: int, month: int, shift: float = 0.0) -> Window:
    """A window of 100 answers of one month."""
    rng = np.random.default_rng(seed)
    said = count(draw(rng, np.full(100, month), shift), seasons.grid)
    seasonal = Seasonal({month: 100}, {month: said})
    begun = (datetime(2026, month, 1, tzinfo=UTC) + timedelta(minutes=seed)).isoformat()
    return Window(said, said, begun, seasonal)


def test_answers_are_held_against_the_first_ones_of_their_month(seasons: Seasons) -> None:
    """Ten windows of a month are its first ones; another month's begin anew."""
    record: dict[str, Any] = {}
    for month in (1, 7):
        for seed in range(10):
            record, ours, theirs = by_phase(record, answered(seasons, seed, month), seasons.grid)
            assert (ours.rows, theirs.rows) == (0, 0)

    def odd(window: Window) -> tuple[str, ...]:
        _, ours, theirs = by_phase(record, window, seasons.grid)
        assert (ours.rows, theirs.rows) == (1_000, 100)
        return measure_drift(ours, theirs, seasons.grid, level=1e-4, least_effect=0.0).drifted

    assert odd(answered(seasons, 50, 1)) == odd(answered(seasons, 51, 7)) == ()
    assert odd(answered(seasons, 52, 7, 1.0)) == ("heat",)


def test_the_same_window_again_finds_the_same(seasons: Seasons) -> None:
    """Its answers count once among the first ones."""
    window = answered(seasons, 1, 1)
    once, *_ = by_phase({}, window, seasons.grid)
    twice, ours, _ = by_phase(once, window, seasons.grid)
    assert twice == once
    assert ours.rows == 0


def test_windows_add_up_by_phase(seasons: Seasons) -> None:
    """Also from what a record holds, with what was left out."""
    first, second = answered(seasons, 1, 1), answered(seasons, 2, 2)
    assert first.seasonal
    assert second.seasonal
    left = Seasonal(second.seasonal.mix, second.seasonal.answers, 7)
    both = first.seasonal.merge(left, seasons.grid)
    held = Seasonal.from_document(both.to_document())
    assert (held.mix, held.left_out) == ({1: 100, 2: 100}, 7)
    assert held.answers[2].cells.tolist() == second.answers.cells.tolist()
    empty = Seasonal({}, {1: Tally.empty(seasons.grid)})
    assert first.seasonal.merge(empty, seasons.grid).answers[1].rows == 100
