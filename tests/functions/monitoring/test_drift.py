"""Drift: the stated rate of false alarms, the right column and segment, enough to matter."""

import math
import random
from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from monitoring.watch.baseline import Baseline, held_out
from monitoring.watch.chance import log_cell_chance
from monitoring.watch.drift import Drift, measure_drift, psi
from monitoring.watch.evidence import find_evidence
from monitoring.watch.grid import Grid, find_edges, make_grid
from monitoring.watch.places import Places
from monitoring.watch.spending import level
from monitoring.watch.sums import log_sum_chances
from monitoring.watch.tally import Tally, count
from tidemill.contract import parse_contract

NUMBERS = frozenset({"normal", "heavy", "atoms", "gaps", "flag"})
LEVEL = 0.05 / 365
DICE = np.random.default_rng(7)


def drawn(dice: np.random.Generator, rows: int) -> pa.Table:
    """Columns that break tests which are right for bell curves only."""
    gaps = dice.normal(size=rows)
    gaps[dice.random(rows) < 0.03] = np.nan
    names = dice.choice(list("abcde"), size=rows, p=[0.5, 0.24, 0.1, 0.1, 0.06])
    return pa.table(
        {
            "normal": dice.normal(size=rows),
            "heavy": dice.standard_t(1.5, size=rows),
            "atoms": np.where(dice.random(rows) < 0.97, 0.0, dice.lognormal(size=rows)),
            "gaps": pa.array(gaps, from_pandas=True),
            "flag": (dice.random(rows) < 0.01).astype(float),
            "group": pa.array(names.tolist()),
            "tail": pa.array([f"v{n}" for n in dice.zipf(1.4, size=rows)]),
        }
    )


def counted(rows: pa.Table, held_out: int = 1000) -> tuple[Grid, Tally]:
    grid = make_grid(rows.slice(0, held_out), NUMBERS)
    return grid, count(rows.slice(held_out), grid)


GRID, BASELINE = counted(drawn(DICE, 20_000))


def measured(rows: pa.Table, spent: float = LEVEL, least: float = 0.05) -> Drift:
    return measure_drift(BASELINE, count(rows, GRID), GRID, level=spent, least_effect=least)


def with_column(rows: pa.Table, name: str, cells: Iterable[object]) -> pa.Table:
    return rows.set_column(rows.column_names.index(name), name, pa.array(cells))


@pytest.mark.parametrize(
    ("hits", "cell", "of", "total"), [(4, 6, 5, 12), (0, 6, 5, 12), (1, 2, 3, 9)]
)
def test_the_chance_of_a_share_is_that_of_dealing(
    hits: int, cell: int, of: int, total: int
) -> None:
    """Every way to deal the rows is counted, and the tail beyond what was found is doubled."""
    deals = [sum(row < cell for row in rows) for rows in combinations(range(total), of)]
    above = hits * total >= cell * of
    tail = sum(found >= hits if above else found <= hits for found in deals) / len(deals)
    found = math.exp(log_cell_chance(hits, cell, of, total))
    assert found == pytest.approx(min(1.0, 2 * tail), rel=1e-9)


@pytest.mark.parametrize("lean", [1, 2, 3])
def test_the_chance_of_a_sum_is_close_to_that_of_dealing(lean: int) -> None:
    """Within a fifth of the exact chance, in the far tail too, and rather above it."""
    scores = np.arange(8.0)
    pooled = np.array([2, 2, 3, 3, 2, 3, 2, 2])
    values = np.repeat(scores, pooled)
    window = np.zeros(8, np.int64)
    for row in sorted(values)[-5 - (3 - lean) * 2 :][:5]:
        window[int(row)] += 1
    goal = float(window @ scores)
    deals = [sum(chosen) for chosen in combinations(values.tolist(), 5)]
    exact = 2 * sum(found >= goal for found in deals) / len(deals)
    (chance,) = log_sum_chances(pooled[None], window[None], scores[None])
    assert math.exp(chance) == pytest.approx(exact, rel=0.2)


@pytest.mark.parametrize("rows", [50, 500, 5000])
def test_false_alarms_are_no_more_than_asked_for(rows: int) -> None:
    """With nothing drifting, at most the level's share of windows has any column called drifted."""
    dice = np.random.default_rng(rows)
    windows = 60 if rows == 5000 else 150
    alarms = sum(bool(measured(drawn(dice, rows), 0.05, 0.0).drifted) for _ in range(windows))
    assert alarms <= 0.05 * windows + 3 * math.sqrt(0.05 * 0.95 * windows)


