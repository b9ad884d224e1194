"""The demo's display, on a terminal and in a log."""

import io

import pytest
from rich.console import Console

from local.board import Board


def board(*, terminal: bool) -> tuple[Board, io.StringIO]:
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=80, color_system=None)
    return Board(console, ("ingestion", "training")), output


def test_a_log_gets_a_line_for_every_change() -> None:
    """Saying the same again adds nothing."""
    shown, output = board(terminal=False)
    with shown, shown.working("ingestion", "reading"):
        shown.tell("ingestion", "reading")
        shown.tell("ingestion", "3 rows accepted")
    lines = output.getvalue().splitlines()
    assert [line.split("ingestion")[1].strip() for line in lines] == ["reading", "3 rows accepted"]


def test_a_terminal_shows_every_room_its_time_and_the_cost() -> None:
    """The rooms that wait, too."""
    shown, output = board(terminal=True)
    with shown, shown.working("ingestion", "reading"):
        shown.cost_usd = 0.25
    text = output.getvalue()
    assert "✓ ingestion" in " ".join(text.split())
    assert "· training" in " ".join(text.split())
    assert "spent so far: $0.250000" in text


def test_a_room_whose_work_fails_is_marked() -> None:
    """The mark stays when the board closes."""
    shown, output = board(terminal=True)
    with pytest.raises(RuntimeError), shown, shown.working("training", "starting"):
        raise RuntimeError
    assert "✗ training" in " ".join(output.getvalue().split())
