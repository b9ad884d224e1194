"""Documents with revisions: the port of the registry's table, and its fake."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol

from tidemill.errors import StaleWriteError


class Item(NamedTuple):
    """A document and the revision it was read at."""

    record: str
    document: dict[str, Any]
    revision: int


class Table(Protocol):
    """Documents by (pipeline, record), each with a revision that every write raises by one."""

    def get(self, pipeline: str, record: str) -> Item | None:
        """The newest revision, read consistently."""

    def put(self, pipeline: str, record: str, document: dict[str, Any], *, expect: int) -> None:
        """Write over revision `expect` (0: none yet); StaleWriteError if another is there."""

    def query(self, pipeline: str, prefix: str) -> Iterable[Item]:
        """Every record whose name starts with `prefix`, in the order of names."""


class InMemoryTable:
    """A table that holds its documents itself."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], Item] = {}

    def get(self, pipeline: str, record: str) -> Item | None:
        return self._items.get((pipeline, record))

    def put(self, pipeline: str, record: str, document: dict[str, Any], *, expect: int) -> None:
        held = self._items.get((pipeline, record))
        if (held.revision if held else 0) != expect:
            raise StaleWriteError(f"{pipeline}/{record}: revision {expect} is not the newest")
        kept = json.loads(json.dumps(document))
        self._items[pipeline, record] = Item(record, kept, expect + 1)

    def query(self, pipeline: str, prefix: str) -> Iterable[Item]:
        found = [
            item
            for (name, record), item in self._items.items()
            if name == pipeline and record.startswith(prefix)
        ]
        return sorted(found, key=lambda item: item.record)
