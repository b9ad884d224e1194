"""From an approved model package to the champion, or back."""

from aws_cdk import Duration
from constructs import Construct

from infra.blocks.access import Access, publish_events, write_records
from infra.blocks.function import PythonFunction
from infra.blocks.layers import LockedLayer
from infra.blocks.queue import WorkQueue
from infra.blocks.room import Room
from infra.blocks.workflow import Workflow
from infra.figures import stage_metric
from infra.storage import Storage
from tidemill.settings import AdvanceSettings, CheckSettings, StartReleaseSettings

ENDS = ("FAILED", "TIMED_OUT", "ABORTED")


class Release(Room):
    """An approved model package is tried, promoted to champion and watched."""

    def __init__(self, scope: Construct, *, storage: Storage) -> None:
        super().__init__(scope, environment=storage.settings, operations=storage)
        self.storage = storage
        self.core = LockedLayer(self, "core")
        self.advance = self._advance()
        self.check = self._check()
        self.workflow = self._workflow()
        self.start = self._start()
        self._settle()
        self._alarm()
        self.publish("ReleaseStateMachine", self.workflow.state_machine_arn)

    def _advance(self) -> PythonFunction:
        settings = AdvanceSettings(
            stage=self.settings.stage,
            registry_table=self.storage.registry.table_name,
        )
        function = PythonFunction(self, "advance", settings=settings, layers=[self.core])
        function.allow(*write_records(self.storage.registry))
        return function

    def _check(self) -> PythonFunction:
        settings = CheckSettings(
            stage=self.settings.stage,
            registry_table=self.storage.registry.table_name,
            api_name=f"tidemill-{self.settings.stage}",
            tick_seconds=self.settings.release_tick_seconds,
        )
        function = PythonFunction(self, "check", settings=settings, layers=[self.core])
        function.allow(
            *write_records(self.storage.registry),
            Access(
                actions=("cloudwatch:GetMetricData",),
                resources=("*",),
                reason="Metrics are no resources that AWS could name.",
            ),
        )
        return function

    def _workflow(self) -> Workflow:
        called = (self.advance, self.check)
        workflow = Workflow(
            self,
            substitutions={
                "AdvanceFunction": self.advance.function_arn,
                "CheckFunction": self.check.function_arn,
                "EventBus": self.storage.bus.event_bus_name,
                "TickSeconds": str(self.settings.release_tick_seconds),
            },
            # Three stages of five days at most.
            timeout=Duration.days(16),
        )
        packages = self.format_arn(
            service="sagemaker", resource="model-package", resource_name=f"{self._prefix}*"
        )
        workflow.allow(
            Access(
                actions=("sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"),
                resources=(packages,),
                reason="Model packages are named by pipeline; the prefix is the stage's.",
            ),
            Access(
                actions=("lambda:InvokeFunction",),
                resources=tuple(function.function_arn for function in called),
            ),
            *publish_events(self.storage.bus),
        )
        return workflow

    def _start(self) -> PythonFunction:
        timeout = Duration.minutes(1)
        settings = StartReleaseSettings(
            stage=self.settings.stage, state_machine=self.workflow.state_machine_arn
        )
        function = PythonFunction(
            self, "start", settings=settings, layers=[self.core], timeout=timeout
        )
        function.allow(
            Access(actions=("states:StartExecution",), resources=(self.workflow.state_machine_arn,))
        )
        approvals = WorkQueue(self, "Approvals", worker_timeout=timeout)
        approvals.receive(
            "PackageApproved",
            pattern={
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Package State Change"],
                "detail": {
                    "ModelApprovalStatus": ["Approved"],
                    "ModelPackageGroupName": [{"prefix": self._prefix}],
                },
            },
        )
        approvals.feed(function)
        return function

    def _settle(self) -> None:
        """Models whose workflow ended before it was done with them are taken off trial."""
        ended = WorkQueue(self, "EndedReleases", worker_timeout=Duration.minutes(1))
        ended.receive(
            "ReleaseEnded",
            pattern={
                "source": ["aws.states"],
                "detail-type": ["Step Functions Execution Status Change"],
                "detail": {
                    "stateMachineArn": [self.workflow.state_machine_arn],
                    "status": list(ENDS),
                },
            },
        )
        ended.feed(self.advance)

    def _alarm(self) -> None:
        self.alarm(
            "ReleaseRolledBack",
            stage_metric("ReleasesRolledBack", self.settings.stage),
            above=0,
            description="A release was taken back because its model did not hold. GET "
            "/v1/pipelines/{name}/releases says why; the model before it serves.",
        )

    @property
    def _prefix(self) -> str:
        return f"tidemill-{self.settings.stage}-"
