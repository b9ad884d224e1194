"""What candidates get to see: every kind of column, read as requests are, or refused by name."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.functions.training.train.conftest import contract_for
from tidemill.contract import Contract
from tidemill.errors import FutureDataError, TrainingError, UnseenClassError
from tidemill.moments import read_moment, whole_seconds
from training.train.rows import channels
from training.train.rows.dataset import Dataset
from training.train.rows.moments import Calendar, seconds_of
from training.train.rows.vocabulary import categories_of, parts_of, words_of

ROWS = 400
RNG = np.random.default_rng(5)
AT = pd.Series(pd.Timestamp("2024-02-20", tz="UTC") + pd.to_timedelta(np.arange(ROWS) * 7, "h"))
FRAME = pd.DataFrame(
    {
        "at": AT.astype("datetime64[us, UTC]"),
        "size": RNG.normal(size=ROWS),
        "zone": RNG.choice(["north", "south"], ROWS),
        "note": RNG.choice(["High tide, mill runs", "low TIDE", None], ROWS),
        "y": RNG.choice(["no", "yes"], ROWS),
    }
)
KINDS = {"at": "timestamp", "size": "float", "zone": "category", "note": "text", "y": "category"}


def loaded(folder: Path, *, by: str = "hash", **parts: pd.DataFrame) -> Dataset:
    """FRAME, or other rows, as the channels of a dataset."""
    for name in ("train", "validation", "test"):
        (folder / name).mkdir()
        parts.get(name, FRAME).to_parquet(folder / name / "part.parquet")
    document: dict[str, Any] = contract_for(FRAME, "y")
    document["sources"]["rows"]["columns"] = {n: {"type": kind} for n, kind in KINDS.items()}
    document["split"] = {"by": by} | ({"column": "at"} if by == "time" else {})
    folders = {name: folder / name for name in ("train", "validation", "test")}
    return channels.load(folders, Contract.model_validate(document), "binary")


def test_every_kind_of_column_is_a_feature(tmp_path: Path) -> None:
    """Numbers, codes and seconds are floats; the raw rows are what a request would bring."""
    dataset = loaded(tmp_path)
    assert dataset.features == ["size", "zone", "at", "note"]
    kinds = dataset.train.X.dtypes.astype(str).to_dict()
    assert {kinds[name] for name in ("size", "zone", "at")} == {"float64"}
    assert list(dataset.preparation.vocabulary.words["note"]) == ["tide", *sorted(
        {"high", "mill", "runs", "low"},
        key=lambda word: (-FRAME["note"].fillna("").str.lower().str.contains(word).sum(), word),
    )]  # fmt: skip
    row = dataset.test.rows()[3]
    assert row["at"] == "2024-02-20T21:00:00+00:00"
    assert set(row) == {"at", "size", "zone", "note"}


def test_texts_and_moments_are_read_alike() -> None:
    """A moment is the same seconds as a column of moments and as its text, before 1970 too."""
    texts = ["1969-12-31T23:59:59.25Z", "2024-02-29T23:30:00-05:00", "0001-01-01", None]
    moments = pd.Series([None if t is None else read_moment(t) for t in texts])
    column = pd.DataFrame({"at": moments.astype("datetime64[us, UTC]")})
    seconds = seconds_of(column)["at"]
    assert seconds.tolist()[:3] == [-1.0, 1709267400.0, -62135596800.0]
    assert seconds.isna().tolist() == [False, False, False, True]
    assert seconds_of(pd.DataFrame({"at": texts}))["at"].equals(seconds)
    with pytest.raises(ValueError, match="'soon' is no ISO 8601 timestamp"):
        seconds_of(pd.DataFrame({"at": ["soon"]}))


def test_a_calendar_is_that_of_python() -> None:
    """Ten thousand moments of all years have the parts that datetime tells."""
    ticks = RNG.integers(-62135596800, 253402300799, 10_000)
    moments = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(t)) for t in ticks]
    assert [whole_seconds(moment) for moment in moments] == ticks.tolist()
    made = Calendar([["month", "day", "weekday", "hour"]]).transform(ticks.reshape(-1, 1))
    told = [
        [m.month, m.day, m.weekday(), (m.hour * 3600 + m.minute * 60 + m.second) / 3600]
        for m in moments
    ]
    assert made.tolist() == told


def test_a_clock_is_not_learnt_from_as_time_that_passes() -> None:
    """Every row to come is later than those learnt from; what does not vary is no part."""
    assert parts_of(AT, clock=False) == ["elapsed", "month", "day", "weekday", "hour"]
    assert parts_of(AT, clock=True) == ["month", "day", "weekday", "hour"]
    yearly = pd.Series(pd.to_datetime(["2020-05-01", "2021-05-01"], utc=True))
    assert parts_of(yearly, clock=False) == ["elapsed", "weekday"]


def test_a_vocabulary_is_ordered_by_how_often() -> None:
    """Then by the alphabet; what only later rows show comes last; a word needs two texts."""
    assert categories_of(pd.Series(["b", "a", "c", "b"]), pd.Series(["d", "a"])) == list("bacd")
    assert words_of(["Tide tide mill", "MILL tide", "once"]) == ["mill", "tide"]


def test_few_rows_of_a_class_that_training_lacks_are_left_out(tmp_path: Path) -> None:
    """Below 1 % of a channel they are noted; the rows beside them are tested."""
    rare = pd.concat([FRAME, FRAME.iloc[:3].assign(y="perhaps")], ignore_index=True)
    dataset = loaded(tmp_path, test=rare)
    assert len(dataset.test) == len(dataset.test.X) == len(dataset.test.raw) == ROWS
    assert dataset.notes == ["3 rows of test are of 'perhaps', never seen in training: left out"]


def test_many_rows_of_a_class_that_training_lacks_are_refused(tmp_path: Path) -> None:
    """From 1 % on a split is unfit, and the error says of which rows and what to do."""
    rare = pd.concat([FRAME, FRAME.iloc[:40].assign(y="perhaps")], ignore_index=True)
    with pytest.raises(UnseenClassError, match=r"test holds 'perhaps'.* in 9\.1% .*split by hash"):
        loaded(tmp_path, test=rare)


@pytest.mark.parametrize(("by", "error"), [("time", FutureDataError), ("hash", None)])
def test_rows_of_the_future_are_no_test(
    tmp_path: Path, by: str, error: type[TrainingError] | None
) -> None:
    """Where rows are split by time, one dated ahead of the run is refused with its column."""
    ahead = FRAME.assign(
        at=FRAME["at"].where(FRAME.index > 0, pd.Timestamp("2999-01-01", tz="UTC"))
    )
    if error is None:
        assert loaded(tmp_path, by=by, test=ahead).moments == ["at"]
        return
    with pytest.raises(error, match=r"at splits by time, and 1 rows of test .* 2999-01-01"):
        loaded(tmp_path, by=by, test=ahead)
