"""A function's settings: written to the environment by infra, read from it by the function."""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict

from tidemill.plain_settings import PREFIX


class Settings(BaseModel):
    """The base of every function's settings; a field `bus` travels as `TIDEMILL_BUS`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str

    def to_env(self) -> dict[str, str]:
        """The environment variables that carry these settings."""
        values = self.model_dump(mode="json")
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items()}

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings; ValidationError names each one that is missing or malformed."""
        environ = os.environ if environ is None else environ
        names = {name: f"{PREFIX}{name.upper()}" for name in cls.model_fields}
        found = {name: environ[variable] for name, variable in names.items() if variable in environ}
        return cls.model_validate(found)


class StepSettings(Settings):
    """Settings of what sorts a drop: the steps of its workflow, and the job; sizes are in MiB.

    Up to `parts_above_mb` one function sorts a drop whole, above it parts of `part_mb` are sorted
    side by side; a packed file cannot be cut, and above `job_above_mb` it takes a job.
    """

    registry_table: str
    bus: str
    data_bucket: str
    pseudonym_key: str
    parts_above_mb: int = 512
    part_mb: int = 128
    job_above_mb: int = 1024


class IngestSettings(StepSettings):
    """Settings of `ingestion/ingest`, which hands what is large to the workflow."""

    workflow: str


class ForgetSettings(Settings):
    """Settings of `ingestion/forget`."""

    registry_table: str
    bus: str
    data_bucket: str
    capture_bucket: str
    pseudonym_key: str


class AdoptSettings(Settings):
    """Settings of `ingestion/adopt`."""

    registry_table: str
    bus: str
    landing_queue: str


class FreezeSettings(Settings):
    """Settings of `ingestion/freeze`."""

    registry_table: str
    bus: str
    data_bucket: str


class StartTrainingSettings(Settings):
    """Settings of `training/start`."""

    registry_table: str
    bus: str
    state_machine: str


class PlanSettings(Settings):
    """Settings of `training/plan`; `region` is the one whose prices hold."""

    region: str
    registry_table: str
    bus: str
    models_bucket: str


class JudgeSettings(Settings):
    """Settings of `training/judge`; the last two say what the image of jobs was made of."""

    registry_table: str
    models_bucket: str
    code_version: str
    dependency_lock: str


class RecordSettings(Settings):
    """Settings of `training/record`; `region` is the one whose prices hold.

    With the key `signing_key` it vouches for what it registers.
    """

    region: str
    registry_table: str
    bus: str
    signing_key: str


class StartReleaseSettings(Settings):
    """Settings of `release/start`."""

    state_machine: str


class AdvanceSettings(Settings):
    """Settings of `release/advance`."""

    registry_table: str


class CheckSettings(Settings):
    """Settings of `release/check`; it looks every so many seconds, more seldom as time goes on."""

    registry_table: str
    api_name: str
    tick_seconds: int


class DescribeSettings(Settings):
    """Settings of `inference/describe`."""

    registry_table: str
    api_access: str = "key"
    jwt_issuer: str = ""


class BatchStepSettings(Settings):
    """Settings of what scores a batch file: the steps of its workflow; sizes are in MiB.

    Up to `parts_above_mb` one function scores a file whole, above it parts of `part_mb` are scored
    side by side; a packed file, which cannot be cut, is refused above `job_above_mb`.
    """

    registry_table: str
    data_bucket: str
    results_bucket: str
    capture_bucket: str
    pseudonym_key: str
    signing_key: str
    parts_above_mb: int = 512
    part_mb: int = 128
    job_above_mb: int = 1024


class BatchSettings(BatchStepSettings):
    """Settings of `inference/batch`, which hands what is large to the workflow."""

    workflow: str


class RequestSettings(Settings):
    """Settings of `inference/request`."""

    registry_table: str
    bus: str
    pseudonym_key: str


class ObserveSettings(Settings):
    """Settings of `inference/observe`."""

    registry_table: str
    capture_bucket: str


class MeasureSettings(Settings):
    """Settings of `monitoring/measure`; what it joins stays with the captures."""

    registry_table: str
    bus: str
    capture_bucket: str


class WatchSettings(Settings):
    """Settings of `monitoring/watch`; baselines and reports of drift stay with the captures."""

    registry_table: str
    bus: str
    capture_bucket: str


class DrawSettings(Settings):
    """Settings of `monitoring/draw`: `region` is where the metrics are."""

    region: str


class RetrainSettings(Settings):
    """Settings of `monitoring/retrain`."""

    registry_table: str
    bus: str


class BillSettings(Settings):
    """Settings of `monitoring/bill`: where prices hold, and what is paid for at rest.

    `cost_explorer` and `snapshots` are 1 for yes; `provisioned` functions are kept started.
    `endpoint` is the instance type of the endpoint, `serverless` with `endpoint_gb`, or `none`.
    """

    region: str
    registry_table: str
    bus: str
    keys: int
    provisioned: int = 0
    snapshots: int = 0
    cost_explorer: int = 0
    endpoint: str = "none"
    endpoint_name: str = ""
    endpoint_gb: float = 0.0


class NotifySettings(Settings):
    """Settings of `monitoring/notify`; `webhook` is the secret that holds a chat's address.

    `docs_url` is where the folder `docs` is published, `api_url` what callers know the API by;
    both may be empty.
    """

    registry_table: str
    topic: str
    webhook: str = ""
    docs_url: str = ""
    api_url: str = ""
    pipeline_dashboards: bool = False
