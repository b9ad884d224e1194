"""A model's test rows are read as it would be asked of them."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from monitoring.measure import tested
from monitoring.measure.tested import MOST_ROWS
from monitoring.measure.ways import CHANCES, Estimation
from tests.tested import FOLDER, logistic, put_tested
from tidemill.contract import Contract
from tidemill.errors import ArtifactError
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable

COLUMNS: Any = {
    "length": {"type": "float"},
    "grade": {"type": "category"},
    "seen": {"type": "timestamp"},
    "old": {"type": "bool"},
}
CONTRACT = Contract.model_validate(
    {"pipeline": "shells", "target": "old", "sources": {"rows": {"columns": COLUMNS}}}
)
SEEN = datetime(2026, 11, 1, tzinfo=UTC)


class Room:
    """A registry with one model, and where its files lie."""

    def __init__(self, rows: pa.Table) -> None:
        self.registry, self.store = Registry(InMemoryTable()), InMemoryStore()
        self.model = put_tested(self.registry, self.store, logistic(), rows)

    def read(self) -> tested.Tested:
        dataset = self.registry.dataset("shells", "v1")
        assert dataset is not None
        artifact = tested.open_artifact(
            self.model.artifact_uri, self.model.artifact_sha256, self.store
        )
        return tested.Tested.of(artifact, dataset, self.store)

    def estimation(self, recorded: Any = None) -> Estimation:  # noqa: ANN401 - an evaluation
        dataset = self.registry.dataset("shells", "v1")
        return Estimation.of(recorded, self.model, dataset, CONTRACT, self.store)


def rows(number: int = 100) -> pa.Table:
    return pa.table(
        {
            "length": [n / 50 - 1 for n in range(number)],
            "grade": pa.array([n % 3 for n in range(number)], pa.int64()),
            "seen": [SEEN] * number,
            "old": [None if n == 0 else n % 2 == 0 for n in range(number)],
        }
    )


def test_rows_are_answered_and_told_by_their_labels() -> None:
    """Those without a target are left out; features are as captures have them."""
    found = Room(rows()).read()
    assert found.labels == ("false", "true")
    assert found.truth.tolist() == [(n % 2 == 0) * 1 for n in range(1, 100)]
    assert found.said[:, 1] == pytest.approx(1 / (1 + np.exp(1 - np.arange(1, 100) / 50)))
    assert found.reads == {"length": "float", "grade": "category"}
    assert found.features["feature:grade"].to_pylist()[:3] == ["1", "2", "0"]


def test_very_many_rows_are_read_evenly() -> None:
    """At most five thousand."""
    found = Room(rows(3 * MOST_ROWS)).read()
    assert 0.8 * MOST_ROWS < len(found.truth) <= MOST_ROWS


def test_a_column_that_the_rows_lack_is_missing() -> None:
    """As where a contract has got another since."""
    found = Room(rows().drop(["grade"])).read()
    assert found.features["feature:grade"].null_count == 99


def test_only_the_registered_model_is_opened() -> None:
    """What lies there instead is refused, and why nothing is estimated is said."""
    room = Room(rows())
    assert room.estimation().method == CHANCES
    room.store.write(room.model.artifact_uri, logistic(2.0))
    with pytest.raises(ArtifactError, match="is not what training recorded"):
        room.read()
    assert "is not what training recorded" in room.estimation().reason


def test_rows_that_are_gone_are_no_fault() -> None:
    """Nothing is estimated then, and why is said."""
    room = Room(rows())
    room.store.delete_versions(f"{FOLDER}part-00000.parquet")
    found = room.estimation()
    assert found.way is None
    assert "cannot be read" in found.reason
    assert "fewer than 30 rows" in Room(rows(20)).estimation().reason
    unknown = rows().set_column(3, "old", pa.nulls(100, pa.bool_()))
    assert "fewer than 30 rows" in Room(unknown).estimation().reason


def test_large_whole_numbers_are_read() -> None:
    """Beyond those that a float has exactly."""
    big = pa.array([2**60 + n for n in range(100)], pa.int64())
    found = Room(rows().set_column(0, "length", big)).read()
    assert found.features["feature:length"].to_pylist()[0] == 2.0**60


def test_a_model_of_another_question_is_not_estimated() -> None:
    """As where the contract asks for another target before a model of it serves."""
    room = Room(rows())
    dataset = room.registry.dataset("shells", "v1")
    another = CONTRACT.model_copy(update={"target": "grade"})
    found = Estimation.of(None, room.model, dataset, another, room.store)
    assert "binary of old" in found.reason
