"""Drops too large for one function: a workflow, its workers, and a job for what cannot be cut."""

from aws_cdk import Duration, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks.access import (
    Access,
    derive_pseudonyms,
    publish_events,
    read_objects,
    read_records,
    write_objects,
    write_records,
)
from infra.blocks.function import PythonFunction
from infra.blocks.job import JobRole, run_jobs
from infra.blocks.job_image import JobImage
from infra.blocks.room import Room
from infra.blocks.workflow import Workflow
from infra.storage import Storage
from tidemill.settings import StepSettings

SORTING_TIMEOUT = Duration.minutes(15)
SORTING_MEMORY_MB = 2048
SORTING_SCRATCH = Size.gibibytes(4)


class LargeDrops(Construct):
    """A function that takes one step at a time, a job that takes many, and who calls them."""

    def __init__(
        self, room: Room, *, storage: Storage, layers: list[lambda_.ILayerVersion]
    ) -> None:
        super().__init__(room, "LargeDrops")
        self.room = room
        self.storage = storage
        self.settings = step_settings(storage)
        self.steps = self._steps(layers)
        self.image = JobImage(self, "ingest")
        self.job_role = self._job_role()
        self.workflow = self._workflow()

    def _steps(self, layers: list[lambda_.ILayerVersion]) -> PythonFunction:
        storage = self.storage
        function = PythonFunction(
            self,
            "ingest",
            entry="steps",
            settings=self.settings,
            layers=layers,
            timeout=SORTING_TIMEOUT,
            memory_mb=SORTING_MEMORY_MB,
            scratch=SORTING_SCRATCH,
        )
        function.allow(
            *sort_drops(storage, function.own_role),
            *write_records(storage.registry),
            *publish_events(storage.bus),
        )
        return function

    def _job_role(self) -> JobRole:
        role = JobRole(self, kind="Processing", image=self.image)
        role.allow(*sort_drops(self.storage, role), *read_records(self.storage.registry))
        return role

    def _workflow(self) -> Workflow:
        storage, stage = self.storage, self.room.settings
        workflow = Workflow(
            self,
            substitutions={
                "StepsFunction": self.steps.function_arn,
                "PartsAtOnce": str(stage.parts_at_once),
                "JobImage": self.image.uri,
                "JobRole": self.job_role.role_arn,
                "JobEnvironment": self._job_environment(),
                "Stage": stage.stage,
            },
            timeout=Duration.days(7),
        )
        workflow.allow(
            Access(actions=("lambda:InvokeFunction",), resources=(self.steps.function_arn,)),
            *read_objects(storage.data, workflow.role, "work/"),
            *run_jobs(self.room, kind="Processing", role=self.job_role),
        )
        workflow.allow_map_runs()
        return workflow

    def _job_environment(self) -> str:
        """The steps' settings as an object of JSONata, in which the workflow is written."""
        variables = {**self.settings.to_env(), "AWS_DEFAULT_REGION": self.room.region}
        pairs = (f"'{name}': '{value}'" for name, value in variables.items())
        return f"{{{', '.join(pairs)}}}"


def step_settings(storage: Storage) -> StepSettings:
    """The settings of whoever sorts drops."""
    stage = storage.settings
    return StepSettings(
        stage=stage.stage,
        registry_table=storage.registry.table_name,
        bus=storage.bus.event_bus_name,
        data_bucket=storage.data.bucket_name,
        pseudonym_key=storage.pseudonym_key.key_id,
        parts_above_mb=stage.parts_above_mb,
        part_mb=stage.part_mb,
        job_above_mb=stage.job_above_mb,
    )


def sort_drops(storage: Storage, role: iam.IRole) -> tuple[Access, ...]:
    """What it takes to sort a drop, or a part of one."""
    return (
        *read_objects(storage.landing, role, ""),
        *read_objects(storage.data, role, "work/"),
        *write_objects(storage.data, role, "work/", "drops/"),
        derive_pseudonyms(storage.pseudonym_key),
    )