def test_a_column_shows_evidence_by_chance_in_one_of_a_hundred_windows() -> None:
    """Of few rows too, where a rare value is many standard errors away; segments add as many."""
    dice = np.random.default_rng(21)
    windows = [measured(drawn(dice, 50)) for _ in range(150)]
    looked_at = sum(len(drift.scores) for drift in windows)
    expected = 0.01 * looked_at + 0.01 * len(windows)
    assert sum(len(drift.evident) for drift in windows) <= expected + 3 * math.sqrt(expected)


def test_asking_for_rarer_evidence_leaves_out_no_rarer_one() -> None:
    """Of columns: what is found at a lower level is what was found above it, and as rare."""
    window = count(drawn(np.random.default_rng(22), 500).slice(0, 60), GRID)
    found, rarer = (find_evidence(BASELINE, window, GRID, level) for level in (0.3, 1e-3))
    assert [each for each in found if each in rarer] == rarer
    assert len(rarer) < len(found)


@pytest.mark.parametrize(("rows", "made_of"), [(4, 1), (400, 80), (5_000, 250), (60_000, 1_000)])
def test_few_rows_make_the_grid(rows: int, made_of: int) -> None:
    """And are not counted; of a small baseline, most are."""
    held = held_out(rows)
    assert (len(held), int(held.sum())) == (rows, made_of)


def test_a_small_baseline_cries_no_wolf() -> None:
    """It is a sample itself: large windows differ from it by its own chance."""
    dice = np.random.default_rng(11)
    alarms = 0
    for _ in range(30):
        grid, tally = counted(drawn(dice, 500), 100)
        window = count(drawn(dice, 8000), grid)
        alarms += bool(measure_drift(tally, window, grid, level=0.05, least_effect=0).drifted)
    assert alarms <= 5


def test_a_tenth_of_a_deviation_is_found_in_five_thousand_rows() -> None:
    """At the level of one false alarm in twenty years of days, and the right column first."""
    dice = np.random.default_rng(12)
    found = 0
    for _ in range(20):
        rows = drawn(dice, 5000)
        shifted = with_column(rows, "normal", rows.column("normal").to_numpy() + 0.1)
        found += measured(shifted).drifted[:1] == ("normal",)
    assert found >= 18


def test_a_shift_inside_a_segment_is_found_and_the_segment_named() -> None:
    """One deviation among the 6 % of a group; on the whole it is 0.06."""
    rows = drawn(np.random.default_rng(13), 3000)
    inside = np.array(rows.column("group").to_pylist()) == "e"
    drift = measured(with_column(rows, "normal", rows.column("normal").to_numpy() + inside))
    assert drift.first("normal").segment == "group = e"
    assert drift.drifted[0] == "normal"
    assert drift.first("normal").effect > 0.5


def test_columns_that_no_longer_hang_together_are_found() -> None:
    """Each as it was on its own: one is named, within the lowest or highest of the other."""
    dice = np.random.default_rng(14)

    def pairs(rows: int, correlation: float) -> pa.Table:
        first, second = dice.normal(size=(2, rows))
        other = correlation * first + math.sqrt(1 - correlation**2) * second
        return pa.table({"normal": first, "gaps": other})

    grid, tally = counted(pairs(10_000, 0.6))
    drift = measure_drift(
        tally, count(pairs(2000, 0.0), grid), grid, level=LEVEL, least_effect=0.05
    )
    (named,) = drift.drifted
    assert {named, drift.first(named).within} == {"normal", "gaps"}


@pytest.mark.parametrize(
    ("name", "cells", "aspect"),
    [
        ("gaps", [None] * 150 + [0.1 * (n % 20 - 10) for n in range(350)], "missing"),
        (
            "group",
            ["new"] * 30 + ["a"] * 235 + ["b"] * 113 + ["c", "d"] * 47 + ["e"] * 28,
            "unseen",
        ),
        ("tail", [f"new {n}" for n in range(500)], "unseen"),
        ("normal", [-999.0] * 30 + DICE.normal(size=470).tolist(), "share"),
    ],
)
def test_each_kind_of_change_has_its_name(name: str, cells: list[object], aspect: str) -> None:
    """Missing values, values that were never seen, and a value that stands for something else."""
    drift = measured(with_column(drawn(np.random.default_rng(15), 500), name, cells))
    assert drift.drifted[0] == name
    aspects = {found.aspect for found in drift.findings if found.column == name}
    assert aspect in aspects


def test_a_wider_spread_is_found() -> None:
    """About the same middle."""
    rows = drawn(np.random.default_rng(16), 2000)
    drift = measured(with_column(rows, "normal", rows.column("normal").to_numpy() * 1.5))
    assert drift.first("normal").aspect == "spread"


def test_a_change_too_small_to_matter_is_no_drift() -> None:
    """However sure: it is evidence, and no alarm."""
    rows = drawn(np.random.default_rng(17), 20_000)
    shifted = with_column(rows, "normal", rows.column("normal").to_numpy() + 0.1)
    assert measured(shifted, 0.05, 0.2).drifted == ()
    assert "normal" in measured(shifted, 0.05, 0.2).evident
    assert measured(shifted, 0.05, 0.02).drifted[0] == "normal"


