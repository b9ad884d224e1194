"""The note of a running server, kept in the state folder as `cloud.pid`."""

import json
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

_STOP_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """Which process serves which port."""

    pid: int
    port: int

    @classmethod
    def read(cls, file: Path) -> Self | None:
        """The record in the file; None when there is none, or none that can be read."""
        try:
            return cls(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, file: Path) -> None:
        """Keep the record in the file."""
        file.write_text(json.dumps(asdict(self)))

    def is_server(self) -> bool:
        """Whether the process is a server of ours, and not another that got its number."""
        if Path("/proc/self").exists():
            command = Path(f"/proc/{self.pid}/cmdline")
            return command.exists() and b"local.server" in command.read_bytes()
        shown = subprocess.run(
            ["ps", "-p", str(self.pid), "-o", "command="],
            capture_output=True,
            text=True,
            check=False,
        )
        return "local.server" in shown.stdout

    def end(self) -> bool:
        """End the server: SIGTERM, and SIGKILL when it does not go; False when there was none."""
        if not self.is_server():
            return False
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
            end = time.monotonic() + _STOP_SECONDS
            while time.monotonic() < end:
                if self._gone():
                    return True
                time.sleep(0.05)
            os.kill(self.pid, signal.SIGKILL)
        return True

    def _gone(self) -> bool:
        with suppress(ChildProcessError):
            return os.waitpid(self.pid, os.WNOHANG)[0] == self.pid
        return not self.is_server()
