"""Clear one place of a person: search its objects, rewrite those that hold them, erase the past."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import batched

from ingestion.forget.found import Found
from ingestion.forget.places import Place
from ingestion.forget.progress import Notebook
from ingestion.forget.subject import Subject
from tidemill.errors import StaleWriteError
from tidemill.store import Store
from tidemill_tabular.captured import FORGOTTEN

OBJECTS_AT_ONCE = 16
READERS = 4
ATTEMPTS = 5
MARK = {FORGOTTEN: "true"}

type OutOfTime = Callable[[], bool]


@dataclass(frozen=True)
class Sweeper:
    """Takes one person out of places; `notebook` remembers how far it got."""

    subject: Subject
    store: Store
    notebook: Notebook
    out_of_time: OutOfTime

    def clear(self, place: Place) -> bool:
        """Whether the place is cleared; False when time ran out, to go on another time."""
        progress = self.notebook.read()
        if place.name in progress.done:
            return True
        uris = place.objects(self.store, progress.reached.get(place.name, ""))
        with ThreadPoolExecutor(READERS) as readers:
            for batch in batched(uris, OBJECTS_AT_ONCE, strict=False):
                if self.out_of_time():
                    return False
                found = readers.map(partial(self._search, place), batch)
                self._clear(place, dict(zip(batch, found, strict=True)))
                self.notebook.reach(place.name, batch[-1])
        self.store.delete_versions(place.prefix, but_newest=True)
        self.notebook.finish(place.name)
        return True

    def _search(self, place: Place, uri: str) -> Found:
        try:
            return place.search(uri, self.store, self.subject)
        except FileNotFoundError:
            return Found(0)

    def _clear(self, place: Place, found: dict[str, Found]) -> None:
        rows = {uri: each.rows for uri, each in found.items() if each.rows}
        unnamed = {uri: each.unnamed for uri, each in found.items() if each.unnamed}
        self.notebook.note(place.name, rows, unnamed)
        for uri in rows:
            self._rewrite(place, uri)

    def _rewrite(self, place: Place, uri: str) -> None:
        """Put the object without the person; StaleWriteError where it changes all the time."""
        for _ in range(ATTEMPTS):
            try:
                tag = self.store.tag(uri)
                body = place.without(uri, self.store, self.subject)
            except FileNotFoundError:
                return
            if self.store.replace(uri, body, tag, MARK):
                return
        raise StaleWriteError(f"{uri} changed {ATTEMPTS} times while it was rewritten")
