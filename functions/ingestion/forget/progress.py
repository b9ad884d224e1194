"""How far forgetting got: written down as it goes, for whoever goes on after a killed function."""

from collections.abc import Callable
from typing import Any

from pydantic import Field

from tidemill.records import Record, Tally
from tidemill.registry import Registry


class Progress(Record):
    """By store: the URI searched last, and by URI the rows found there; then stores that are done.

    An object's rows are noted before it is rewritten, so that no count is lost with a function.
    """

    reached: dict[str, str] = Field(default={})
    found: dict[str, dict[str, int]] = Field(default={})
    unnamed: dict[str, dict[str, int]] = Field(default={})
    done: tuple[str, ...] = ()

    def removed(self) -> dict[str, Tally]:
        return {place: _tally(rows) for place, rows in self.found.items() if rows}

    def nameless(self) -> dict[str, Tally]:
        return {place: _tally(rows) for place, rows in self.unnamed.items() if rows}


class Notebook:
    """The progress of one request, kept in the registry."""

    def __init__(self, registry: Registry, pipeline: str, request_id: str) -> None:
        self._registry = registry
        self._names = (pipeline, request_id)

    def read(self) -> Progress:
        return self._change(lambda progress: progress)

    def note(self, place: str, found: dict[str, int], unnamed: dict[str, int]) -> None:
        """Rows found in objects of a place, by URI; the same again changes nothing."""
        if not found and not unnamed:
            return

        def noted(old: Progress) -> Progress:
            rows, nameless = old.found.get(place, {}), old.unnamed.get(place, {})
            return old.model_copy(
                update={
                    "found": {**old.found, place: {**rows, **found}},
                    "unnamed": {**old.unnamed, place: {**nameless, **unnamed}},
                }
            )

        self._change(noted)

    def reach(self, place: str, uri: str) -> None:
        """Every object up to this one is cleared."""
        self._change(lambda old: old.model_copy(update={"reached": {**old.reached, place: uri}}))

    def finish(self, place: str) -> None:
        """The whole place is cleared."""
        self._change(lambda old: old.model_copy(update={"done": (*old.done, place)}))

    def _change(self, change: Callable[[Progress], Progress]) -> Progress:
        def changed(old: dict[str, Any]) -> dict[str, Any]:
            return change(Progress.model_validate(old)).model_dump(mode="json")

        return Progress.model_validate(self._registry.update_forgetting(*self._names, changed))


def _tally(rows: dict[str, int]) -> Tally:
    return Tally(rows=sum(rows.values()), objects=len(rows))
