"""What differs between the places Tidemill is deployed to, and nothing else."""

import os
import platform
import re
from collections.abc import Mapping
from typing import Any, Literal, Self

from aws_cdk import RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_logs import RetentionDays
from pydantic import BaseModel, ConfigDict, Field, model_validator

from tidemill.pricing import accelerated

CHOICES = (
    "alarm_email",
    "alarm_webhook",
    "api_access",
    "api_url",
    "code_canary_minutes",
    "code_canary_percent",
    "code_release",
    "cost_explorer",
    "cost_per_1000_usd",
    "docs_url",
    "endpoint",
    "endpoint_instances",
    "endpoint_most_instances",
    "firewall",
    "jwt_audience",
    "jwt_clients",
    "jwt_issuer",
    "monthly_budget_usd",
    "pipeline_dashboards",
    "provisioned_concurrency",
    "requests_per_day",
    "requests_per_second",
    "reserved_concurrency",
    "snap_start",
    "training_image",
)
ADDRESS = r"^https://[^/?#\s]+(/[^?#\s]*)?$"


class Environment(BaseModel):
    """One stage. The defaults are those of AWS; `of` has what each stage does differently."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Literal["local", "dev", "prod"]
    account: str | None = None
    region: str | None = None
    architecture: Literal["arm64", "x86_64"] = "arm64"
    retain: bool = False
    log_retention: RetentionDays = RetentionDays.ONE_MONTH
    alarm_email: str | None = None
    alarm_webhook: str | None = Field(default=None, pattern=r"^arn:aws[a-z-]*:secretsmanager:")
    api_url: str | None = Field(default=None, pattern=ADDRESS)
    docs_url: str | None = Field(default=None, pattern=ADDRESS)
    monthly_budget_usd: float = 20
    cost_per_1000_usd: float = Field(default=0.10, gt=0)
    cost_explorer: bool = False
    pipeline_dashboards: bool = False
    training_image: Literal["placeholder", "codebuild", "docker"] = "codebuild"
    requests_per_second: int = 50
    requests_per_day: int = 100_000
    api_access: Literal["key", "iam", "jwt"] = "key"
    jwt_issuer: str | None = Field(default=None, pattern=ADDRESS)
    jwt_audience: str | None = Field(default=None, min_length=1)
    jwt_clients: str = ""
    firewall: bool = False
    snap_start: bool = False
    provisioned_concurrency: int = Field(default=0, ge=0)
    reserved_concurrency: int | None = Field(default=None, ge=1)
    code_release: Literal["at_once", "canary"] = "at_once"
    code_canary_percent: int = Field(default=10, ge=1, lt=50)
    code_canary_minutes: int = Field(default=10, ge=1, le=2880)
    release_tick_seconds: int = 15
    endpoint: str = Field(default="none", pattern=r"^(none|serverless|ml\.\w+\.\w+)$")
    endpoint_instances: int = Field(default=1, ge=1)
    endpoint_most_instances: int = Field(default=4, ge=1)
    capture_seconds: int = 240
    capture_mb: int = 128
    freeze_window_seconds: int = 30
    parts_above_mb: int = 512
    part_mb: int = 128
    parts_at_once: int = 100
    job_above_mb: int = 1024

    @classmethod
    def of(cls, stage: str, *, choices: Mapping[str, Any]) -> Self:
        """Return the stage's environment; `choices` may set what a deployment decides itself.

        Raises ValidationError for a stage that does not exist.
        """
        differences = {"local": _local, "dev": _aws, "prod": _prod}.get(stage, dict)()
        chosen = {name: choices[name] for name in CHOICES if choices.get(name) is not None}
        return cls.model_validate({"stage": stage, **differences, **chosen})

    @model_validator(mode="after")
    def _starts_one_way(self) -> Self:
        if self.snap_start and self.provisioned_concurrency:
            raise ValueError(
                "provisioned_concurrency keeps functions started: Lambda takes no snapshot of "
                "those; set snap_start=false"
            )
        reserved = self.reserved_concurrency
        if reserved is not None and self.provisioned_concurrency > reserved:
            raise ValueError("provisioned_concurrency is at most reserved_concurrency")
        return self

    @model_validator(mode="after")
    def _knows_who_issues_tokens(self) -> Self:
        if self.api_access == "jwt" and not (self.jwt_issuer and self.jwt_audience):
            raise ValueError(
                "api_access: jwt needs jwt_issuer, the https address of who issues tokens, and "
                "jwt_audience, for whom they are issued"
            )
        return self

    @model_validator(mode="after")
    def _has_an_endpoint_that_can_be(self) -> Self:
        if self.endpoint == "none":
            return self
        if self.is_local:
            raise ValueError(
                "endpoint: the local cloud has none; `python -m inference.endpoint` serves anywhere"
            )
        if re.match(r"ml\.[a-z]+\d+g", self.endpoint) or accelerated(self.endpoint):
            raise ValueError(
                f"endpoint: {self.endpoint} has an accelerator or an arm64 processor, for which no "
                "image is built; use an x86-64 type such as ml.m5.large"
            )
        if self.endpoint_most_instances < self.endpoint_instances:
            raise ValueError("endpoint_most_instances is at least endpoint_instances")
        return self

    @property
    def clients(self) -> tuple[str, ...]:
        """Clients whose requests have limits of their own, by their names in tokens."""
        return tuple(filter(None, (name.strip() for name in self.jwt_clients.split(","))))

    @property
    def is_local(self) -> bool:
        """Whether this is the local cloud, which lacks a few resource types."""
        return self.stage == "local"

    @property
    def removal_policy(self) -> RemovalPolicy:
        """What becomes of data when its stack goes; a failed first deployment leaves nothing."""
        return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if self.retain else RemovalPolicy.DESTROY

    @property
    def lambda_architecture(self) -> lambda_.Architecture:
        """The architecture as CDK has it."""
        return {
            "arm64": lambda_.Architecture.ARM_64,
            "x86_64": lambda_.Architecture.X86_64,
        }[self.architecture]

    @property
    def bus_name(self) -> str:
        """The event bus; with the stage, so that two stages can share an account."""
        return f"tidemill-{self.stage}"


def _local() -> dict[str, Any]:
    """No image is built: the local cloud runs the training container's entry point itself."""
    return {
        "account": "000000000000",
        "region": "us-east-1",
        "architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
        "log_retention": RetentionDays.ONE_WEEK,
        "pipeline_dashboards": True,
        "training_image": "placeholder",
        "release_tick_seconds": 1,
        "capture_seconds": 1,
        "capture_mb": 1,
        "freeze_window_seconds": 1,
        "parts_above_mb": 8,
        "part_mb": 4,
        "parts_at_once": 2,
        "job_above_mb": 8,
    }


def _aws() -> dict[str, Any]:
    """The account of the CDK command line's credentials, or any account where it has none."""
    return {
        "account": os.environ.get("CDK_DEFAULT_ACCOUNT"),
        "region": os.environ.get("CDK_DEFAULT_REGION"),
    }


def _prod() -> dict[str, Any]:
    """A snapshot per published version is billed by the hour: production alone pays for it."""
    return _aws() | {
        "retain": True,
        "log_retention": RetentionDays.ONE_YEAR,
        "snap_start": True,
        "code_release": "canary",
    }
