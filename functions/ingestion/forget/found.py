"""What a search of one object gives."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """`rows` are the person's; `unnamed` are rows that do not say whose they are."""

    rows: int
    unnamed: int = 0
