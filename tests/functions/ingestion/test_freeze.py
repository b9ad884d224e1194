"""Dataset versions: complete, content-addressed, the same after a crash, frozen in time."""

from collections.abc import Callable
from typing import Any

import pytest

from ingestion.freeze import channels
from ingestion.freeze.freeze import freeze
from tidemill import __version__
from tidemill.contract import parse_contract
from tidemill.errors import StaleWriteError
from tidemill.events import DatasetReady, InMemoryBus
from tidemill.profile import Profile
from tidemill.records import Boundaries, DatasetRecord, ForgetRecord, ForgetState
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable

from .accepted import Accepted
from .conftest import CONTRACT, DATA, Shore

TWO_SOURCES = """
pipeline: shells
target: rings
sources:
  rows:
    columns:
      beach_last: {type: id}
      rings: {type: int}
  beaches:
    join: [beach_last]
    columns:
      beach_last: {type: id}
      salt: {type: float}
      name_last: {type: category}
"""


def shells(count: int, first: int = 0) -> str:
    rows = [f"{'MFI'[n % 3]},{n % 2000 / 1000},{n + 1}" for n in range(first, first + count)]
    return "\n".join(["sex,length,rings", *rows, ""])


def rows_of(shore: Shore, dataset: DatasetRecord) -> dict[str, list[dict[str, Any]]]:
    """The rows of every channel, file after file."""
    return {
        channel: [
            row
            for found in sorted(shore.store.objects)
            if found.startswith(uri)
            for row in shore.rows(found)
        ]
        for channel, uri in dataset.channels.items()
    }


def all_rows(shore: Shore, dataset: DatasetRecord) -> list[dict[str, Any]]:
    return [row for rows in rows_of(shore, dataset).values() for row in rows]


def test_a_dataset_is_frozen_once_for_the_same_drops(shore: Shore) -> None:
    """Announced twice, the drops make one version, written once, with every row in one channel."""
    shore.drop("shells/rows/a.csv", shells(200))
    shore.freeze()
    writes = sum(map(len, shore.store.objects.values()))
    shore.freeze()
    assert sum(map(len, shore.store.objects.values())) == writes
    (dataset,) = shore.registry.datasets("shells")
    assert {event.dataset_version for event in shore.told(DatasetReady)} == {
        dataset.dataset_version
    }
    assert sum(dataset.rows.values()) == 200
    assert sorted(row["rings"] for row in all_rows(shore, dataset)) == list(range(1, 201))
    frozen = parse_contract(shore.store.read(dataset.contract_uri))
    assert frozen == shore.registry.contract("shells")


def test_a_version_is_of_contents_not_of_names_or_order(shore: Shore) -> None:
    """The same files under other keys, in another order, are the same dataset version."""
    other = Shore()
    other.accept_contract()
    shore.drop("shells/rows/a.csv", shells(50))
    shore.drop("shells/rows/b.csv", shells(50, 50))
    other.drop("shells/rows/z.csv", shells(50, 50))
    other.drop("shells/rows/y.csv", shells(50))
    shore.freeze()
    other.freeze()
    versions = [made.registry.datasets("shells")[0].dataset_version for made in (shore, other)]
    assert versions[0] == versions[1]


def test_another_contract_is_another_version(shore: Shore) -> None:
    """What the contract says is part of what a dataset is."""
    shore.drop("shells/rows/a.csv", shells(50))
    shore.freeze()
    shore.accept_contract(CONTRACT + "split: {by: hash, validation: 20%, test: 20%}")
    shore.freeze()
    assert len(shore.registry.datasets("shells")) == 2


def test_nothing_is_frozen_while_a_drop_waits_for_the_new_rules(shore: Shore) -> None:
    """Cells read under two contracts never meet in one dataset."""
    shore.drop("shells/rows/a.csv", shells(50))
    shore.adopt(CONTRACT.replace("rings: {type: int", "rings: {type: float"))
    shore.freeze()
    assert shore.registry.datasets("shells") == []
    shore.redeliver()
    shore.freeze()
    assert len(shore.registry.datasets("shells")) == 1


