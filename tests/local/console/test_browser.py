"""The console in a real browser: it fits, it can be read, and it follows what happens."""

import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import boto3
import pytest

from local.console.html import BASE
from local.console.site import FILES, Console
from tests.browser import BROWSER, look
from tests.local.console.conftest import ALARM, HOST
from tests.local.console.test_site import PAGES, get

WIDTHS = (320, 400, 1280)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium to look at the page with")


def standing_alone(console: Console, path: str) -> str:
    """A page with its style inside, for a frame."""
    style = f"<style>{FILES['console.css'].read_text()}</style>"
    return get(console, path).body.decode().replace("</head>", f"{style}</head>")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_and_can_be_read(full: Console, scheme: str, tmp_path: Path) -> None:
    """At every width nothing scrolls sideways, text stands out, and fingers hit."""
    pages = [standing_alone(full, path) for path in PAGES]
    found = look([(page, width) for page in pages for width in WIDTHS], scheme, tmp_path)
    assert len(found) == len(pages) * len(WIDTHS)
    for page in found:
        assert page["wanted"] <= page["room"]
        assert page["faint"] == []
        assert page["small"] == 0
    papers = {page["paper"] for page in found}
    assert papers == {"rgb(251, 251, 249)" if scheme == "light" else "rgb(16, 23, 29)"}


@pytest.fixture
def address(full: Console) -> Iterator[str]:
    """The console over HTTP, with the headers that it answers with."""

    class Handler(BaseHTTPRequestHandler):
        asked = 0

        def do_GET(self) -> None:
            answer = full.answer("GET", self.path, HOST)
            Handler.asked += self.path.endswith("/alarms")
            if Handler.asked == 1:  # from here on the page that is shown is old
                boto3.client("cloudwatch").set_alarm_state(
                    AlarmName=ALARM, StateValue="OK", StateReason="it is over now"
                )
            self.send_response(answer.status)
            self.send_header("content-type", answer.kind)
            self.send_header("content-security-policy", answer.policy)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{BASE}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_page_follows_what_happens(address: str, tmp_path: Path) -> None:
    """Under its own policy the script runs, asks again, and shows what has changed."""
    assert BROWSER
    done = subprocess.run(  # noqa: S603 - the browser that was found
        [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--virtual-time-budget=6000",
            "--dump-dom",
            f"{address}/alarms",
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "live: looked at every two seconds" in done.stdout
    assert 'aria-current="page">Alarms' in done.stdout
    assert "it is over now" in done.stdout
