"""A small process that outlives the server by a moment, to leave nothing behind.

Its standard input is a pipe from the server. Lines say which process groups run
(`+<id>`) and which have ended (`-<id>`); when the pipe closes, however the server
went, the groups left are killed and the scratch folder, the only argument, goes.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


class Watchdog:
    """The server's end of the pipe."""

    def __init__(self, scratch: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__, str(scratch)],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """End this process group when the server ends."""
        self._tell(f"+{group}")

    def release(self, group: int) -> None:
        """This process group has ended by itself."""
        self._tell(f"-{group}")

    def _tell(self, line: str) -> None:
        if self._process.stdin:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


def main(scratch: Path) -> None:
    """Wait for the server's end, then clean up after it."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for _ in range(20):
        shutil.rmtree(scratch, ignore_errors=True)
        if not scratch.exists():
            return
        time.sleep(0.1)


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    main(Path(sys.argv[1]))
