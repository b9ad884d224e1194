# ruff: noqa: ANN401 - fixtures come from conftest.py, whose types cannot be imported
"""An API asks the deployed function whose a token is, and the function asks a real issuer."""

import io
import json
import os
import ssl
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import MappingProxyType
from typing import Any, ClassVar

import pytest

from infra.api_access import BEARER
from infra.blocks.layers import built
from local.cloud import ROOT
from tests.functions.inference.authorize.conftest import (
    AUDIENCE,
    claims,
    public,
    rsa_key,
    token,
    write_certificate,
)
from tidemill.authorize_settings import AuthorizeSettings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="layers are for Linux")
ARCHITECTURE = "arm64" if os.uname().machine == "aarch64" else "x86_64"
ANSWERS = "def handler(event, _):\n    return {'statusCode': 200, 'body': 'answered'}\n"
FUNCTION = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"


class Published(BaseHTTPRequestHandler):
    """What an issuer publishes, by path."""

    documents: ClassVar[dict[str, Any]] = {}

    def do_GET(self) -> None:
        body = json.dumps(self.documents[self.path]).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls") / "server.pem")


@pytest.fixture(scope="module")
def issuer(certificate: Path) -> Iterator[str]:
    """The address of an issuer on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Published)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    address = f"https://localhost:{server.server_port}"
    Published.documents = {
        "/.well-known/openid-configuration": {"issuer": address, "jwks_uri": f"{address}/keys"},
        "/keys": {"keys": [public("one", rsa_key("one"))]},
    }
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def authorizing(here: Any, issuer: str, certificate: Path) -> str:
    """The ARN of `inference/authorize` with its layers, as it is deployed."""
    client = here.client("lambda")
    code = {
        f"inference/authorize/{file.name}": file.read_bytes()
        for file in (ROOT / "functions/inference/authorize").glob("*.py")
    }
    layers = [
        client.publish_layer_version(
            LayerName=name, Content={"ZipFile": built(name, ARCHITECTURE).read_bytes()}
        )["LayerVersionArn"]
        for name in ("inference", "access")
    ]
    settings = AuthorizeSettings(stage="local", jwt_issuer=issuer, jwt_audience=AUDIENCE)
    return create(
        here,
        "authorize",
        "inference.authorize.handler.handler",
        code,
        layers=layers,
        environment={**settings.to_env(), "SSL_CERT_FILE": str(certificate)},
    )


def create(
    here: Any,
    name: str,
    handler: str,
    code: dict[str, bytes],
    *,
    layers: Sequence[str] = (),
    environment: Mapping[str, str] = MappingProxyType({}),
) -> str:
    made = here.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=here.allow(name, "arn:aws:s3:::none"),
        Handler=handler,
        Code={"ZipFile": zipped(code)},
        Layers=[*layers],
        Environment={"Variables": {**environment}},
        Timeout=10,
    )
    return str(made["FunctionArn"])


@pytest.fixture(scope="module")
def url(here: Any, issuer: str, certificate: Path) -> str:
    """A path of an API that wants a token."""
    api = here.client("apigateway")
    answering = create(here, "answering", "handler.handler", {"handler.py": ANSWERS.encode()})
    rest = api.create_rest_api(name="tokens")["id"]
    authorizer = api.create_authorizer(
        restApiId=rest,
        name="tokens",
        type="TOKEN",
        authorizerUri=FUNCTION.format(authorizing(here, issuer, certificate)),
        identitySource="method.request.header.Authorization",
        identityValidationExpression=BEARER,
        authorizerResultTtlInSeconds=60,
    )["id"]
    root = api.get_resources(restApiId=rest)["items"][0]["id"]
    place = {"restApiId": rest, "resourceId": root, "httpMethod": "GET"}
    api.put_method(**place, authorizationType="CUSTOM", authorizerId=authorizer)
    uri = FUNCTION.format(answering)
    api.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    api.create_deployment(restApiId=rest, stageName="v1")
    return f"{here.cloud.endpoint}/_aws/execute-api/{rest}/v1/"


def status(url: str, authorization: str | None) -> int:
    headers = {"Authorization": authorization} if authorization else {}
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as fault:
        with fault:
            return fault.code


def test_a_token_of_the_issuer_opens_the_api(url: str, issuer: str) -> None:
    """The function finds the issuer's keys over TLS, with its own layers alone."""
    assert status(url, f"Bearer {token(claims(iss=issuer))}") == 200


@pytest.mark.parametrize("changes", [{"aud": "others"}, {"exp": datetime.now(UTC) - timedelta(1)}])
def test_any_other_is_answered_401(url: str, issuer: str, changes: dict[str, Any]) -> None:
    """One for others, or of another time."""
    assert status(url, f"Bearer {token(claims(**{'iss': issuer, **changes}))}") == 401


@pytest.mark.parametrize("said", [None, "Bearer nonsense", "Basic YTpi"])
def test_what_is_no_token_is_answered_401(url: str, said: str | None) -> None:
    """Without a header, and with another one."""
    assert status(url, said) == 401
