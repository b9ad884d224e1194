"""Dataset versions: complete, content-addressed, split without leaks, stable as data grow."""

from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pyarrow as pa
import pytest

from ingestion.freeze.split import CHANNELS, split
from tidemill.contract import Contract, parse_contract
from tidemill.events import DatasetReady
from tidemill.profile import Profile

from .conftest import CONTRACT, Shore

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


def contract_with(section: str) -> Contract:
    return parse_contract(CONTRACT + section)


def table(count: int) -> pa.Table:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return pa.table(
        {
            "sex": ["MFI"[n % 3] for n in range(count)],
            "length": [n / 1000 for n in range(count)],
            "rings": list(range(1, count + 1)),
            "group": [f"g{n // 10}" if n % 50 else None for n in range(count)],
            "at": pa.array(
                [start + timedelta(hours=(n * 7) % count) for n in range(count)],
                pa.timestamp("us", tz="UTC"),
            ),
            "_row": [f"d:{n}" for n in range(count)],
        }
    )


def channels_of(parts: dict[str, pa.Table], column: str) -> dict[str, list[Any]]:
    return {channel: part.column(column).to_pylist() for channel, part in parts.items()}


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
    rows = [row for uri in dataset.channels.values() for row in shore.rows(f"{uri}part-0.parquet")]
    assert sorted(row["rings"] for row in rows) == list(range(1, 201))
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
    rows = [
        (row["rings"], row["salt"], row["name_last"])
        for uri in dataset.channels.values()
        for row in bare_shore.rows(f"{uri}part-0.parquet")
    ]
    assert sorted(rows) == [(1, 3.5, "W"), (2, 2.5, "S"), (3, None, None), (4, 3.5, "W")]


def test_the_baseline_is_of_all_drops(shore: Shore) -> None:
    """The dataset's profile adds up those of its drops."""
    shore.drop("shells/rows/a.csv", shells(50))
    shore.drop("shells/rows/b.csv", shells(50, 50))
    shore.freeze()
    uri = shore.registry.datasets("shells")[0].profile_uri
    profile = Profile.model_validate_json(shore.store.read(uri))
    assert (profile.rows, profile.columns["rings"].maximum) == (100, 100)


@pytest.mark.parametrize(
    "by", ["{by: hash}", "{by: group, column: sex}", "{by: time, column: rings}"]
)
def test_channels_are_disjoint_and_complete(by: str) -> None:
    """Every row is in exactly one channel."""
    parts = split(table(1000), contract_with(f"split: {by}\n"))
    found = channels_of(parts, "_row")
    assert tuple(found) == CHANNELS
    assert sorted(chain.from_iterable(found.values())) == sorted(f"d:{n}" for n in range(1000))


def test_a_hash_split_keeps_its_shares_and_its_rows() -> None:
    """Shares are near those asked for; a row stays in its channel when others come."""
    contract = contract_with("split: {by: hash, validation: 20%, test: 10%}\n")
    small, large = split(table(1000), contract), split(table(4000), contract)
    sizes = {channel: part.num_rows / 4000 for channel, part in large.items()}
    assert sizes == pytest.approx({"train": 0.7, "validation": 0.2, "test": 0.1}, abs=0.03)
    for channel in CHANNELS:
        assert set(channels_of(small, "rings")[channel]) <= set(
            channels_of(large, "rings")[channel]
        )


def test_equal_rows_meet_in_one_channel() -> None:
    """A row and its copy are never on both sides of the split."""
    one = table(300)
    parts = split(pa.concat_tables([one, one]), contract_with("split: {by: hash}\n"))
    sets = [set(rows) for rows in channels_of(parts, "rings").values()]
    assert sum(map(len, sets)) == 300


def grouped(by: str) -> Contract:
    columns = "      group: {type: id}\n      at: {type: timestamp}\n    tolerate"
    return parse_contract(CONTRACT.replace("    tolerate", columns) + f"split: {by}\n")


def test_groups_stay_whole() -> None:
    """No group, and not the group of the missing, is in two channels."""
    parts = split(table(3000), grouped("{by: group, column: group}"))
    sets = [set(groups) for groups in channels_of(parts, "group").values()]
    assert all(sets)
    assert sum(map(len, sets)) == len(set.union(*sets))


def test_time_splits_past_from_future() -> None:
    """The newest rows test, those before them validate, the oldest and the undated train."""
    rows = table(1000)
    undated = pa.array(
        [None if n < 10 else at for n, at in enumerate(rows.column("at").to_pylist())]
    )
    at = rows.schema.get_field_index("at")
    rows = rows.set_column(at, "at", undated.cast(pa.timestamp("us", tz="UTC")))
    parts = split(rows, grouped("{by: time, column: at, validation: 20%, test: 10%}"))
    found = channels_of(parts, "at")
    assert {channel: len(rows) for channel, rows in found.items()} == {
        "train": 700, "validation": 200, "test": 100
    }  # fmt: skip
    known = [moment for moment in found["train"] if moment]
    assert len(known) == 690
    assert max(known) < min(found["validation"])
    assert max(found["validation"]) < min(found["test"])
