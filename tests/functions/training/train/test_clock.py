"""A job's time over its interruptions, and the time that is left to its search."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from training.train.clock import Clock, Deadline


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


def test_a_search_stops_while_there_is_time_to_finish(tmp_path: Path) -> None:
    """The reserve is what finishing takes at the pace measured: slow fits stop it sooner."""
    fast = Deadline(after(600, tmp_path), 1000)
    assert not fast.passed(work=60)
    assert fast.passed(work=20)
    assert replace(fast, wide=3).passed(work=60)


def test_half_of_the_time_is_searched_however_slow_it_is(tmp_path: Path) -> None:
    """A reserve that would leave nothing to search in is no reserve."""
    assert not Deadline(after(300, tmp_path), 1000).passed(work=0.5)
    assert Deadline(after(450, tmp_path), 1000).passed(work=0.5)


def test_before_any_work_is_done_there_is_time(tmp_path: Path) -> None:
    """Nothing is known of the pace yet; only the end is near or not."""
    assert not Deadline(after(10, tmp_path), 1000).passed(work=0)
    assert Deadline(after(990, tmp_path), 1000).passed(work=0)
