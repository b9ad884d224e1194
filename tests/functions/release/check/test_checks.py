"""What is called amiss: never a healthy model, always one of the four that are not."""

import random
from collections.abc import Callable

import pytest

from release.check.chance import level_of
from release.check.checks import (
    Expected,
    check_constant,
    check_invalid,
    check_latency,
    check_shift,
    expect,
)
from release.check.seen import Seen
from tidemill.records import Agreement

LOOKS = (30, 60, 100, 200, 400, 800)
RUNS = 300
type Model = Callable[[random.Random, float], float]


def pairs(rows: list[tuple[float, float]]) -> Seen:
    """What the predict function counts of champion's and challenger's answers."""
    apart = [after - before for before, after in rows]
    return Seen(
        predictions=len(rows),
        differences=sum(apart),
        squares=sum(d**2 for d in apart),
        fourths=sum(d**4 for d in apart),
        low=min(after for _, after in rows),
        high=max(after for _, after in rows),
    )


def champion(chance: random.Random, truth: float) -> float:
    """Off by one, root mean square."""
    return truth + chance.gauss(0, 1)


def healthy(chance: random.Random, truth: float) -> float:
    """A better model, whose errors are its own."""
    return truth + chance.gauss(0, 0.9)


def heavy_tailed(chance: random.Random, truth: float) -> float:
    """Usually close, seldom far off, as often up as down."""
    return truth + chance.choice((0.0,) * 99 + (9.0,)) * chance.choice((-1, 1))


def draw(model: Model, chance: random.Random, count: int) -> list[tuple[float, float]]:
    truths = [chance.gauss(10, 3) for _ in range(count)]
    return [(champion(chance, truth), model(chance, truth)) for truth in truths]


def measured(model: Model) -> Expected:
    """What training measures on a thousand test rows."""
    seen = pairs(draw(model, random.Random(1), 1000))  # noqa: S311 - no secret
    agreement = Agreement(
        rows=1000,
        difference=seen.differences / 1000,
        square=seen.squares / 1000,
        champion_dataset_version="d",
    )
    found = expect(False, {"rmse": 0.9}, {"rmse": 1.0}, agreement)
    assert found is not None
    return found


def alarms(model: Model, expected: Expected) -> list[int]:
    """After how many rows each of many releases of a model is called amiss; 0 is never."""
    found = []
    for run in range(RUNS):
        rows = draw(model, random.Random(1000 + run), max(LOOKS))  # noqa: S311
        first = 0
        for look, count in enumerate(LOOKS, 1):
            level = level_of(look)
            if not all(check.passed for check in check_shift(pairs(rows[:count]), expected, level)):
                first = count
                break
        found.append(first)
    return found


@pytest.mark.parametrize("model", [healthy, heavy_tailed])
def test_a_healthy_challenger_is_left_alone(model: Model) -> None:
    """In 300 releases of six looks, none is stopped; the promise is one in a hundred."""
    assert not any(alarms(model, measured(model)))


def test_a_challenger_that_was_measured_otherwise_is_left_alone_too() -> None:
    """Without an agreement, only what both errors together cannot explain is amiss."""
    expected = expect(False, {"rmse": 0.9}, {"rmse": 1.0}, None)
    assert expected is not None
    assert not any(alarms(healthy, expected))


@pytest.mark.parametrize(
    ("fault", "rows"),
    [
        (lambda _, truth: truth + 1.5, 100),
        (lambda _, truth: truth - 1.0, 400),
        (lambda _, truth: 1.5 * truth, 30),
        (lambda chance, _: chance.gauss(10, 3), 100),
        (lambda _, truth: 2 * 10 - truth, 100),
    ],
    ids=["shifted", "less shifted", "scaled", "at random", "reversed"],
)
def test_shifted_answers_are_found(fault: Model, rows: int) -> None:
    """In all of 300 releases, within so many rows; what was measured was a healthy model."""
    found = alarms(fault, measured(healthy))
    assert all(0 < first <= rows for first in found)


def test_labels_that_differ_are_found_beyond_what_was_measured() -> None:
    """Of classes, a tenth of the labels may differ more than they did on test rows."""
    agreement = Agreement(
        rows=500, difference=0.0, square=0.01, disagreement=0.05, champion_dataset_version="d"
    )
    expected = expect(True, {"accuracy": 0.9}, {"accuracy": 0.9}, agreement)
    assert expected is not None

    def labels(share: float) -> bool:
        seen = Seen(predictions=300, disagreements=300 * share)
        (check,) = (c for c in check_shift(seen, expected, level_of(3)) if c.name == "labels")
        return check.passed

    assert labels(0.05)
    assert labels(0.16)
    assert not labels(0.4)


def test_a_constant_is_one_where_the_champion_tells_rows_apart() -> None:
    """Not where every request is the same, and not on a few rows."""
    varied = Seen(predictions=100, low=1, high=2)
    flat = Seen(predictions=100, low=7, high=7)

    def verdicts(seen: Seen, beside: Seen) -> list[bool]:
        return [check.passed for check in check_constant(seen, beside)]

    assert verdicts(flat, varied) == [False]
    assert verdicts(varied, varied) == [True]
    assert verdicts(flat, flat) == verdicts(Seen(predictions=9, low=7, high=7), varied) == []


def test_answers_that_cannot_be_given_are_found_at_once() -> None:
    """Three of three are enough; one of one, or one of thousands, is not."""
    assert not check_invalid(Seen(invalid=3), level_of(1)).passed
    assert check_invalid(Seen(invalid=1), level_of(1)).passed
    assert check_invalid(Seen(predictions=5000, invalid=4), level_of(1)).passed
    assert not check_invalid(Seen(predictions=5000, invalid=40), level_of(1)).passed


def test_three_times_as_slow_is_too_slow_unless_that_is_nothing() -> None:
    """Nobody feels 4 ms instead of one."""

    def passed(slowest: float, beside: float) -> bool:
        (check,) = check_latency(slowest, beside, 5.0)
        return check.passed

    assert passed(4, 1)
    assert not passed(6, 1)
    assert passed(29, 10)
    assert not passed(31, 10)
    assert list(check_latency(None, 1.0, 5.0)) == []
