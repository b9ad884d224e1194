"""Clients of boto3."""

from functools import cache
from typing import Any, cast

import boto3
from botocore.config import Config

RETRIES = Config(retries={"mode": "standard", "max_attempts": 5})


@cache
def client(service: str) -> Any:  # noqa: ANN401 - each caller names its client's type
    """One client per service and process; made when first needed, never at import."""
    return boto3.client(cast("Any", service), config=RETRIES)
