"""Captures sent beside the answering: by a thread, from a queue that does not grow for ever."""

from collections.abc import Callable
from queue import Full, Queue
from threading import Thread

from inference.predict.capture import Outbox

MOST_PARCELS = 1_000
type Parcel = tuple[str, list[bytes]]
type Task = Callable[[], None]


class BesideOutbox:
    """Hands on what is posted, in order and what waits together; `lose` is told what has no room.

    Nothing is posted after `close`, which returns when all has been handed on.
    """

    def __init__(
        self, outbox: Outbox, lose: Callable[[str, int], None], most: int = MOST_PARCELS
    ) -> None:
        self._outbox = outbox
        self._lose = lose
        self._waiting: Queue[Parcel | Task | None] = Queue(most)
        self._thread = Thread(target=self._serve, name="capture", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def post(self, pipeline: str, lines: list[bytes]) -> None:
        try:
            self._waiting.put_nowait((pipeline, lines))
        except Full:
            self._lose(pipeline, sum(piece.count(b"\n") for piece in lines))

    def defer(self, task: Task) -> None:
        """Have a task done beside the answering; at once, where there is no room for it."""
        try:
            self._waiting.put_nowait(task)
        except Full:
            task()

    def done(self) -> None:
        """An answer is nothing to wait for."""

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join()

    def _serve(self) -> None:
        """Until the end is among what waits; what tasks post while they are done comes after it."""
        while self._hand_on(self._waiting.get()):
            pass
        while not self._waiting.empty():
            self._hand_on(self._waiting.get())

    def _hand_on(self, first: Parcel | Task | None) -> bool:
        """All that waits now, a pipeline's lines together; whether there is more to come."""
        held: dict[str, list[bytes]] = {}
        goes_on = True
        for each in (first, *self._taken()):
            if each is None:
                goes_on = False
            elif callable(each):
                each()
            else:
                held.setdefault(each[0], []).extend(each[1])
        for pipeline, lines in held.items():
            self._outbox.post(pipeline, lines)
        return goes_on

    def _taken(self) -> list[Parcel | Task | None]:
        return [self._waiting.get() for _ in range(self._waiting.qsize())]  # nobody else takes
