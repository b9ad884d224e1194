"""Champions looked up beside the answering, so that no request waits for the registry."""

from typing import NamedTuple

from inference.predict.loading import Champion
from inference.predict.predict import Serving
from inference.predict.trials import Challenger, Challengers
from tidemill.errors import TidemillError


class Standing(NamedTuple):
    """What was found when a pipeline was last looked at."""

    champion: Champion
    challenger: Challenger | None


class Renewed:
    """What serves each pipeline, and what is on trial, as it was when last looked at.

    Safe to share between threads. The first request for a pipeline looks itself. What is not asked
    from one renewal to the next is let go of, so that models are held by those behind it alone,
    within their bound.
    """

    def __init__(self, serving: Serving, challengers: Challengers | None) -> None:
        self._serving = serving
        self._challengers = challengers
        self._held: dict[str, Standing] = {}
        self._asked: set[str] = set()

    def __contains__(self, pipeline: str) -> bool:
        """Whether asking for it waits for nobody."""
        return pipeline in self._held

    def of(self, pipeline: str) -> Champion:
        """See `Champions.of`."""
        self._asked.add(pipeline)
        held = self._held.get(pipeline)
        if held is None:
            held = self._held[pipeline] = self._look(pipeline)
        return held.champion

    def challenger(self, pipeline: str) -> Challenger | None:
        """See `Champions.challenger`."""
        held = self._held.get(pipeline)
        return held.challenger if held else None

    def renew(self) -> None:
        """Look again at what is asked for; where that fails, the next request meets the fault."""
        asked, self._asked = self._asked, set()
        for pipeline in [*self._held]:
            if pipeline not in asked:
                self._held.pop(pipeline)
                continue
            try:
                self._held[pipeline] = self._look(pipeline)
            except TidemillError:
                self._held.pop(pipeline)

    def _look(self, pipeline: str) -> Standing:
        champion = self._serving.of(pipeline)
        on_trial = self._challengers.challenger(pipeline) if self._challengers else None
        return Standing(champion, on_trial)
