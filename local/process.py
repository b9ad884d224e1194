"""A container's entry point, run as a process of the environment that jobs have."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from local.settings import ServerSettings
from local.watchdog import Watchdog


class ContainerProcess:
    """One run of a Python module below a tree, with its output in `log`.

    `given` are variables of the request, `variables` those that the service sets over them.
    """

    def __init__(
        self,
        settings: ServerSettings,
        watchdog: Watchdog,
        module: Sequence[str],
        given: Mapping[str, str],
        variables: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._watchdog = watchdog
        self._module = module
        self._given = given
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, root: Path, log: Path) -> None:
        """Start it in a process group of its own, known to the watchdog."""
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(self._settings.training_python), "-m", *self._module],
                cwd=self._settings.training_dir,
                env=self._environment(root),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._watchdog.watch(self._process.pid)

    def _environment(self, root: Path) -> dict[str, str]:
        settings = self._settings
        bin_dir = settings.training_python.parent
        program = (
            settings.training_dir,
            settings.core_dir,
            settings.native_dir,
            settings.tabular_dir,
        )
        return {
            **self._given,
            "PATH": f"{bin_dir}{os.pathsep}{os.defpath}",
            "PYTHONPATH": os.pathsep.join(str(folder) for folder in program),
            "OMP_WAIT_POLICY": "PASSIVE",
            "PYTHONUNBUFFERED": "1",
            "PYTHONNOUSERSITE": "1",
            "LANG": "C.UTF-8",
            "HOME": str(root / "tmp"),
            "TMPDIR": str(root / "tmp"),
            "SAGEMAKER_BASE_DIR": str(root),
            "AWS_REGION": settings.region,
            "AWS_DEFAULT_REGION": settings.region,
            "AWS_ENDPOINT_URL": settings.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            **self._variables,
        }

    def wait(self, seconds: float) -> int | None:
        """The exit code, or None when it is still running after `seconds`."""
        if self._process is None:
            return None
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode

    def terminate(self) -> None:
        """Ask the whole group to end, as SageMaker does, with SIGTERM."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End what is left of the group and forget it."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
            self._watchdog.release(self._process.pid)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
