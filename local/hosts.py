"""The hosts of one training job, each a process with a tree of its own, on this machine."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from local.container import OptMl, host_names
from local.jobs import TrainingJob
from local.process import ContainerProcess
from local.settings import ServerSettings
from local.toolchain import free_port
from local.watchdog import Watchdog

_GRACE = 10.0
_TICK = 0.05


class JobHosts:
    """A job's processes as one: the first leads, and a failure of any fails the job.

    Channels, checkpoints, model and output are those of the first; the others get their
    configuration and no data. Where they meet is said by TIDEMILL_LEADER: on AWS, hosts have names.
    """

    def __init__(self, processes: Sequence[ContainerProcess]) -> None:
        self._processes = processes

    @classmethod
    def of(
        cls,
        job: TrainingJob,
        settings: ServerSettings,
        watchdog: Watchdog,
        credentials: Mapping[str, str],
    ) -> Self:
        """As many processes as the job asks for hosts, none of them started."""
        given = job.request.get("Environment", {})
        variables = {
            "TRAINING_JOB_NAME": job.name,
            "TRAINING_JOB_ARN": job.arn,
            "TIDEMILL_LEADER": f"127.0.0.1:{free_port()}",
            **credentials,
        }
        module = ["training.train"]
        return cls(
            [
                ContainerProcess(settings, watchdog, module, given, variables)
                for _ in host_names(job.request)
            ]
        )

    def start(self, tree: OptMl, request: dict[str, Any], log: Path) -> None:
        """Start every host, all with their output in one log."""
        names = host_names(request)
        for name, process in zip(names, self._processes, strict=True):
            own = tree if name == names[0] else OptMl(tree.root / name, request, name)
            if own is not tree:
                own.prepare()
            process.start(own.root, log)

    def wait(self, seconds: float) -> int | None:
        """The job's exit code: of a host that failed, or of the first when all are done."""
        first, *others = self._processes
        code = first.wait(seconds)
        failed = [found for other in others if (found := other.wait(0))]
        if code is None:
            return failed[0] if failed else None
        end = time.monotonic() + _GRACE
        while any(other.wait(0) is None for other in others) and time.monotonic() < end:
            time.sleep(_TICK)
        return code

    def terminate(self) -> None:
        """Ask every host to end."""
        for process in self._processes:
            process.terminate()

    def kill(self) -> None:
        """End what is left of them."""
        for process in self._processes:
            process.kill()
