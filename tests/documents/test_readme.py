"""The README, the operations page and the code say the same."""

import re
from pathlib import Path

import pytest

from inference.describe.openapi import READS
from tidemill import errors, events
from tidemill.contract import parse_contract

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
ROOMS = re.findall(r"^\| `([a-z]+)` \|", README, re.MULTILINE)


def subclasses(kind: type) -> set[type]:
    found = set(kind.__subclasses__())
    return found.union(*(subclasses(child) for child in found))


def test_the_rooms_are_those_that_exist() -> None:
    """Every folder of functions is a row of the table, in the order of the journey."""
    folders = {path.name for path in (ROOT / "functions").iterdir() if path.is_dir()}
    assert set(ROOMS) == folders - {"__pycache__"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_one_name_everywhere(room: str) -> None:
    """A stack, a folder of functions, and tests of them."""
    assert (ROOT / "infra" / f"{room}.py").is_file()
    assert list((ROOT / "functions" / room).glob("*/handler.py"))
    assert list((ROOT / "tests" / "functions" / room).rglob("test_*.py"))


def test_every_command_named_exists() -> None:
    """What the README tells people to make, the Makefile makes."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)\b", README, re.MULTILINE))
    assert {"demo", "test", "up", "down", "deploy", "destroy"} <= named <= targets


def test_the_contract_in_the_readme_is_one() -> None:
    """The example can be dropped as it stands."""
    found = re.search(r"<!-- contract -->\n```yaml\n(.*?)```", README, re.DOTALL)
    assert found is not None
    assert parse_contract(found[1], "abalone").problem == "regression"


def test_every_route_stands_in_the_readme() -> None:
    """The table of routes is the API's, no more and no less."""
    documented = set(re.findall(r"^\| `GET (/v1/[^`]+)`", README, re.MULTILINE))
    assert documented == {*READS, "/v1/openapi.json"}


def test_every_event_named_exists() -> None:
    """The table of rooms names events by their class."""
    known = {kind.__name__ for kind in subclasses(events.Event)}
    table = README[README.index("## The rooms") : README.index("## What is not there yet")]
    named = set(re.findall(r"`([A-Z][A-Za-z]+)`", table))
    assert named <= known
    assert len(named) >= 6


def test_every_link_leads_somewhere() -> None:
    """No relative link of the README or the docs is dead."""
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_failure_stands_on_the_operations_page() -> None:
    """Each leaf of the error tree has a line that says what to do."""
    leaves = {kind.__name__ for kind in subclasses(errors.TidemillError) if not subclasses(kind)}
    missing = {name for name in leaves if f"`{name}`" not in OPERATIONS}
    assert not {name for name in missing if name in vars(errors)}


def test_the_error_tree_is_drawn_as_it_is() -> None:
    """The drawing at the top of errors.py names every class."""
    drawn = set(re.findall(r"[A-Z][A-Za-z]+Error", errors.__doc__ or ""))
    defined = {name for name in vars(errors) if name.endswith("Error")}
    assert drawn == defined
