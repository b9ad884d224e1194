"""moto's SageMaker, called in process: everything but training jobs, the registry above all."""

import json
from typing import Any

from moto.core.request import Request
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from local.settings import ServerSettings

type Answer = tuple[int, dict[str, Any]]
_TARGET = "SageMaker."


class Registry:
    """The control plane; where moto strays from AWS on the registry, it is put right here."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._made: dict[str, str] = {}
        self._url = f"https://api.sagemaker.{settings.region}.amazonaws.com/"

    def call(self, operation: str, request: dict[str, Any]) -> Answer:
        """The status and body moto gives for an operation."""
        if operation == "CreateModelPackageGroup" and self._has_group(request):
            return refusal(
                "ValidationException",
                f"Model Package Group already exists: {request['ModelPackageGroupName']}",
            )
        if operation == "CreateModelPackage":
            return self._create_once(request)
        if operation == "UpdateModelPackage":
            request = self._complete(request)
        return self._moto(operation, request)

    def _create_once(self, request: dict[str, Any]) -> Answer:
        """Give the package a client token has made before, if it has."""
        token = request.get("ClientToken")
        if token in self._made:
            return 200, {"ModelPackageArn": self._made[token]}
        status, document = self._moto("CreateModelPackage", request)
        if status == 200 and token:
            self._made[token] = document["ModelPackageArn"]
        return status, document

    def describe(self, arn: str) -> dict[str, Any]:
        """The DescribeModelPackage document of a package that exists."""
        return self._moto("DescribeModelPackage", {"ModelPackageName": arn})[1]

    def _has_group(self, request: dict[str, Any]) -> bool:
        backend = sagemaker_backends[self._settings.account][self._settings.region]
        return request["ModelPackageGroupName"] in backend.model_package_groups

    def _complete(self, request: dict[str, Any]) -> dict[str, Any]:
        """Keep what an update does not name: moto would erase it, AWS does not."""
        status, known = self._moto(
            "DescribeModelPackage", {"ModelPackageName": request["ModelPackageArn"]}
        )
        if status != 200:
            return request
        kept = ("ModelApprovalStatus", "ApprovalDescription")
        whole = {name: known[name] for name in kept if name in known} | request
        merged = known.get("CustomerMetadataProperties", {}) | request.get(
            "CustomerMetadataProperties", {}
        )
        return whole | {"CustomerMetadataProperties": merged}

    def _moto(self, operation: str, request: dict[str, Any]) -> Answer:
        if not hasattr(SageMakerResponse, _snake(operation)):
            return refusal("UnknownOperationException", f"{operation} is not emulated locally")
        headers = {
            "X-Amz-Target": _TARGET + operation,
            "Content-Type": "application/x-amz-json-1.1",
            "x-moto-account-id": self._settings.account,
        }
        incoming = Request.from_primitives("POST", self._url, headers, json.dumps(request))
        status, _, body = SageMakerResponse.dispatch(incoming, self._url, incoming.headers)
        document = json.loads(body) if body else {}
        if status >= 400:
            return refusal(document.get("__type", ""), document.get("message", ""))
        return status, document


def refusal(code: str, message: str) -> Answer:
    """An error as the JSON protocol carries it."""
    return 400, {"__type": code, "message": message}


def _snake(operation: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in operation).lstrip("_")
