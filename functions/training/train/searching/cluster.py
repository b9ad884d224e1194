"""A job's hosts as one: the first leads the search, all of them do its tasks, by Dask.

Nothing but the job's own hosts can reach its network: the job runs in network isolation, and what
hosts tell each other is encrypted by SageMaker.
"""

import asyncio
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import dask
import distributed
from distributed.utils import get_ip
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from tidemill.errors import LostHostError
from training.train.opt_ml import Hosts

PORT = 8786
PATIENCE = 300
LEADER_READS = 4 * 3600
ADDRESS = "TIDEMILL_LEADER"
_released = threading.Event()
logging.getLogger("distributed").setLevel(logging.WARNING)  # importing it sets another one


class Cluster:
    """Runs tasks on the job's hosts; those of a host that is lost are done by the others.

    `width` is the number of hosts that the job was given, whichever of them are there: results
    depend on it, and on nothing else of the cluster. All hosts compute with as many `threads`.
    """

    def __init__(self, client: distributed.Client, width: int, threads: int | None) -> None:
        self.width = width
        self._client = client
        self._threads = threads
        self._sent: dict[int, tuple[object, Any]] = {}

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """The tasks' results, in their order."""
        asked = [
            self._client.submit(_limited, self._threads, *self._parts(task), pure=False)
            for task in tasks
        ]
        results: list[T] = self._client.gather(asked)
        return results

    def _parts(self, task: Callable[[], Any]) -> tuple[Any, ...]:
        """A task as its function and arguments, the first of which goes to each host just once."""
        if not isinstance(task, partial) or not task.args:
            return (task,)
        first, *others = task.args
        if id(first) not in self._sent:
            # As a task's result it can be had again when a host is lost. The object is held, too:
            # another one might get its id.
            self._sent[id(first)] = first, self._client.submit(_same, first, pure=False)
        return partial(task.func, **task.keywords), self._sent[id(first)][1], *others


def _limited[T](threads: int | None, function: Callable[..., T], *arguments: object) -> T:
    with threadpool_limits(threads):
        return function(*arguments)


def _same[T](thing: T) -> T:
    return thing


@contextmanager
def leading(hosts: Hosts, threads: int | None) -> Iterator[Cluster]:
    """The cluster that this host leads, while it does; it waits for the others, but not for ever.

    At the end, a bad one too, the others are released.
    """
    host, port = _address(hosts)
    with (
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}),
        distributed.LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            protocol="tcp://",
            host=host,
            scheduler_port=port,
            dashboard_address=None,
            memory_limit=0,
        ) as local,
        distributed.Client(local) as client,
    ):
        try:
            client.wait_for_workers(len(hosts.names), timeout=PATIENCE)
        except TimeoutError:
            present = len(client.scheduler_info(n_workers=-1)["workers"])
            print(f"only {present} of {len(hosts.names)} hosts came")  # noqa: T201 - the job's log
        try:
            yield Cluster(client, len(hosts.names), threads)
        finally:
            client.run(_release, on_error="ignore")


def follow(hosts: Hosts) -> None:
    """Do the leader's tasks until it is done; LostHostError where it does not come, or dies."""
    _released.clear()
    asyncio.run(_work(*_address(hosts)))
    if not _released.is_set():
        raise LostHostError(f"{hosts.names[0]}, which leads, went before it was done")


async def _work(host: str, port: int) -> None:
    try:
        worker = await distributed.Worker(
            f"tcp://{host}:{port}",
            nthreads=1,
            host=get_ip(host, port),
            dashboard=False,
            memory_limit=0,
            death_timeout=LEADER_READS,  # before it can be met; the job's own end is nearer
        )
    except (TimeoutError, OSError) as error:
        raise LostHostError(f"the leader at {host}:{port} did not come: {error}") from error
    await worker.finished()


def _release() -> None:
    _released.set()


def _address(hosts: Hosts) -> tuple[str, int]:
    """Where the leader listens; where several hosts share a machine, the environment says."""
    name, _, port = os.environ.get(ADDRESS, f"{hosts.names[0]}:{PORT}").partition(":")
    return _resolved(name), int(port)


def _resolved(name: str) -> str:
    """A host's address: its name may be known a while after the others have started."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.gethostbyname(name)
        except OSError as error:
            if time.monotonic() > until:
                raise LostHostError(f"{name} has no address: {error}") from error
            time.sleep(1)
