"""Rows drawn from a dataset that is too large for its instance."""

from pathlib import Path

import pandas as pd
import pytest

from training.train.rows.sampling import Sample, draw


def lay_out(folder: Path, files: int = 2) -> dict[str, Path]:
    """Channels of 6,000, 2,000 and 2,000 rows, dealt to so many files."""
    folders, first = {}, 0
    for name, rows in {"train": 6000, "validation": 2000, "test": 2000}.items():
        (folder / name).mkdir(parents=True)
        frame = pd.DataFrame({"_row": [f"d:{n}" for n in range(first, first + rows)], "x": 1.5})
        for part in range(files):
            frame.iloc[part::files].to_parquet(folder / name / f"part-{part}.parquet")
        folders[name], first = folder / name, first + rows
    return folders


def rows(sample: Sample, name: str) -> set[str]:
    return set(pd.read_parquet(sample.folders[name])["_row"])


def test_about_so_many_rows_are_drawn_and_the_test_stays_whole(tmp_path: Path) -> None:
    """Of train and validation by the same share; what was drawn is counted."""
    sample = draw(lay_out(tmp_path / "in"), 2000, 8, tmp_path / "out")
    drawn = {name: len(rows(sample, name)) for name in sample.folders}
    assert drawn["train"] == pytest.approx(1500, rel=0.1)
    assert drawn["validation"] == pytest.approx(500, rel=0.15)
    assert drawn["test"] == 2000
    assert sample.to_json() == {
        "rows_of": 8000,
        "rows": drawn["train"] + drawn["validation"],
        "bound_mb": 8,
    }
    assert f"{sample.rows} of 8000 rows" in sample.note()


def test_the_same_rows_are_drawn_whatever_files_they_are_in(tmp_path: Path) -> None:
    """A sample is of rows, not of places; every other column is as it was."""
    one = draw(lay_out(tmp_path / "a", 1), 2000, 8, tmp_path / "out-a")
    many = draw(lay_out(tmp_path / "b", 5), 2000, 8, tmp_path / "out-b")
    assert rows(one, "train") == rows(many, "train")
    assert set(pd.read_parquet(one.folders["train"])["x"]) == {1.5}


def test_rows_that_fit_are_all_drawn(tmp_path: Path) -> None:
    """A bound above the rows there are leaves none out."""
    assert draw(lay_out(tmp_path / "in"), 10**9, 8, tmp_path / "out").rows == 8000
