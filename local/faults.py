"""What can go wrong with a training job on AWS, to order."""

import threading
from dataclasses import replace

from local.jobs import Fault

MESSAGES = {
    "CapacityError": (
        "CapacityError: Unable to provision requested ML compute capacity. "
        "Please retry using a different ML instance type."
    ),
    "InternalServerError": (
        "InternalServerError: We encountered an internal error. Please try again."
    ),
}
STOPPED = {
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
}
ENDINGS = frozenset({"MaxRuntimeExceeded", "MaxWaitTimeExceeded", "Interrupted"})
KNOWN = frozenset(MESSAGES) | ENDINGS


class Faults:
    """The faults waiting for jobs; each is used up by as many jobs as it was ordered for."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Order a fault for the next jobs whose name starts with `fault.match`."""
        if fault.fault not in KNOWN:
            message = f"unknown fault {fault.fault!r}; known are {', '.join(sorted(KNOWN))}"
            raise ValueError(message)
        with self._lock:
            self._waiting.append(fault)

    def take(self, name: str) -> Fault | None:
        """The fault the job of this name has coming, used up by asking."""
        with self._lock:
            for index, fault in enumerate(self._waiting):
                if name.startswith(fault.match):
                    left = replace(fault, jobs=fault.jobs - 1)
                    self._waiting[index : index + 1] = [left] if left.jobs > 0 else []
                    return fault
        return None

    def clear(self) -> None:
        """Forget every fault that no job has met yet."""
        with self._lock:
            self._waiting.clear()
