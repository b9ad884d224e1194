"""Files of rows by id: found with little reading, merged without losing any."""

from hashlib import sha256
from typing import BinaryIO

import pyarrow as pa
import pytest

from monitoring.measure import runs as module
from monitoring.measure.rows import newest_outcomes, outcomes_table
from monitoring.measure.runs import FAN, Runs
from tidemill.store import InMemoryStore, Span


class CountingStore(InMemoryStore):
    """Counts the bytes that are read."""

    bytes = 0

    def open(self, uri: str, version: str | None = None, span: Span | None = None) -> BinaryIO:
        body = super().open(uri, version, span)
        self.bytes += len(body.read())
        body.seek(0)
        return body


def outcomes(numbers: range, told: str = "1") -> pa.Table:
    ids = [sha256(str(number).encode()).hexdigest() for number in numbers]
    return outcomes_table(ids, ["x"] * len(ids), [told] * len(ids))


def runs(store: InMemoryStore) -> Runs:
    return Runs(store, "s3://capture/runs/", newest_outcomes)


def test_few_ids_need_little_of_a_large_file() -> None:
    """Only groups of rows that may hold them are read."""
    store = CountingStore()
    runs(store).add("large", outcomes(range(100_000)))
    ((body,),) = store.objects.values()
    store.bytes = 0
    found = runs(store).find(outcomes(range(5, 6))["id"])
    assert found is not None
    assert found.num_rows == 1
    assert store.bytes < len(body) / 5


def test_as_many_are_merged_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory bounds a merge; files that are large leave few, and no row is lost."""
    monkeypatch.setattr(module, "MOST_ROWS", 35)
    store = InMemoryStore()
    for number in range(FAN):
        runs(store).add(f"{number:04d}", outcomes(range(10 * number, 10 * number + 10)))
    runs(store).compact()
    assert len(store.objects) == FAN - 2
    every = runs(store).read()
    assert every is not None
    assert every.num_rows == 10 * FAN


def test_what_is_merged_is_as_before() -> None:
    """Every id, its newest row, in fewer files."""
    store = InMemoryStore()
    for number in range(FAN * FAN):
        runs(store).add(f"{number:04d}", outcomes(range(number, number + 10), told=f"{number:03d}"))
        runs(store).compact()
    assert len(store.objects) == 1
    every = runs(store).read()
    assert every is not None
    assert every.num_rows == FAN * FAN + 9
    newest = runs(store).find(outcomes(range(20, 21))["id"])
    assert newest is not None
    assert newest["told"].to_pylist() == ["020"]


def test_a_file_that_somebody_was_taken_out_of_is_not_merged_with_them() -> None:
    """What changes while it is merged stays as it was changed."""

    class Changing(InMemoryStore):
        def write(self, uri: str, body: bytes, content_type: str = "") -> None:
            super().write(uri, body, content_type)
            if "/1/" in uri:
                first = next(iter(self.objects))
                super().write(first, self.read("s3://capture/without"))

    store = Changing()
    few = Runs(store, "s3://capture/other/", newest_outcomes)
    few.add("0", outcomes(range(1)))
    store.objects["s3://capture/without"] = store.objects.pop("s3://capture/other/0/0.parquet")
    body = store.objects.pop("s3://capture/without")
    for number in range(FAN):
        runs(store).add(f"{number}", outcomes(range(number * 10, number * 10 + 10)))
    store.objects["s3://capture/without"] = body
    runs(store).compact()
    every = runs(store).read()
    assert every is not None
    assert every.num_rows == (FAN - 1) * 10 + 1
    assert not [uri for uri in store.objects if "/runs/1/" in uri]


def ids_of(store: InMemoryStore) -> set[str]:
    every = runs(store).read()
    assert every is not None
    return set(every["id"].to_pylist())


def test_what_is_delivered_again_replaces_nothing_that_was_merged() -> None:
    """Its rows are kept twice for a while, and no other row is lost."""
    store = InMemoryStore()
    for number in (*range(FAN), 0, *range(FAN, 2 * FAN - 1)):
        runs(store).add(f"{number:02d}", outcomes(range(number, number + 1)))
        runs(store).compact()
    assert ids_of(store) == set(outcomes(range(2 * FAN - 1))["id"].to_pylist())


def test_two_that_merge_at_once_lose_nothing() -> None:
    """Another one merges what it sees, and more, while the first has written and not yet looked."""

    class Crowded(InMemoryStore):
        others = 1

        def write(self, uri: str, body: bytes, content_type: str = "") -> None:
            super().write(uri, body, content_type)
            if "/1/" in uri and self.others:
                self.others -= 1
                runs(self).add("0a", outcomes(range(50, 60)))
                runs(self).compact()

    store = Crowded()
    for number in range(FAN):
        runs(store).add(f"{number}", outcomes(range(number, number + 1)))
    runs(store).compact()
    expected = [*range(FAN), *range(50, 60)]
    assert ids_of(store) == {outcomes(range(n, n + 1))["id"][0].as_py() for n in expected}


def test_what_is_merged_while_it_is_read_is_read_in_what_it_became() -> None:
    """Files that are gone were merged; nothing is looked for in vain."""

    class Moving(InMemoryStore):
        merging = False

        def open(self, uri: str, version: str | None = None, span: Span | None = None) -> BinaryIO:
            if self.merging:
                self.merging = False
                runs(self).compact()
            return super().open(uri, version, span)

    store = Moving()
    for number in range(FAN):
        runs(store).add(f"{number}", outcomes(range(number, number + 1)))
    store.merging = True
    assert ids_of(store) == set(outcomes(range(FAN))["id"].to_pylist())
