"""The console's addresses: `/_tidemill/console/...`, read-only, for a browser on this machine."""

import asyncio
import mimetypes
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from botocore.exceptions import ClientError
from markupsafe import Markup

from local.asgi import Receive, Scope, Send
from local.console import pages
from local.console.html import BASE, page
from local.console.pipeline import pipeline
from local.console.reading import Reader

FILES = {name: Path(__file__).with_name("page") / name for name in ("console.css", "console.js")}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# What is stored is somebody else's page: it runs nothing, loads nothing and is of no origin.
STORED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """What goes back to the browser."""

    status: int
    body: bytes
    kind: str = HTML
    policy: str = POLICY


@dataclass(frozen=True)
class Console:
    """Answers a browser on this machine; `read` gives what the cloud holds at the moment.

    `port` is the server's: a request for another host is a rebound name, and one from another
    origin a page of somebody else's. Both are refused.
    """

    read: Callable[[], Reader]
    port: int

    def answer(self, method: str, path: str, host: str, origin: str | None = None) -> Answer:
        """The page or the file of a path below `BASE`, or why there is none."""
        hosts = {f"127.0.0.1:{self.port}", f"localhost:{self.port}"}
        if host not in hosts or (origin and origin.removeprefix("http://") not in hosts):
            return _plain(403, "The console answers browsers of this machine alone.")
        if method not in {"GET", "HEAD"}:
            return _plain(405, "The console shows, and changes nothing.")
        parts = [unquote(part) for part in path.removeprefix(BASE).split("/") if part]
        if len(parts) == 1 and parts[0] in FILES:
            return _file(FILES[parts[0]])
        try:
            reader = self.read()
            if "RegistryTable" not in reader.outputs:
                return _page(reader, 200, "Tidemill", _said("The application is being deployed."))
            return _answer(reader, parts)
        except ClientError as fault:
            return _plain(503, f"The local cloud cannot tell at the moment: {fault}")

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The same as an ASGI application, in a thread: it asks the server it is part of."""
        await receive()
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        try:
            answer = await asyncio.to_thread(
                self.answer,
                scope["method"],
                scope["raw_path"].decode("latin-1").partition("?")[0],
                headers.get(b"host", ""),
                headers.get(b"origin"),
            )
        except Exception:  # noqa: BLE001 - a page that fails is told in the server's log
            traceback.print_exc()
            answer = _plain(500, "This page could not be made: .local/logs/server.log says why.")
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [(name.encode(), value.encode()) for name, value in _headers(answer)],
            }
        )
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})


def _headers(answer: Answer) -> list[tuple[str, str]]:
    return [
        ("content-type", answer.kind),
        ("content-length", str(len(answer.body))),
        ("cache-control", "no-store"),
        ("content-security-policy", answer.policy),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ]


def _answer(reader: Reader, parts: list[str]) -> Answer:  # noqa: PLR0911 - a page each
    match parts:
        case []:
            return _page(reader, 200, "Overview", pages.overview(reader))
        case ["alarms"]:
            return _page(reader, 200, "Alarms", pages.alarms(reader))
        case ["executions"]:
            return _page(reader, 200, "Executions", pages.executions(reader))
        case ["executions", machine, name] if found := reader.execution(machine, name):
            return _page(reader, 200, name, pages.execution(found))
        case ["dashboards", name] if (body := reader.dashboard(name)) is not None:
            return _page(reader, 200, name, pages.dashboard(reader, body))
        case ["pipelines", name] if name in reader.records.pipelines():
            made = pipeline(name, reader.records, reader.dashboards())
            return _page(reader, 200, name, made)
        case ["pipelines", name, kind, what] if stored := reader.report(name, kind, what):
            return Answer(200, stored, policy=STORED)
    return _page(reader, 404, "Nothing here", _said("There is no such page, or not any more."))


def _page(reader: Reader, status: int, title: str, main: Markup) -> Answer:
    return Answer(status, page(title, main, dashboards=reader.dashboards()).encode())


def _said(text: str) -> Markup:
    return Markup("<p>{}</p>").format(text)


def _plain(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), "text/plain; charset=utf-8")


def _file(path: Path) -> Answer:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Answer(200, path.read_bytes(), f"{kind}; charset=utf-8")
