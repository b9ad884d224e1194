"""Captures sent beside the answering: by a thread, from a queue that does not grow for ever."""

from collections.abc import Callable
from queue import Full, Queue
from threading import Thread

from inference.predict.capture import Outbox

MOST_PARCELS = 1_000
type Parcel = tuple[str, list[bytes]]


class BesideOutbox:
    """Hands on what is posted, in order and what waits together; `lose` is told what has no room.

    Nothing is posted after `close`, which returns when all has been handed on.
    """

    def __init__(
        self, outbox: Outbox, lose: Callable[[str, int], None], most: int = MOST_PARCELS
    ) -> None:
        self._outbox = outbox
        self._lose = lose
        self._parcels: Queue[Parcel | None] = Queue(most)
        self._thread = Thread(target=self._serve, name="capture", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def post(self, pipeline: str, lines: list[bytes]) -> None:
        try:
            self._parcels.put_nowait((pipeline, lines))
        except Full:
            self._lose(pipeline, sum(piece.count(b"\n") for piece in lines))

    def done(self) -> None:
        """An answer is nothing to wait for."""

    def close(self) -> None:
        self._parcels.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while parcel := self._parcels.get():
            held, closing = self._waiting(parcel)
            for pipeline, lines in held.items():
                self._outbox.post(pipeline, lines)
            if closing:
                return

    def _waiting(self, first: Parcel) -> tuple[dict[str, list[bytes]], bool]:
        """Lines by pipeline of all that waits now; whether the end of it was among them."""
        held = {first[0]: [*first[1]]}
        for _ in range(self._parcels.qsize()):
            parcel = self._parcels.get()
            if parcel is None:
                return held, True
            held.setdefault(parcel[0], []).extend(parcel[1])
        return held, False