@pytest.mark.parametrize("cells", [[7.0] * 60, [None] * 60])
def test_a_constant_or_empty_column_is_no_drift(cells: list[object]) -> None:
    """One value has nothing to compare; all missing against all missing neither."""
    rows = pa.table({"flag": pa.array(cells * 9, pa.float64())})
    grid, tally = counted(rows, 60)
    window = count(rows.slice(0, 60), grid)
    assert measure_drift(tally, window, grid, level=0.5, least_effect=0).drifted == ()


def test_with_nothing_to_compare_nothing_drifts() -> None:
    """A contract may have texts and times only."""
    grid = Grid({}, {})
    nothing = Tally.empty(grid)
    drift = measure_drift(nothing, nothing, grid, level=0.1, least_effect=0)
    assert (drift.drifted, drift.score) == ((), 0.0)


def test_columns_that_a_window_lacks_are_left_out() -> None:
    """A drop has the columns of its source only."""
    rows = drawn(np.random.default_rng(18), 500).select(["normal", "group"])
    assert set(measured(rows).scores) == {"normal", "group"}


def test_parts_add_up() -> None:
    """In any grouping, and through a document."""
    rows = drawn(np.random.default_rng(19), 3000)
    whole = count(rows, GRID)
    parts = [count(rows.slice(start, 750), GRID) for start in (2250, 0, 1500, 750)]
    merged = Tally.empty(GRID)
    for part in parts:
        merged = merged.merge(Tally.from_document(part.to_document()), GRID)
    assert merged.rows == whole.rows
    assert (merged.cells == whole.cells).all()
    assert merged.rest == whole.rest
    assert (
        count(rows, Grid.from_document(GRID.to_document())).cells.tolist() == whole.cells.tolist()
    )


@pytest.mark.parametrize("name", ["normal", "heavy", "atoms", "gaps", "flag"])
def test_numbers_find_their_cells_as_a_search_does(name: str) -> None:
    """With and without the table of slots; what is missing has the last cell."""
    values = drawn(np.random.default_rng(20), 2000).column(name).to_numpy().astype(float)
    values = np.concatenate([values, [np.nan, np.inf, -np.inf, 0.0, -0.0, 1e308, -1e308]])
    edges = find_edges(values[:500])
    found = Places.between(edges).of(values)
    expected = np.searchsorted(edges, values, side="right")
    expected[np.isnan(values)] = len(edges) + 1
    assert (found == expected).all()
    assert len(edges) <= 32


def test_a_rate_is_spent_by_time_and_not_by_windows() -> None:
    """A thousand windows a day may err together as often as one may."""
    day = level(0.01, 1, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")
    hour = level(0.01, 1, "2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z")
    assert day == pytest.approx(0.01)
    assert hour == pytest.approx(0.01 / 24)
    assert level(48, 1, "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z") == 0.5
    assert level(0.01, 1, "2026-11-02T00:00:00Z", "2026-11-01T00:00:00Z") > 0


def test_the_index_is_the_published_formula() -> None:
    """Sum of (p - q) ln(p / q) over the cells' shares, each count raised by a half.

    A cell that is empty in both tables is none.
    """
    p = [(count + 0.5) / 401.5 for count in (100, 300, 0)]
    q = [(count + 0.5) / 311.5 for count in (50, 250, 10)]
    direct = sum((a - b) * math.log(a / b) for a, b in zip(p, q, strict=True))
    ours, theirs = np.array([[100, 300, 0, 0], [30, 70, 0, 0]]), np.array([[50, 250, 10, 0]] * 2)
    assert psi(ours, theirs)[0] == pytest.approx(direct)
    assert psi(ours, ours).tolist() == [0.0, 0.0]


def test_a_baseline_is_read_back_as_it_was_written() -> None:
    """Grid, tally and the grid of answers."""
    contract = parse_contract(
        "pipeline: a\ntarget: y\nsources: {rows: {columns: {x: {type: float}, g: {type: category},"
        " y: {type: int}}}}"
    )
    dice = random.Random(1)  # noqa: S311 - no secret
    rows = pa.table(
        {
            "x": [dice.random() for _ in range(400)],
            "g": [dice.choice("ab") for _ in range(400)],
            "y": [dice.randrange(9) for _ in range(400)],
        }
    )
    made = Baseline.of(rows, contract)
    read = Baseline.from_bytes(made.to_bytes())
    assert read.grid.to_document() == made.grid.to_document()
    assert read.tally.cells.tolist() == made.tally.cells.tolist()
    assert (made.tally.rows, read.answers.columns) == (320, ("_prediction",))