def test_a_source_that_left_the_contract_stays_out(shore: Shore) -> None:
    """Drops of a source that is declared no more neither block a dataset nor enter it."""
    shore.drop("shells/rows/a.csv", shells(50))
    shore.adopt(CONTRACT.replace("  rows:", "  more:"))
    shore.freeze()
    assert shore.registry.datasets("shells") == []
    shore.drop("shells/more/a.csv", shells(60))
    shore.freeze()
    assert sum(shore.registry.datasets("shells")[0].rows.values()) == 60


def test_sources_are_joined_on_their_keys(bare_shore: Shore) -> None:
    """A dataset waits for every source; each row then knows what its key knows, newest last."""
    bare_shore.accept_contract(TWO_SOURCES)
    bare_shore.drop("shells/rows/a.csv", "beach_last,rings\nb1,1\nb2,2\nb3,3\nb1,4\n")
    bare_shore.freeze()
    assert bare_shore.registry.datasets("shells") == []
    bare_shore.drop("shells/beaches/a.csv", "beach_last,salt,name_last\nb1,1.5,N\nb2,2.5,S\n")
    bare_shore.drop("shells/beaches/b.csv", "salt,beach_last,name_last\n3.5,b1,W\n")
    bare_shore.freeze()
    (dataset,) = bare_shore.registry.datasets("shells")
    rows = all_rows(bare_shore, dataset)
    assert sorted((row["rings"], row["salt"], row["name_last"]) for row in rows) == [
        (1, 3.5, "W"), (2, 2.5, "S"), (3, None, None), (4, 3.5, "W")
    ]  # fmt: skip


def test_the_baseline_is_of_all_drops(shore: Shore) -> None:
    """The dataset's profile adds up those of its drops."""
    shore.drop("shells/rows/a.csv", shells(50))
    shore.drop("shells/rows/b.csv", shells(50, 50))
    shore.freeze()
    uri = shore.registry.datasets("shells")[0].profile_uri
    profile = Profile.model_validate_json(shore.store.read(uri))
    assert (profile.rows, profile.columns["rings"].maximum) == (100, 100)


def test_a_version_says_what_made_it(shore: Shore) -> None:
    """Contract, code, split, drops in the order they landed, and each row its file's row."""
    drops = [
        shore.drop(f"shells/rows/{name}.csv", shells(50, at)) for name, at in (("b", 0), ("a", 50))
    ]
    shore.freeze()
    (dataset,) = shore.registry.datasets("shells")
    contract = shore.registry.contract("shells")
    assert (dataset.contract_version, dataset.code_version) == (contract.version, __version__)
    assert dataset.split == {"by": "hash", "column": None, "validation": 0.15, "test": 0.15}
    assert dataset.drops == tuple(drop.drop_id for drop in drops)
    at = {row["_row"]: row["rings"] for row in all_rows(shore, dataset)}
    assert at == {
        f"{drop.drop_id}:{n + 1}": n + first + 1
        for drop, first in zip(drops, (0, 50), strict=True)
        for n in range(50)
    }


def test_the_order_of_landing_matters_where_sources_are_joined(bare_shore: Shore) -> None:
    """The last row of a key counts: the same contents the other way round are another version."""
    other = Shore()
    tables = ["beach_last,salt,name_last\nb1,1.5,N\n", "beach_last,salt,name_last\nb1,2.5,S\n"]
    for shore, order in ((bare_shore, tables), (other, tables[::-1])):
        shore.accept_contract(TWO_SOURCES)
        shore.drop("shells/rows/a.csv", "beach_last,rings\nb1,1\n")
        for name, text in zip("ab", order, strict=True):
            shore.drop(f"shells/beaches/{name}.csv", text)
        shore.freeze()
    versions = {s.registry.datasets("shells")[0].dataset_version for s in (bare_shore, other)}
    assert len(versions) == 2


