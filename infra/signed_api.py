"""A stage's API as an operator calls it: every request signed with AWS credentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

import boto3
import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

SECONDS = 30.0


class OperatorError(Exception):
    """What was asked of the stage did not happen; the message says why and what to do."""


class Signature(httpx.Auth):
    """Signs requests to API Gateway by Signature Version 4."""

    requires_request_body = True

    def __init__(self, session: boto3.Session) -> None:
        self._session = session

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        credentials = self._session.get_credentials()
        if credentials is None:
            raise OperatorError("There are no AWS credentials: sign in, or set AWS_PROFILE.")
        region = self._session.region_name
        if region is None:
            raise OperatorError("There is no AWS region: set AWS_REGION.")
        signed = AWSRequest(request.method, str(request.url), data=request.content)
        SigV4Auth(credentials.get_frozen_credentials(), "execute-api", region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        yield request


class Operator:
    """Calls a stage's API with the permissions of whoever runs the command."""

    def __init__(
        self,
        api_url: str,
        session: boto3.Session,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = httpx.Client(
            base_url=f"{api_url.rstrip('/')}/v1",
            auth=Signature(session),
            timeout=SECONDS,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def post(self, path: str, document: dict[str, Any]) -> dict[str, Any]:
        """The answer to a document; OperatorError with the API's reason where it is refused."""
        return _document(self._call("POST", path, document))

    def find(self, path: str) -> dict[str, Any] | None:
        """A document, or None where there is none yet."""
        answer = self._call("GET", path)
        return None if answer.status_code == httpx.codes.NOT_FOUND else _document(answer)

    def _call(
        self, method: str, path: str, document: dict[str, Any] | None = None
    ) -> httpx.Response:
        try:
            return self._client.request(method, path, json=document)
        except httpx.HTTPError as fault:
            raise OperatorError(f"The API does not answer: {fault}.") from fault


def api_url(cloudformation: CloudFormationClient, stage: str) -> str:
    """The address of a stage's API; OperatorError where it is not deployed here."""
    for page in cloudformation.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            if stack["StackName"].startswith(f"Tidemill-{stage}-"):
                for output in stack.get("Outputs", []):
                    if output["OutputKey"] == "ApiUrl":
                        return output["OutputValue"]
    raise OperatorError(f"No stage {stage!r} is deployed in this account and region.")


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if answer.is_success and isinstance(document, dict):
        return document
    problem = document if isinstance(document, dict) else {}
    reason = problem.get("detail") or problem.get("title") or problem.get("message")
    raise OperatorError(f"{reason or 'The API failed'} (HTTP {answer.status_code}).")
