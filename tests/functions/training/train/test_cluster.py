"""Several hosts as one: results in order, work that outlives a host, and how each host ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tidemill.errors import LostHostError
from training.train.opt_ml import Hosts
from training.train.searching import cluster

ROOT = Path(__file__).parents[4]
HOSTS = ("algo-1", "algo-2")
PATH = os.pathsep.join(str(ROOT / part) for part in ("functions", "layers/core"))
FOLLOW = (
    "import sys; from training.train.searching.cluster import follow; "
    "from training.train.opt_ml import Hosts; "
    "follow(Hosts(('algo-1', 'algo-2'), 'algo-2'))"
)

type Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> str:
    """A free port on this machine, for a leader."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv(cluster.ADDRESS, address)
    monkeypatch.setattr(cluster, "PATIENCE", 120)
    return address


@pytest.fixture
def follower(address: str) -> Iterator[Start]:
    """Another host of the job, as a process."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        environment = os.environ | {cluster.ADDRESS: address, "PYTHONPATH": PATH}
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-c", FOLLOW], env=environment, stderr=subprocess.PIPE
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def where(numbers: list[int], k: int) -> tuple[int, int]:
    """A task: its number, and the process that did it."""
    time.sleep(0.05)
    return numbers[k], os.getpid()


def tasks(count: int) -> list[Callable[[], tuple[int, int]]]:
    numbers = list(range(count))
    return [partial(where, numbers, k) for k in range(count)]


def test_tasks_are_done_by_all_hosts_and_come_back_in_order(follower: Start) -> None:
    """What goes to every task goes to each host once; the other host ends well."""
    other = follower()
    with cluster.leading(Hosts(HOSTS, "algo-1"), threads=1) as runner:
        assert runner.width == 2
        done = runner.run(tasks(20))
    assert [number for number, _ in done] == list(range(20))
    assert {process for _, process in done} == {os.getpid(), other.pid}
    assert other.wait(timeout=60) == 0


def test_a_host_that_is_lost_loses_no_task(follower: Start) -> None:
    """What it was doing is done by those that are left."""
    other = follower()
    with cluster.leading(Hosts(HOSTS, "algo-1"), threads=1) as runner:
        assert len(runner.run(tasks(4))) == 4
        other.send_signal(signal.SIGKILL)
        done = runner.run(tasks(12))
    assert [number for number, _ in done] == list(range(12))


def test_a_leader_that_fails_by_name_releases_the_others(follower: Start) -> None:
    """Their own failure would hide its reason."""
    other = follower()
    with (
        pytest.raises(RuntimeError, match="named"),
        cluster.leading(Hosts(HOSTS, "algo-1"), threads=1),
    ):
        raise RuntimeError("named")
    assert other.wait(timeout=60) == 0


def test_a_leader_that_does_not_come_is_named(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some patience."""
    monkeypatch.setattr(cluster, "LEADER_READS", 1)
    with pytest.raises(LostHostError, match=f"{address} did not come"):
        cluster.follow(Hosts(HOSTS, "algo-2"))


def test_a_name_without_an_address_is_waited_for_then_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Hosts of a job do not know each other's names from their first second on."""
    monkeypatch.setenv(cluster.ADDRESS, "algo-9.invalid:8786")
    monkeypatch.setattr(cluster, "PATIENCE", 0)
    with pytest.raises(LostHostError, match=r"algo-9\.invalid has no address"):
        cluster.follow(Hosts(HOSTS, "algo-2"))


def test_hosts_that_do_not_come_are_done_without(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The leader goes on alone, and says so; what it asks for depends on the hosts promised."""
    assert address
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    with cluster.leading(Hosts(HOSTS, "algo-1"), threads=1) as runner:
        assert runner.width == 2
        assert [number for number, _ in runner.run(tasks(3))] == [0, 1, 2]
    assert "only 1 of 2 hosts came" in capsys.readouterr().out
