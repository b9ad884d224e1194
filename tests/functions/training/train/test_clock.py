"""A job's time over its interruptions, and when it will be done."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from training.train.clock import Clock, Forecast


def after(seconds: float, tmp_path: Path) -> Clock:
    """The clock of a job that has run so long."""
    return Clock(tmp_path / "clock.json", "job", before=seconds)


def test_an_interrupted_job_goes_on_counting(tmp_path: Path) -> None:
    """What it ran before counts towards its limit; the time it waited does not."""
    after(100, tmp_path).keep()
    assert Clock.resume(tmp_path, "job").seconds() == pytest.approx(100, abs=1)


def test_another_job_begins_anew(tmp_path: Path) -> None:
    """One on demand takes over a spot job's checkpoint, and has a limit of its own."""
    after(100, tmp_path).keep()
    assert Clock.resume(tmp_path, "other").seconds() < 1


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"job": "job"}', '{"job": "job", "seconds": "x"}']
)
def test_a_broken_clock_begins_anew(tmp_path: Path, content: str) -> None:
    """A checkpoint that came back torn stops no run."""
    (tmp_path / "clock.json").write_text(content)
    assert Clock.resume(tmp_path, "job").seconds() < 1


def test_it_is_kept_while_it_runs_and_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any notice, an end loses a few seconds of it at most."""
    monkeypatch.setattr("training.train.clock.KEPT_EVERY", 0.01)
    with Clock.resume(tmp_path, "job").running() as clock:
        first = (tmp_path / "clock.json").stat().st_mtime_ns
        time.sleep(0.2)
        assert (tmp_path / "clock.json").stat().st_mtime_ns > first
    assert Clock.resume(tmp_path, "job").seconds() == pytest.approx(clock.seconds(), abs=1)


def test_finishing_takes_as_long_as_the_search_says(tmp_path: Path) -> None:
    """At the pace measured, on one host where the search had several; twenty seconds at least."""
    forecast = Forecast(after(600, tmp_path), 3600)
    assert forecast(work=60) == pytest.approx(600 + 120, abs=1)
    assert replace(forecast, wide=3)(work=60) == pytest.approx(600 + 360, abs=1)
    assert forecast(work=6000) == pytest.approx(620, abs=1)


def test_half_of_the_time_is_searched_however_slow_it_is(tmp_path: Path) -> None:
    """A reserve that would leave nothing to search in is no reserve."""
    assert Forecast(after(300, tmp_path), 1000)(work=0.5) == pytest.approx(800, abs=1)


def test_before_any_work_is_done_little_is_held_back(tmp_path: Path) -> None:
    """Nothing is known of the pace yet."""
    assert Forecast(after(10, tmp_path), 1000)(work=0) == pytest.approx(30, abs=1)
