"""What is said of a file that has not the columns of its contract."""

import pytest

from tidemill.contract import Source
from tidemill.errors import MissingColumnError, UnknownColumnError
from tidemill.records import Layout
from tidemill_tabular.checking.header import require_columns

COLUMNS = {"mail": {"type": "text"}, "age": {"type": "int"}}
DATA = ("ann@example.org", "41")


def source(**fields: object) -> Source:
    return Source.model_validate({"columns": COLUMNS, **fields})


def refusal(names: tuple[str, ...], rules: Source, *, private: bool) -> str:
    """Why a CSV file with this first row is refused."""
    layout = Layout(format="csv", delimiter=",", columns=names)
    with pytest.raises((MissingColumnError, UnknownColumnError)) as caught:
        require_columns(layout, rules, tuple(COLUMNS), private=private)
    return str(caught.value)


@pytest.mark.parametrize("unknown", ["ignore", "refuse"])
def test_a_private_file_without_a_header_is_not_quoted(unknown: str) -> None:
    """Its first row may be a person; the reason says how to read it instead."""
    said = refusal(DATA, source(unknown_columns=unknown), private=True)
    assert "ann@" not in said
    assert "format: {header: false}" in said


def test_a_header_is_quoted() -> None:
    """One name that the contract knows makes it one; where nothing is private, any row may be."""
    said = refusal(("mail", "years"), source(), private=True)
    assert said == "age: in the contract, not in the file, whose columns are mail, years"
    assert "ann@example.org" in refusal(DATA, source(), private=False)


def test_a_reason_ends() -> None:
    """A header of thousands of long names still fits an event and a record."""
    names = ("mail", *(f"{number}{'x' * 1000}" for number in range(5000)))
    said = refusal(names, source(unknown_columns="refuse"), private=False)
    assert len(said) < 2000
    assert "and 4,980 more" in said
