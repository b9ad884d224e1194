"""A report of drift: what is told of each column, nothing unescaped, nothing from elsewhere."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from monitoring.watch.baseline import Baseline
from monitoring.watch.comparison import Comparison
from monitoring.watch.drift import measure_drift
from monitoring.watch.gathering import Window
from monitoring.watch.page import drift_page
from monitoring.watch.tally import Tally, count
from tests.browser import BROWSER, require_readable
from tests.pages import Page
from tidemill.contract import parse_contract

EVIL = "<script>alert('x')</script>&\"$body${title}"
LONG = "a_name_" * 20
CONTRACT = parse_contract(f"""
pipeline: shells
target: rings
sources:
  rows:
    columns:
      {LONG}: {{type: float}}
      sex: {{type: category}}
      rings: {{type: int}}
""")


def rows(far: float, sex: str) -> pa.Table:
    """A number that lies `far` from zero, and a category that is this one every other time."""
    dice = np.random.default_rng(5)
    table = {LONG: dice.normal(far, size=2_000), "sex": ["other", sex] * 1_000}
    return pa.table({**table, "rings": [*range(20)] * 100})


@pytest.fixture(scope="module")
def told() -> str:
    """The page of a window in which both columns have drifted."""
    baseline = Baseline.of(rows(0, "M"), CONTRACT)
    seen = count(rows(2, EVIL), baseline.grid)
    drift = measure_drift(baseline.tally, seen, baseline.grid, level=1e-4, least_effect=0.05)
    at = "2026-11-22T10:00:00Z"
    since = dict.fromkeys(drift.drifted, at)
    window = Window(seen, Tally.empty(baseline.grid), at)
    return drift_page(Comparison("shells", "drop", window, baseline, drift, since, at))


def test_each_column_that_drifted_has_its_part(told: str) -> None:
    """With what was found in words, and its shares before and now."""
    page = Page(told)
    assert len(page.all("article")) == len(page.all("svg")) == 2
    assert "2 of 2 columns drifted" in page.text
    assert "values lie higher" in page.text
    assert "since 2026-11-22T10:00" in page.text


def test_what_comes_from_the_data_is_text(told: str) -> None:
    """A value cannot become markup, nor fill in the frame."""
    page = Page(told)
    assert EVIL in page.text
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "form"}
    assert not [name for _, named in page.tags for name in named if name.startswith("on")]


@pytest.mark.skipif(BROWSER is None, reason="no Chromium to look at the page with")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_in_a_browser(told: str, scheme: str, tmp_path: Path) -> None:
    """On a phone and at a desk, however long a column's name."""
    require_readable([told], scheme, tmp_path)
