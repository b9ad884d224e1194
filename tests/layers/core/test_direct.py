"""Calls without an SDK are signed as the SDK signs them, and mean what the ports say."""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from tidemill import direct, signed
from tidemill.credentials import Credentials
from tidemill.direct import DirectMacs, DirectStore, DirectStream, DirectTable
from tidemill.errors import ServiceError
from tidemill.signed import Request, sign
from tidemill.table import Item

MOMENT = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("token", [None, "session/token=="])
@pytest.mark.parametrize(
    ("service", "method", "path"),
    [("dynamodb", "POST", "/"), ("s3", "GET", "/models/a%20b/c%3D1.json")],
)
def test_a_signature_is_botocores(
    monkeypatch: pytest.MonkeyPatch, service: str, method: str, path: str, token: str | None
) -> None:
    """The same authorisation for the same request at the same moment."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: MOMENT.replace(tzinfo=None))
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "T.GetItem"}
    ours = sign(
        Request(method, "host.example", path, b"{}", headers),
        Credentials("AKID", "secret", token),
        ("eu-west-1", service),
        MOMENT,
    )
    kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    theirs = AWSRequest(method, f"https://host.example{path}", headers=headers, data=b"{}")
    theirs.headers["X-Amz-Content-SHA256"] = ours["x-amz-content-sha256"]
    theirs.context["payload_signing_enabled"] = True
    kind(BotocoreCredentials("AKID", "secret", token), service, "eu-west-1").add_auth(theirs)
    assert ours["authorization"] == theirs.headers["Authorization"]


class Aws(BaseHTTPRequestHandler):
    """Answers in turn what it is told to; a number alone is a status, None hangs up."""

    answers: ClassVar[list[Any]] = []
    asked: ClassVar[list[tuple[str, Any]]] = []
    keeps: ClassVar[bool] = False
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        assert self.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKID/")
        self.asked.append((self.path, json.loads(body) if body else None))
        answer = self.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        if not self.keeps:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST  # noqa: N815 - so the library calls it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Aws]]:
    """An endpoint on this machine that plays every service."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    settings = {"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKID"}
    settings |= {"AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
    settings |= {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(signed, "PAUSE", 0.0)
    direct.objects_service.cache_clear()
    Aws.answers, Aws.asked, Aws.keeps = [], [], False
    yield Aws
    server.shutdown()
    server.server_close()
    thread.join()
    direct.objects_service.cache_clear()


def test_a_document_is_read_as_it_was_written(aws: type[Aws]) -> None:
    """Plain or deflated; no answer for what is not there, and none asked for an empty name."""
    table = DirectTable("registry")
    item = {"document": {"S": '{"a": 1}'}, "revision": {"N": "3"}}
    deflated = b64encode(zlib.compress(b'{"a": 2}')).decode()
    aws.answers = [{"Item": item}, {"Item": {**item, "deflated": {"B": deflated}}}, {}]
    assert table.get("shells", "champion") == Item("champion", {"a": 1}, 3)
    assert table.get("shells", "champion") == Item("champion", {"a": 2}, 3)
    assert table.get("shells", "champion") is None
    assert table.get("", "champion") is None
    assert table.get("x" * 3000, "champion") is None
    assert aws.asked[0][1] == {
        "TableName": "registry",
        "Key": {"pipeline": {"S": "shells"}, "record": {"S": "champion"}},
        "ConsistentRead": True,
    }
    assert len(aws.asked) == 3


def test_an_object_is_read_under_its_own_name(aws: type[Aws]) -> None:
    """Whatever characters it has; one that is not there is a file not found."""
    aws.answers = [b"body", (404, b"<Error/>"), (403, b"AccessDenied")]
    store = DirectStore()
    assert store.read("s3://models/a b/ü=1") == b"body"
    assert aws.asked[0][0] == "/models/a%20b/%C3%BC%3D1"
    with pytest.raises(FileNotFoundError):
        store.read("s3://models/a")
    with pytest.raises(ServiceError, match="403 AccessDenied"):
        store.read("s3://models/a")


def test_on_aws_a_bucket_has_its_own_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each service in its region, in China under its own domain."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert signed.address("kms", "eu-west-1") == "https://kms.eu-west-1.amazonaws.com"
    assert signed.address("s3", "cn-north-1", "b") == "https://b.s3.cn-north-1.amazonaws.com.cn"


def test_a_busy_service_is_asked_again(aws: type[Aws]) -> None:
    """After a fault of its own, after too many calls, and after a dead connection."""
    aws.answers = [(500, {}), None, {"Item": {"document": {"S": "{}"}, "revision": {"N": "1"}}}]
    assert DirectTable("registry").get("shells", "champion") is not None
    aws.answers = [(400, {"__type": "ValidationException"})]
    with pytest.raises(ServiceError, match="ValidationException"):
        DirectTable("registry").get("shells", "champion")
    aws.answers = [None, None, None]
    with pytest.raises(ServiceError, match="dynamodb does not answer"):
        DirectTable("registry").get("shells", "champion")


def test_a_connection_serves_many_calls(aws: type[Aws]) -> None:
    """As long as the other side keeps it."""
    table = DirectTable("registry")
    aws.answers, aws.keeps = [{}, {}], True
    table.get("a", "b")
    (kept,) = table._service._idle
    table.get("a", "b")
    assert table._service._idle == [kept]
    table._service.forget_connections()


def test_records_that_were_not_taken_come_back(aws: type[Aws]) -> None:
    """Those refused, or all of a call that failed, which is not tried again."""
    stream = DirectStream("capture")
    aws.answers = [
        {"RequestResponses": [{"RecordId": "1"}, {"ErrorCode": "Slow"}]},
        (503, {}),
        None,
    ]
    assert stream.put([b"a", b"b"]) == [b"b"]
    assert stream.put([b"a", b"b"]) == [b"a", b"b"]
    assert stream.put([b"a"]) == [b"a"]
    assert b64decode(aws.asked[0][1]["Records"][1]["Data"]) == b"b"


def test_a_code_is_right_or_it_is_not(aws: type[Aws]) -> None:
    """Only that KMS says so makes it wrong: what else fails says nothing of the code."""
    macs = DirectMacs("key")
    aws.answers = [
        {"MacValid": True},
        (400, {"__type": "com.amazonaws.kms#KMSInvalidMacException"}),
        (400, {"__type": "AccessDeniedException"}),
    ]
    assert macs.verify(b"message", b"mac")
    assert not macs.verify(b"message", b"mac")
    with pytest.raises(ServiceError, match="AccessDenied"):
        macs.verify(b"message", b"mac")