def test_rows_that_come_again_land_where_they_were(shore: Shore) -> None:
    """A row of an earlier drop, met again in a later one, is in the same channel."""
    shore.drop("shells/rows/a.csv", shells(200))
    shore.drop("shells/rows/b.csv", shells(200, 100))
    shore.freeze()
    (dataset,) = shore.registry.datasets("shells")
    sets = [{row["rings"] for row in rows} for rows in rows_of(shore, dataset).values()]
    assert sum(map(len, sets)) == len(set.union(*sets)) == 300


class Frozen:
    """A pipeline whose drops are put in the store, and frozen."""

    def __init__(self, text: str, store: InMemoryStore | None = None) -> None:
        self.accepted = Accepted(parse_contract(text), store or InMemoryStore())
        self.registry = Registry(InMemoryTable())
        self.bus = InMemoryBus()
        self.registry.put_contract(self.accepted.contract)

    def freeze(self) -> DatasetRecord:
        """The version that the last announcement names."""
        for drop in self.accepted.drops:
            self.registry.put_drop(drop)
            self.registry.hold(drop, drop.drop_id)
        store, bus = self.accepted.store, self.bus
        freeze("shells", registry=self.registry, store=store, bus=bus, data=DATA)
        told = bus.published[-1]
        assert isinstance(told, DatasetReady)
        found = self.registry.dataset("shells", told.dataset_version)
        assert found is not None
        return found

    def written(self) -> dict[str, bytes]:
        found = self.accepted.store.objects.items()
        return {uri: bodies[-1] for uri, bodies in found if uri.startswith(f"{DATA}/datasets")}


def numbered(first: int, count: int) -> dict[str, list[Any]]:
    rings = list(range(first, first + count))
    return {"sex": ["M"] * count, "length": [n / 1000 for n in rings], "rings": rings}


class FailingStore(InMemoryStore):
    """A store that takes some uploads and then breaks."""

    left: int

    def upload(self, path: str, uri: str) -> None:
        if not self.left:
            raise ConnectionError(uri)
        self.left -= 1
        super().upload(path, uri)


