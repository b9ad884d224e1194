"""Champions looked up beside the answering, so that no request waits for the registry."""

from typing import Any

from inference.predict.predict import Serving
from tidemill.errors import TidemillError


class Renewed:
    """What serves each pipeline as it was when last looked at; safe to share between threads.

    The first request for a pipeline looks itself. What is not asked from one renewal to the next
    is let go of, so that models are held by those behind it alone, within their bound.
    """

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._held: dict[str, Any] = {}
        self._asked: set[str] = set()

    def __contains__(self, pipeline: str) -> bool:
        """Whether asking for it waits for nobody."""
        return pipeline in self._held

    def of(self, pipeline: str) -> Any:  # noqa: ANN401 - whatever those behind it answer
        """See `Champions.of`."""
        self._asked.add(pipeline)
        held = self._held.get(pipeline)
        if held is None:
            held = self._held[pipeline] = self._serving.of(pipeline)
        return held

    def renew(self) -> None:
        """Look again at what is asked for; where that fails, the next request meets the fault."""
        asked, self._asked = self._asked, set()
        for pipeline in [*self._held]:
            if pipeline not in asked:
                self._held.pop(pipeline)
                continue
            try:
                self._held[pipeline] = self._serving.of(pipeline)
            except TidemillError:
                self._held.pop(pipeline)
