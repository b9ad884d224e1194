"""How long a job has run, over all its interruptions, and will when it is done."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

KEPT_EVERY = 5.0
FINISHING_WORK = 12.0
LEAST_RESERVE = 20.0


@dataclass(frozen=True)
class Clock:
    """Seconds of a job's running, kept in the checkpoint folder: SageMaker's limit counts them all.

    A job of another name begins anew, as one on demand does that goes on from a spot job's
    checkpoint.
    """

    path: Path
    job: str
    before: float = 0.0
    started: float = field(default_factory=time.monotonic)

    @classmethod
    def resume(cls, folder: Path, job: str) -> Self:
        """The job's clock, where its last life left it."""
        path = folder / "clock.json"
        try:
            known = json.loads(path.read_text())
            before = float(known["seconds"]) if known["job"] == job else 0.0
        except (OSError, ValueError, KeyError, TypeError):
            before = 0.0
        return cls(path, job, before)

    def seconds(self) -> float:
        """What the job has run so far."""
        return self.before + time.monotonic() - self.started

    def keep(self) -> None:
        """Write it down, whole or not at all."""
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps({"job": self.job, "seconds": round(self.seconds(), 1)}))
        partial.replace(self.path)

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Keep it every few seconds meanwhile: not every end gives notice."""
        ended = threading.Event()

        def tick() -> None:
            while not ended.wait(KEPT_EVERY):
                self.keep()

        self.keep()
        thread = threading.Thread(target=tick, name="clock", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            ended.set()
            thread.join()
            self.keep()


@dataclass(frozen=True)
class Forecast:
    """What time it will be on a job's clock when its model is delivered, if its search stops now.

    What follows the search (refits, export, verification, scoring) takes about as much as
    FINISHING_WORK fits of the default model. How long one takes is not known before: it is what the
    search has measured so far, on as many hosts as it is `wide`. However slow they are, half of
    the job's `seconds` may be searched.
    """

    clock: Clock
    seconds: float
    wide: int = 1

    def __call__(self, work: float) -> float:
        """Seconds, after so much work of the search, in fits of the default model."""
        spent = self.clock.seconds()
        fit = self.wide * spent / work if work > 0 else 0.0
        return spent + min(max(LEAST_RESERVE, FINISHING_WORK * fit), self.seconds / 2)
