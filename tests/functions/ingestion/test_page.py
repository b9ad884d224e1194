"""The profile page: every column, nothing unescaped, nothing from elsewhere."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.ingest.page import figures
from ingestion.ingest.page.charts import Bar, columns
from ingestion.ingest.page.facts import layout_facts
from ingestion.ingest.page.page import profile_page
from ingestion.ingest.profiling.measure import KINDS
from tests.browser import BROWSER, require_readable
from tests.pages import Page
from tidemill.contract import Source
from tidemill.profile import Cell, ColumnProfile, Profile
from tidemill.records import Layout

# A loaded machine is no fault of the code.
UNHURRIED = settings(deadline=None)
EVIL = "<script>alert('x')</script>&\"$body${title}"
START = datetime(2024, 1, 1, tzinfo=UTC)


def page_of(
    cells: Mapping[str, tuple[str, list[Cell]]],
    faults: list[tuple[str, int]] | None = None,
    hidden: tuple[str, ...] = (),
    **fields: object,
) -> str:
    """The page of columns, each of a type and with its cells."""
    source = {"columns": {name: {"type": kind, **fields} for name, (kind, _) in cells.items()}}
    found = {
        name: ColumnProfile.of_cells(KINDS[kind], some) for name, (kind, some) in cells.items()
    }
    return profile_page(
        Profile(rows=max((len(some) for _, some in cells.values()), default=0), columns=found),
        title="shells/rows",
        facts=[("file", "s3://landing/shells/rows/a.csv")],
        faults=faults or [],
        source=Source.model_validate(source),
        hidden=hidden,
    )


EVERY: dict[str, tuple[str, list[Cell]]] = {
    "length": ("float", [0.5, 1.25, None, -3.0]),
    "rings": ("int", [1, 2, 3, 3]),
    "alive": ("bool", [True, False, True, None]),
    "sex": ("category", ["M", "F", "M", " "]),
    "seen": ("timestamp", [START, START + timedelta(days=3), None]),
    "note": ("text", ["a secret", "b", None]),
    "key": ("id", ["k-1", "k-2"]),
    "empty": ("float", [None, None]),
    "none": ("category", []),
}


def test_every_column_has_a_card() -> None:
    """With its name, its type and what is missing of it; the index leads to each."""
    found = Page(page_of(EVERY, unit="mm", description="How it was measured"))
    cards = [attributes["id"] for attributes in found.all("article")]
    links = [attributes["href"] for attributes in found.all("a")]
    assert len(cards) == len(set(cards)) == len(EVERY)
    assert links == [f"#{anchor}" for anchor in cards]
    for name, (kind, _) in EVERY.items():
        assert name in found.text
        assert kind in found.text
    assert found.text.count("How it was measured") == len(EVERY)
    assert "25 % missing" in found.text
    assert "No values." in found.text


def test_what_went_on_as_pseudonyms_says_so() -> None:
    """Whatever its type: an id, which shows no values anyway, as well as a text."""
    assert page_of(EVERY, hidden=("key", "note")).count(">pseudonymised<") == 2
    assert "pseudonymised" not in page_of(EVERY)


def test_a_bar_is_as_long_as_the_share_beside_it() -> None:
    """Two of three are two thirds of the track, though nothing is more frequent."""
    page = page_of({"sex": ("category", ["M", "F", "M"])})
    assert 'class="bar" width="66.67%"' in page


def test_how_a_file_was_read_is_said_in_words() -> None:
    """A tab can be read, a header is there or not, and what a format has no notion of is absent."""
    tabs = Layout(format="csv", delimiter="\t", encoding="utf-8", header=False)
    assert layout_facts(tabs)[-2:] == [("parted by", "tab"), ("header", "no")]
    assert layout_facts(Layout(format="parquet")) == [("format", "parquet")]


def test_a_page_asks_nothing_of_the_network_and_runs_no_script() -> None:
    """It may lie anywhere, under any policy that allows its own styles."""
    page = page_of(EVERY, [("length is not a float", 3)])
    assert not re.search(r"(src|href|url\(|@import|action)\s*=?\s*[\"']?(https?:|//)", page)
    for tag, attributes in Page(page).tags:
        assert tag not in {"script", "link", "img", "iframe", "object", "form"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]


def test_what_comes_from_the_data_is_text() -> None:
    """Names, values, rules, facts and descriptions cannot become markup or fill in the frame."""
    cells: dict[str, tuple[str, list[Cell]]] = {EVIL: ("category", [EVIL])}
    page = page_of(cells, [(f"{EVIL} is bad", 1)], description=EVIL, unit=EVIL)
    assert "<script" not in page
    found = Page(page)
    assert found.text.count(EVIL) == 5


@UNHURRIED
@given(
    st.dictionaries(st.text(min_size=1), st.lists(st.text() | st.none()), min_size=1, max_size=3)
)
def test_any_names_and_values_make_a_page(cells: dict[str, list[Cell]]) -> None:
    """Control characters among them."""
    table = {name: ("category", some) for name, some in cells.items()}
    assert page_of(table).encode()


@UNHURRIED
@given(
    st.sampled_from(["float", "int"]),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1),
)
def test_any_numbers_make_a_page(kind: str, cells: list[Cell]) -> None:
    """However large, small, alike or far apart they are."""
    assert 'role="img"' in page_of({"a": (kind, cells)})


def test_broken_rules_stand_before_the_columns() -> None:
    """The most frequent first, with the number of cells."""
    text = Page(page_of(EVERY, [("sex is missing", 2), ("rings is below 1", 1_500)])).text
    places = [text.index(part) for part in ("rings is below 1", "1,500", "sex is missing", "M")]
    assert places[:3] == sorted(places[:3])
    assert "None: every cell keeps the contract." in Page(page_of(EVERY)).text


def test_texts_and_ids_show_no_value() -> None:
    """Only how many differ, and how long they are."""
    page = page_of(EVERY)
    assert "secret" not in page
    assert "k-1" not in page


def test_a_table_of_2000_columns_stays_a_page() -> None:
    """Of less than 3 MB."""
    cells: list[Cell] = [k**1.5 for k in range(300)]
    column = ColumnProfile.of_cells("number", cells)
    names = [f"sensor_{k}" for k in range(2000)]
    source = Source.model_validate({"columns": {name: {"type": "float"} for name in names}})
    profile = Profile(rows=300, columns=dict.fromkeys(names, column))
    page = profile_page(profile, title="wide", facts=[], faults=[], source=source)
    assert page.count("<article") == 2000
    assert len(page) < 3_000_000


def test_charts_are_told_in_words() -> None:
    """Who does not see a chart hears what it shows."""
    html = columns([Bar("0 to 1", 3), Bar("1 to 9", 0, tail=True)], ("0", "9"), 'most, 3, "here"')
    assert 'role="img" aria-label="most, 3, &quot;here&quot;"' in html
    pages = page_of({"a": ("int", [1, 2, 2])})
    assert 'aria-label="Histogram of 3 values; most, 2, are 2"' in pages


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2024.0, "2024"),
        (1234567.0, "1,234,567"),
        (0.123456789, "0.12346"),
        (1e-7, "1e-07"),
        (1e300, "1e+300"),
        (None, "\N{EN DASH}"),
    ],
)
def test_numbers_are_short(value: float | None, text: str) -> None:
    """And whole numbers whole."""
    assert figures.number(value) == text


@pytest.mark.parametrize(
    ("part", "text"),
    [(0, "0 %"), (1, "100 %"), (0.25, "25 %"), (1e-6, "< 0.1 %"), (1 - 1e-6, "> 99.9 %")],
)
def test_what_is_little_is_not_nothing(part: float, text: str) -> None:
    """And what is nearly all is not all."""
    assert figures.share(part) == text


def test_a_timeline_has_at_most_48_spans() -> None:
    """Of one length, whatever the periods; each cell is counted once."""
    for counts in (
        {f"{year:04d}": year for year in range(1, 900)},
        {"20": 3, "00": 2},
        {"2024": 1},
    ):
        spans = figures.timeline(counts)
        assert len(spans) <= 48
        assert sum(count for _, count in spans) == sum(counts.values())
    assert figures.timeline({}) == []


@pytest.mark.skipif(BROWSER is None, reason="no Chromium to look at the page with")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_profile_is_readable_in_a_browser(scheme: str, tmp_path: Path) -> None:
    """On a phone and at a desk, long names and values included."""
    long: dict[str, tuple[str, list[Cell]]] = {"a_name_" * 20: ("category", ["x" * 300, "y"])}
    page = page_of({**EVERY, **long}, [("length is not a float", 3)], unit="mm")
    require_readable([page], scheme, tmp_path)
