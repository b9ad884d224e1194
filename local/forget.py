"""`make forget` without a stage: the same request, to the cloud that runs here."""

import os

import boto3
from rich.console import Console

from infra.forget import SUBJECT, forget
from infra.signed_api import Operator, OperatorError
from local.cloud import Cloud
from local.errors import LocalCloudError


def forget_here(cloud: Cloud, pipeline: str, console: Console) -> None:
    """Ask the running cloud and show the report; LocalCloudError with the reason if it refuses."""
    described = cloud.description()
    session = boto3.Session(
        described["access_key"], described["secret_key"], region_name=described["region"]
    )
    try:
        with Operator(described["api_url"], session) as operator:
            forget(operator, pipeline, os.environ.get(SUBJECT, ""), console)
    except OperatorError as error:
        raise LocalCloudError(str(error)) from error
