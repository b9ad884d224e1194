"""Processor time and memory of processes, as Linux tells them."""

import os
import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

TICKS = os.sysconf("SC_CLK_TCK")


def descendants_seconds(root: int) -> float:
    """Seconds of processor time so far, by user and system, of all that run now.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(folder.name)] = int(fields[1])
        spent[int(folder.name)] = int(fields[11]) + int(fields[12])
    return sum(ticks for each, ticks in spent.items() if _below(each, root, parents)) / TICKS


def peak_megabytes() -> float:
    """The most memory that this process has held since it was started.

    What `getrusage` says on Linux is never below what the process held that started it.
    https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
    """
    if sys.platform != "linux":
        return getrusage(RUSAGE_SELF).ru_maxrss / 1e6
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1e3


def _below(process: int, root: int, parents: dict[int, int]) -> bool:
    while process and process != root:
        process = parents.get(process, 0)
    return process == root
