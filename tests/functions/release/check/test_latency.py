"""Slowness is told from the stalls that every function has now and then."""

import random
from collections.abc import Callable

import pytest

from release.check.chance import level_of, surely_slow
from release.check.checks import check_latency
from release.check.seen import InMemoryReadings, Subject

ALLOWED_MS = 5.0
RUNS, LOOKS = 200, 12
CHAMPION, CANARY = Subject("shells", "champion", 1), Subject("shells", "canary", 2)
type Draw = Callable[[random.Random], float]


def stalling(chance: random.Random) -> float:
    """Half a tenth of a millisecond, but in one request of a hundred up to 40."""
    stall = 40 * chance.random() if chance.random() < 0.01 else 0.0
    return 0.05 * chance.lognormvariate(0, 0.5) + stall


def steady(chance: random.Random) -> float:
    return chance.lognormvariate(0, 0.3)


def stopped_after(champion: Draw, canary: Draw, run: int) -> int:
    """How many requests of the canary it takes to stop it; 0 where it never is."""
    chance = random.Random(run)  # noqa: S311 - no secret
    its: list[float] = []
    ours: list[float] = []
    readings = InMemoryReadings({}, {CHAMPION: its, CANARY: ours})
    for look in range(1, LOOKS + 1):
        its += [champion(chance) for _ in range(5 * look)]
        ours += [canary(chance) for _ in range(5 * look)]
        slow = surely_slow(len(ours), level_of(look))
        if slow is None:
            continue
        slowest = readings.latency(CANARY, "now", 100 * (1 - slow / len(ours)))
        usual = readings.latency(CHAMPION, "now", 99)
        if not all(check.passed for check in check_latency(slowest, usual, ALLOWED_MS)):
            return len(ours)
    return 0


@pytest.mark.parametrize("draw", [stalling, steady])
def test_a_model_as_quick_as_the_champion_is_left_alone(draw: Draw) -> None:
    """In 200 releases of twelve looks, whatever the platform does to both."""
    assert not any(stopped_after(draw, draw, run) for run in range(RUNS))


def test_ten_times_as_slow_is_found_in_five_requests() -> None:
    """In every one of 200 releases."""
    found = {stopped_after(steady, lambda chance: 10 * steady(chance), run) for run in range(RUNS)}
    assert found == {5}
