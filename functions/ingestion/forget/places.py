"""Every store that holds rows of people, and how its objects are searched and cleared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ingestion.forget.captures import capture_without, search_capture
from ingestion.forget.found import Found
from ingestion.forget.joined import joined_without, search_joined
from ingestion.forget.subject import Subject
from ingestion.forget.tables import search_table, table_without
from tidemill.store import Store

KEYS = ".keys.parquet"
TABLE = ".parquet"


@dataclass(frozen=True)
class Place:
    """The objects under a prefix: how to search one, and what it is without the person."""

    name: str
    prefix: str
    suffix: str
    search: Callable[[str, Store, Subject], Found]
    without: Callable[[str, Store, Subject], bytes]

    def objects(self, store: Store, after: str) -> Iterator[str]:
        """The URIs to look at, in order, from behind one of them."""
        for uri in store.list(self.prefix, after):
            if uri.endswith(self.suffix) and not uri.endswith(KEYS):
                yield uri


def drops(pipeline: str, data: str) -> Place:
    """Accepted rows and quarantine of every drop, current or replaced."""
    return Place("drops", f"{data}/drops/{pipeline}/", TABLE, search_table, table_without)


def work(pipeline: str, data: str) -> Place:
    """Rows on their way: what the workers of a large drop leave for its last step."""
    return Place("work", f"{data}/work/{pipeline}/", TABLE, search_table, table_without)


def datasets(pipeline: str, data: str) -> Place:
    """The channels of every dataset version."""
    return Place("datasets", f"{data}/datasets/{pipeline}/", TABLE, search_table, table_without)


def captures(capture: str) -> Place:
    """Captured predictions, those of all pipelines together."""
    return Place("captures", f"{capture}/predictions/", "", search_capture, capture_without)


def outcomes(pipeline: str, capture: str) -> Place:
    """What was told of predictions."""
    prefix = f"{capture}/outcomes/{pipeline}/"
    return Place("outcomes", prefix, "", search_capture, capture_without)


def joined(pipeline: str, capture: str) -> Place:
    """Predictions and outcomes by id, and pairs of both."""
    prefix = f"{capture}/quality/{pipeline}/"
    return Place("joined", prefix, TABLE, search_joined, joined_without)


def places(pipeline: str, *, data: str, capture: str) -> tuple[Place, ...]:
    """All of them, in the order of the journey; a new store of rows gets its line here."""
    return (
        work(pipeline, data),
        drops(pipeline, data),
        datasets(pipeline, data),
        captures(capture),
        outcomes(pipeline, capture),
        joined(pipeline, capture),
    )