@pytest.mark.parametrize("left", range(6))
def test_a_killed_function_loses_nothing(left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves no record, and the next delivery writes the same files, byte by byte."""
    monkeypatch.setattr(channels, "FILE_BYTES", 2_000)
    whole = Frozen(CONTRACT)
    broken = Frozen(CONTRACT, store := FailingStore())
    for pipeline in (whole, broken):
        for first in (0, 100, 200):
            pipeline.accepted.add(numbered(first, 100), part_rows=30)
    expected = whole.freeze()
    assert len([uri for uri in whole.written() if "/train/" in uri]) > 2
    store.left = left
    with pytest.raises(ConnectionError):
        broken.freeze()
    assert broken.registry.datasets("shells") == []
    store.left = 1_000
    found = broken.freeze()
    assert found.model_dump(exclude={"created_at"}) == expected.model_dump(exclude={"created_at"})
    assert broken.written() == whole.written()


class BusyStore(InMemoryStore):
    """A store during whose first upload something else happens."""

    meanwhile: Callable[[], object] | None = None

    def upload(self, path: str, uri: str) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        super().upload(path, uri)


@pytest.mark.parametrize("state", ["running", "done"])
def test_nobody_is_forgotten_in_vain(state: ForgetState) -> None:
    """Rows that were read before somebody was forgotten make no version; those after it do."""
    pipeline = Frozen(CONTRACT, store := BusyStore())
    pipeline.accepted.add(numbered(0, 100))
    report = ForgetRecord(request_id="r", state=state, requested_at="2026-11-01")
    store.meanwhile = lambda: pipeline.registry.put_forget_report("shells", report)
    with pytest.raises(StaleWriteError, match="somebody was being forgotten"):
        pipeline.freeze()
    assert pipeline.registry.datasets("shells") == []
    done = report.model_copy(update={"state": "done"})
    pipeline.registry.put_forget_report("shells", done)
    assert sum(pipeline.freeze().rows.values()) == 100


def test_every_channel_has_its_columns() -> None:
    """One row makes three channels, two of them empty; so does none."""
    for count in (1, 0):
        pipeline = Frozen(CONTRACT)
        pipeline.accepted.add(numbered(1, count))
        dataset = pipeline.freeze()
        assert sum(dataset.rows.values()) == count
        files = [uri for uri in pipeline.written() if uri.endswith(".parquet")]
        assert files == [f"{uri}part-00000.parquet" for uri in dataset.channels.values()]
        shore = Shore(store=pipeline.accepted.store)
        assert sum(len(shore.rows(uri)) for uri in files) == count


def test_parts_make_no_difference() -> None:
    """The same rows, in however many parts a drop lies, are the same rows in the same channels."""
    found = []
    for part_rows in (7, 1000):
        pipeline = Frozen(CONTRACT)
        pipeline.accepted.add(numbered(0, 300), part_rows=part_rows)
        found.append(rows_of(Shore(store=pipeline.accepted.store), pipeline.freeze()))
    assert found[0] == found[1]


BY_TIME = (
    CONTRACT.replace("target: rings", "target: length")
    + "split: {by: time, column: rings, validation: 10%, test: 10%}\n"
)


def test_test_never_goes_back_in_time() -> None:
    """Its first moment is remembered with the version, and late rows only train."""
    pipeline = Frozen(BY_TIME)
    pipeline.accepted.add(numbered(1_000, 100))
    first = pipeline.freeze()
    assert first.boundaries is not None
    assert (first.boundaries.validation, first.boundaries.test) == ("1080", "1090")
    assert pipeline.freeze() == first
    pipeline.accepted.add(numbered(0, 900))
    late = pipeline.freeze()
    assert late.boundaries is not None
    assert late.boundaries.test == "1090"
    assert late.rows == {"train": 890, "validation": 100, "test": 10}
    pipeline.accepted.add(numbered(2_000, 1_000))
    newer = pipeline.freeze()
    assert newer.boundaries is not None
    assert newer.boundaries.test == "2800"
    assert len({version.dataset_version for version in (first, late, newer)}) == 3


def test_a_version_that_would_test_what_was_trained_on_is_another_one() -> None:
    """Where the newest drop goes, the boundary stays: the drops before it make a new version."""
    pipeline = Frozen(BY_TIME)
    pipeline.accepted.add(numbered(0, 100))
    first = pipeline.freeze()
    gone = pipeline.accepted.add(numbered(100, 100))
    pipeline.freeze()
    del pipeline.accepted.drops[1]
    pipeline.registry.put_drop(gone.model_copy(update={"state": "ignored"}))
    again = pipeline.freeze()
    assert again.dataset_version != first.dataset_version
    assert again.rows == {"train": 90, "validation": 10, "test": 0}
    assert pipeline.freeze() == again


def test_versions_of_one_moment_agree_on_what_tests() -> None:
    """One that finds at its end that test was moved on is split again, from there."""
    pipeline = Frozen(BY_TIME, store := BusyStore())
    pipeline.accepted.add(numbered(0, 100))
    slow = pipeline.freeze().model_copy(update={"dataset_version": "newer"})
    pipeline.accepted.add(numbered(100, 100))
    moved = Boundaries(column="rings", type="int", validation="190", test="195")
    newer = slow.model_copy(update={"boundaries": moved})
    store.meanwhile = lambda: pipeline.registry.put_dataset("shells", newer)
    with pytest.raises(StaleWriteError, match="test begins at 195 by now"):
        pipeline.freeze()
    assert pipeline.freeze().rows == {"train": 175, "validation": 20, "test": 5}
