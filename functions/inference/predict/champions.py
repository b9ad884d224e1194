"""The champion of each pipeline, kept for a moment, and its artifact, kept while it is used."""

import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from threading import RLock
from typing import NamedTuple

from inference.predict.loading import Champion, Loader
from inference.predict.trials import Challenger
from tidemill.errors import ModelUnavailableError, ServiceError, TidemillError
from tidemill.serving import Pointer

MEGABYTE = 1 << 20
BROKEN_SECONDS = 30.0


class Keeping(NamedTuple):
    """How long a champion is believed, and how many bytes of artifacts are held."""

    seconds: float
    most_bytes: int = 256 * MEGABYTE


class Champions:
    """Reads a pipeline's champion at most every so many seconds; promotion needs no deployment.

    A champion that cannot be loaded is reported once in half a minute, and the model that served
    before it goes on. Safe to share between threads.
    """

    def __init__(
        self,
        loader: Loader,
        keeping: Keeping,
        report: Callable[[str, Exception], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loader = loader
        self._keeping = keeping
        self._report = report
        self._clock = clock
        self._lock = RLock()
        self._pointers: dict[str, tuple[float, Pointer]] = {}
        self._serving: dict[str, int] = {}
        self._held: OrderedDict[str, Champion] = OrderedDict()
        self._broken: dict[str, float] = {}

    def of(self, pipeline: str) -> Champion:
        """UnknownPipelineError or NoChampionError: nothing serves; ModelUnavailableError."""
        with self._lock:
            pointer = self._pointer(pipeline)
            for version in (pointer.version, self._serving.get(pipeline), pointer.previous):
                champion = self._usable(pipeline, version)
                if champion is not None and version is not None:
                    self._serving[pipeline] = version
                    return champion
            raise ModelUnavailableError(f"{pipeline}/{pointer.version} cannot be loaded")

    def challenger(self, pipeline: str) -> Challenger | None:
        """The model on trial beside the champion that `of` gave; None where there is none."""
        with self._lock:
            known = self._pointers.get(pipeline)
            challenge = known[1].challenge if known else None
            if challenge is None:
                return None
            load = partial(self._loaded, pipeline, challenge.version)
            return Challenger(challenge.version, challenge.stage, challenge.share, load)

    def _loaded(self, pipeline: str, version: int) -> Champion | None:
        with self._lock:
            return self._usable(pipeline, version)

    def _pointer(self, pipeline: str) -> Pointer:
        """Who serves; while the registry cannot be read, who did when it last could."""
        known = self._pointers.get(pipeline)
        if known and self._clock() - known[0] < self._keeping.seconds:
            return known[1]
        try:
            pointer = self._loader.records.champion(pipeline)
        except ServiceError as fault:
            if known is None:
                raise ModelUnavailableError("the registry cannot be read") from fault
            self._report(pipeline, fault)
            pointer = known[1]
        self._pointers[pipeline] = (self._clock(), pointer)
        return pointer

    def _usable(self, pipeline: str, version: int | None) -> Champion | None:
        name = f"{pipeline}/{version}"
        if name in self._held:
            self._held.move_to_end(name)
            return self._held[name]
        if version is None or self._clock() < self._broken.get(name, 0.0):
            return None
        try:
            champion = self._loader.load(pipeline, version)
        except (TidemillError, FileNotFoundError) as fault:
            self._broken[name] = self._clock() + BROKEN_SECONDS
            self._report(pipeline, fault)
            return None
        self._hold(champion)
        return champion

    def _hold(self, champion: Champion) -> None:
        """Keep it, and let go of those used longest ago until what is held is within bounds."""
        self._held[champion.name] = champion
        total = sum(each.size for each in self._held.values())
        while total > self._keeping.most_bytes and len(self._held) > 1:
            total -= self._held.popitem(last=False)[1].size
