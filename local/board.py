"""The demo's display: each room, what it is doing, for how long, and what has been spent."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

MARKS = {"waiting": "[dim]·", "working": "[yellow]▸", "done": "[green]✓", "failed": "[red]✗"}


@dataclass
class Row:
    """One line of the board; `busy` is how long its ended work took, `since` when it began."""

    name: str
    state: str = "waiting"
    says: str = ""
    busy: float = 0.0
    since: float | None = None

    @property
    def elapsed(self) -> str:
        if self.state == "waiting":
            return ""
        running = 0.0 if self.since is None else time.monotonic() - self.since
        return f"{self.busy + running:.1f} s"


@dataclass
class Board:
    """A table that follows the work on a terminal; elsewhere, a line for every change."""

    console: Console
    rooms: tuple[str, ...]
    cost_usd: float = 0.0
    _rows: dict[str, Row] = field(default_factory=dict)
    _live: Live | None = None

    def __enter__(self) -> Self:
        self._rows = {name: Row(name) for name in self.rooms}
        if self.console.is_terminal:
            self._live = Live(get_renderable=self._table, console=self.console)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    @contextmanager
    def working(self, room: str, says: str) -> Iterator[None]:
        """Show the room at work; done when the block ends, failed when it raises."""
        row = self._rows[room]
        row.since = time.monotonic()
        self.tell(room, says, state="working")
        try:
            yield
        except BaseException:
            row.state = "failed"
            raise
        else:
            row.state = "done"
        finally:
            row.busy += time.monotonic() - row.since
            row.since = None

    def tell(self, room: str, says: str, state: str | None = None) -> None:
        """Change what stands beside a room."""
        row = self._rows[room]
        changed = row.says != says
        row.says, row.state = says, state or row.state
        if changed and self._live is None:
            self.console.print(f"{row.elapsed:>8}  {room:<11} {says}", highlight=False)

    def _table(self) -> Table:
        table = Table(box=None, padding=(0, 1), caption=f"spent so far: ${self.cost_usd:.6f}")
        for heading in ("", "room", "time", "what happens"):
            table.add_column(heading, justify="right" if heading == "time" else "left")
        for row in self._rows.values():
            table.add_row(MARKS[row.state], row.name, row.elapsed, row.says)
        return table
