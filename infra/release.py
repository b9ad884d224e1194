"""From an approved model package to the champion."""

from aws_cdk import Duration
from constructs import Construct

from infra.blocks.access import Access, publish_events, write_records
from infra.blocks.function import PythonFunction
from infra.blocks.layers import LockedLayer
from infra.blocks.queue import WorkQueue
from infra.blocks.room import Room
from infra.blocks.workflow import Workflow
from infra.storage import Storage
from tidemill.settings import PromoteSettings, StartReleaseSettings


class Release(Room):
    """An approved model package is promoted to champion."""

    def __init__(self, scope: Construct, *, storage: Storage) -> None:
        super().__init__(scope, environment=storage.settings, operations=storage)
        self.storage = storage
        self.core = LockedLayer(self, "core")
        self.promote = self._promote()
        self.workflow = self._workflow()
        self.start = self._start()
        self.publish("ReleaseStateMachine", self.workflow.state_machine_arn)

    def _promote(self) -> PythonFunction:
        settings = PromoteSettings(
            stage=self.settings.stage,
            registry_table=self.storage.registry.table_name,
        )
        function = PythonFunction(self, "promote", settings=settings, layers=[self.core])
        function.allow(*write_records(self.storage.registry))
        return function

    def _workflow(self) -> Workflow:
        workflow = Workflow(
            self,
            substitutions={
                "PromoteFunction": self.promote.function_arn,
                "EventBus": self.storage.bus.event_bus_name,
            },
            timeout=Duration.days(2),
        )
        packages = self.format_arn(
            service="sagemaker", resource="model-package", resource_name=f"{self._prefix}*"
        )
        workflow.allow(
            Access(
                actions=("sagemaker:DescribeModelPackage",),
                resources=(packages,),
                reason="Model packages are named by pipeline; the prefix is the stage's.",
            ),
            Access(actions=("lambda:InvokeFunction",), resources=(self.promote.function_arn,)),
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

    @property
    def _prefix(self) -> str:
        return f"tidemill-{self.settings.stage}-"
