"""What the console's addresses answer, to whom, and that nothing in a file becomes markup."""

import pytest

from local.console.html import BASE
from local.console.reading import Reader
from local.console.site import STORED, Answer, Console
from tests.local.console.conftest import ALARM, HOST, HOSTILE

PAGES = {
    "": ["abalone", ALARM, "abalone-3-first", "Data drifted in", "model 2"],
    "/pipelines/abalone": [
        "2026-11.csv",
        "TooManyBadRowsError",
        "run-1",
        "it held",
        "rmse",
        ">1.25<",
        ">drop, the newest<",
        ">drop, drifted<",
        "Whether it does harm is not known",
    ],
    "/alarms": [ALARM, "ALARM"],
    "/executions": ["Tidemill-local-Release", "abalone-2-broken", "FAILED"],
    "/executions/Tidemill-local-Release/abalone-2-broken": ["RegistryError", "ReadPackage"],
    "/dashboards/Tidemill-local": ["Ingestion", "Rows accepted", ALARM, "above <b>20</b>"],
    "/dashboards/Tidemill-local-abalone": ["Drift score", "as expected: on AWS only"],
}


def get(console: Console, path: str, **more: str) -> Answer:
    return console.answer("GET", f"{BASE}{path}", **{"host": HOST, **more})


def test_an_incident_of_the_overview_names_its_pipeline(full: Console) -> None:
    """Many pipelines have one of a kind at once."""
    text = get(full, "").body.decode()
    _, _, shown = text.partition("<h2>Incidents</h2>")
    row, _, _ = shown.partition("</tr></tbody>")
    assert f'<td data-heading="pipeline"><a href="{BASE}/pipelines/abalone">' in row


def test_dashboards_are_linked_after_what_a_page_shows(full: Console) -> None:
    """There is one for each pipeline: before it, they would fill a phone."""
    for path in PAGES:
        before, _, after = get(full, path).body.decode().partition("</main>")
        assert "/dashboards/Tidemill-local-abalone" in after
        assert "/dashboards/" not in before.partition("<main")[0]


def unread() -> Reader:
    raise AssertionError("something was read for a request that is refused")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_shows_what_there_is(full: Console, path: str) -> None:
    """What was recorded, measured and run, and never as markup of its own."""
    answer = get(full, path)
    text = answer.body.decode()
    assert answer.status == 200
    assert [each for each in PAGES[path] if each not in text] == []
    assert HOSTILE not in text
    assert "<script>alert" not in text
    assert "script-src 'self'" in answer.policy


def test_before_the_application_is_deployed_there_is_a_page() -> None:
    """`make up` takes a while, and a browser may be early."""

    def client(_: str) -> None:
        return None

    class Nothing(Reader):
        def dashboards(self) -> list[str]:
            return []

    early = Console(lambda: Nothing(client, {}), 4566)
    assert b"being deployed" in get(early, "/").body


def test_a_stored_page_can_do_nothing(full: Console) -> None:
    """Reports are served as they are, in a sandbox without scripts and without an origin."""
    answer = get(full, "/pipelines/abalone/models/1")
    assert answer.body == b"<h1>Report of model 1</h1>"
    assert answer.policy == STORED


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/pipelines/unknown",
        "/pipelines/abalone/models/9",
        "/pipelines/abalone/secrets/1",
        "/dashboards/unknown",
        "/executions/Tidemill-local-Release/unknown",
        "/../control.py",
        "/%2e%2e/site.py",
    ],
)
def test_what_is_not_there_is_not_found(full: Console, path: str) -> None:
    """Nor is anything else of the machine."""
    assert get(full, path).status == 404


@pytest.mark.parametrize(
    "more",
    [
        {"host": "evil.example:4566"},
        {"host": "127.0.0.1:9999"},
        {"host": ""},
        {"origin": "http://evil.example"},
        {"origin": "null"},
    ],
)
def test_pages_of_others_are_refused(more: dict[str, str]) -> None:
    """A name that was rebound to this machine, or a page from elsewhere, reads nothing."""
    assert get(Console(unread, 4566), "/", **more).status == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_is_changed(method: str) -> None:
    """The console is read-only."""
    assert Console(unread, 4566).answer(method, f"{BASE}/", HOST).status == 405


def test_what_a_page_is_made_of_comes_from_here(full: Console) -> None:
    """A style and a script, and nothing from another host."""
    assert get(full, "/console.css").kind == "text/css; charset=utf-8"
    assert get(full, "/console.js").kind == "text/javascript; charset=utf-8"
    text = get(full, "/").body.decode()
    assert "http://" not in text
    assert "https://" not in text
