"""Lines of captures: whose they are, and how many are looked at."""

import pytest

from tidemill_tabular.captured import MOST_LINES, by_pipeline, some_of


def line(pipeline: str, number: int) -> bytes:
    return f'{{"pipeline":"{pipeline}","key":"{pipeline}/1/{number}"}}'.encode()


@pytest.mark.parametrize("ending", [b"\n", b"", b"\n\n"])
@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("b", "a", "a-b")])
def test_each_line_is_its_pipelines(names: tuple[str, ...], ending: bytes) -> None:
    """In an object of one pipeline or of many, whose names may begin alike."""
    expected: dict[str, list[bytes]] = {name: [] for name in names}
    for number in range(12):
        name = names[number % len(names)]
        expected[name].append(line(name, number))
    lines = [expected[names[n % len(names)]][n // len(names)] for n in range(12)]
    assert by_pipeline(b"\n".join(lines) + ending) == expected


def test_of_very_many_lines_some_are_chosen_by_what_they_hold() -> None:
    """As many as are enough, the same ones again, and all where they are few."""
    lines = [line("a", number) for number in range(5 * MOST_LINES)]
    assert some_of(lines[:MOST_LINES]) == lines[:MOST_LINES]
    found = some_of(lines)
    assert 0.9 * MOST_LINES < len(found) < 1.1 * MOST_LINES
    assert found == some_of(lines)
    assert set(found) <= set(lines)
