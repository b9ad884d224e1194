"""From a dataset version to a judged model in the registry."""

from aws_cdk import Duration, Token
from constructs import Construct

from infra.blocks.access import (
    Access,
    publish_events,
    read_objects,
    read_records,
    sign_models,
    write_objects,
    write_records,
)
from infra.blocks.function import PythonFunction
from infra.blocks.job import JobRole, of_stage, run_jobs
from infra.blocks.job_image import JobImage
from infra.blocks.layers import LockedLayer
from infra.blocks.queue import WorkQueue
from infra.blocks.room import Room
from infra.blocks.workflow import Workflow
from infra.storage import Storage
from tidemill.pricing import require_region
from tidemill.settings import JudgeSettings, PlanSettings, RecordSettings, StartTrainingSettings

REGISTERING = (
    "sagemaker:CreateModelPackageGroup",
    "sagemaker:CreateModelPackage",
    "sagemaker:UpdateModelPackage",
)


class Training(Room):
    """A dataset version is trained on, and the model judged and registered, within budget."""

    def __init__(self, scope: Construct, *, storage: Storage) -> None:
        super().__init__(scope, environment=storage.settings, operations=storage)
        if not Token.is_unresolved(self.region):
            require_region(self.region)
        self.storage = storage
        self.core = LockedLayer(self, "core")
        self.image = JobImage(self, "train")
        self.job_role = self._job_role()
        self.plan = self._plan()
        self.judge = self._judge()
        self.record = self._record()
        self.workflow = self._workflow()
        self.start = self._start()
        self._settle()
        self.publish("TrainingStateMachine", self.workflow.state_machine_arn)

    def _job_role(self) -> JobRole:
        """Datasets in, checkpoints and models out, nothing else."""
        storage = self.storage
        role = JobRole(self, kind="Training", image=self.image)
        role.allow(
            *read_objects(storage.data, role, "datasets/"),
            *read_objects(storage.models, role, "jobs/", "models/"),
            *write_objects(storage.models, role, "jobs/"),
            Access(actions=("kms:Encrypt",), resources=(storage.data_key.key_arn,)),
        )
        return role

    def _plan(self) -> PythonFunction:
        storage = self.storage
        settings = PlanSettings(
            stage=self.settings.stage,
            region=self.region,
            registry_table=storage.registry.table_name,
            bus=storage.bus.event_bus_name,
            models_bucket=storage.models.bucket_name,
        )
        function = PythonFunction(self, "plan", settings=settings, layers=[self.core])
        function.allow(
            *read_objects(storage.data, function.own_role, "datasets/"),
            *write_records(storage.registry),
            *publish_events(storage.bus),
        )
        return function

    def _judge(self) -> PythonFunction:
        storage = self.storage
        settings = JudgeSettings(
            stage=self.settings.stage,
            registry_table=storage.registry.table_name,
            models_bucket=storage.models.bucket_name,
            code_version=self.image.code,
            dependency_lock=self.image.lock,
        )
        function = PythonFunction(
            self,
            "judge",
            settings=settings,
            layers=[self.core],
            timeout=Duration.minutes(5),
            memory_mb=1024,
        )
        function.allow(
            *read_objects(storage.models, function.own_role, "jobs/"),
            *write_objects(storage.models, function.own_role, "models/"),
            *read_records(storage.registry),
        )
        return function

    def _record(self) -> PythonFunction:
        storage = self.storage
        settings = RecordSettings(
            stage=self.settings.stage,
            region=self.region,
            registry_table=storage.registry.table_name,
            bus=storage.bus.event_bus_name,
            signing_key=storage.signing_key.key_id,
        )
        function = PythonFunction(self, "record", settings=settings, layers=[self.core])
        function.allow(
            *write_records(storage.registry),
            *publish_events(storage.bus),
            sign_models(storage.signing_key),
        )
        return function

    def _workflow(self) -> Workflow:
        storage = self.storage
        called = (self.plan, self.judge, self.record)
        workflow = Workflow(
            self,
            substitutions={
                "PlanFunction": self.plan.function_arn,
                "JudgeFunction": self.judge.function_arn,
                "RecordFunction": self.record.function_arn,
                "TrainingImage": self.image.uri,
                "TrainingRole": self.job_role.role_arn,
                "ModelsKey": storage.data_key.key_arn,
                "Stage": self.settings.stage,
            },
            timeout=Duration.days(6),
        )
        workflow.allow(
            Access(
                actions=("lambda:InvokeFunction",),
                resources=tuple(function.function_arn for function in called),
            ),
            *read_objects(storage.models, workflow.role, "jobs/", "models/"),
            *run_jobs(self, kind="Training", role=self.job_role),
            of_stage(self, ("model-package-group", "model-package"), *REGISTERING),
        )
        return workflow

    def _settle(self) -> None:
        """Executions that end without recording their run are recorded all the same."""
        ended = WorkQueue(self, "EndedExecutions", worker_timeout=Duration.minutes(1))
        ended.receive(
            "TrainingEnded",
            pattern={
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {
                    "stateMachineArn": [self.workflow.state_machine_arn],
                    "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                },
            },
        )
        ended.feed(self.record)

    def _start(self) -> PythonFunction:
        storage, timeout = self.storage, Duration.minutes(1)
        function = PythonFunction(
            self,
            "start",
            settings=StartTrainingSettings(
                stage=self.settings.stage,
                registry_table=storage.registry.table_name,
                bus=storage.bus.event_bus_name,
                state_machine=self.workflow.state_machine_arn,
            ),
            layers=[self.core],
            timeout=timeout,
        )
        function.allow(
            Access(
                actions=("states:StartExecution",), resources=(self.workflow.state_machine_arn,)
            ),
            *write_records(storage.registry),
            *publish_events(storage.bus),
        )
        requests = WorkQueue(self, "TrainingRequests", worker_timeout=timeout)
        pattern = {"source": ["tidemill"], "detail-type": ["DatasetReady", "RetrainRequested"]}
        requests.receive("TrainingAsked", pattern=pattern, bus=storage.bus.event_bus_name)
        requests.feed(function)
        return function
