"""A Step Functions workflow from its file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from aws_cdk import ArnFormat, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct
from ruamel.yaml import YAML

from infra.blocks.access import Access, acknowledge, wildcard_finding
from infra.blocks.room import FIVE_MINUTES, Room

STATE_MACHINES = Path(__file__).resolve().parents[2] / "statemachines"


class Workflow(sfn.StateMachine):
    """`statemachines/<name>.asl.yaml`: traced, its faults logged, an alarm on each bad end.

    The name is the room's, unless another is given.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        substitutions: Mapping[str, str],
        timeout: Duration,
        name: str | None = None,
    ) -> None:
        room = Room.of_construct(scope)
        title = name.title() if name else room.name
        name = name or room.name.lower()
        super().__init__(
            scope,
            "Workflow",
            # Its bill is told apart by its name.
            state_machine_name=f"Tidemill-{room.settings.stage}-{room.name}",
            definition_body=sfn.DefinitionBody.from_string(json.dumps(definition(name))),
            definition_substitutions=dict(substitutions),
            comment=f"statemachines/{name}.asl.yaml",
            role=_role(scope),
            logs=sfn.LogOptions(
                destination=room.log_group("workflow"),
                level=sfn.LogLevel.ALL,
                include_execution_data=False,
            ),
            timeout=timeout,
            tracing_enabled=True,
            removal_policy=room.settings.removal_policy,
        )
        self._accept_findings()
        # CloudWatch counts the three ways to end badly apart.
        ends = {
            "Failures": self.metric_failed(period=FIVE_MINUTES, statistic="Sum"),
            "Timeouts": self.metric_timed_out(period=FIVE_MINUTES, statistic="Sum"),
            "Aborts": self.metric_aborted(period=FIVE_MINUTES, statistic="Sum"),
        }
        for end, metric in ends.items():
            room.alarm(
                f"{title}Workflow{end}",
                metric,
                above=0,
                description=f"An execution of the {name} workflow ended badly. Its error and cause "
                "name the failure; the operations page says for each what to do.",
            )

    def allow(self, *accesses: Access) -> None:
        """Give the workflow's role these permissions."""
        for access in accesses:
            access.give(self.role)

    def allow_map_runs(self) -> None:
        """Let a distributed map start, watch, stop and redrive executions of this very workflow.

        In a policy of its own: the role's, which the workflow waits for, cannot name it.
        """
        room = Room.of_construct(self)
        children = [
            room.format_arn(
                service="states",
                resource="execution",
                resource_name=f"{self.state_machine_name}{tail}",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for tail in (":*", "/*:*")
        ]
        actions = ("DescribeExecution", "StopExecution", "RedriveExecution")
        policy = iam.Policy(
            self,
            "MapRuns",
            roles=[self.role],
            statements=[
                iam.PolicyStatement(
                    actions=["states:StartExecution"], resources=[self.state_machine_arn]
                ),
                iam.PolicyStatement(
                    actions=[f"states:{action}" for action in actions], resources=children
                ),
            ],
        )
        for child in children:
            acknowledge(
                policy, wildcard_finding(room, child), "Executions are named when they start."
            )

    def _accept_findings(self) -> None:
        # cfn-lint's schema predates JSONata in TimeoutSeconds and MaxConcurrency; AWS allows it.
        cast("sfn.CfnStateMachine", self.node.default_child).add_metadata(
            "cfn-lint", {"config": {"ignore_checks": ["E3601"]}}
        )
        acknowledge(
            self.role,
            "AwsSolutions-IAM5[Resource::*]",
            "Step Functions' log delivery and X-Ray actions know no resources.",
        )


def _role(scope: Construct) -> iam.Role:
    principal = iam.ServicePrincipal("states.amazonaws.com")
    return iam.Role(scope, "WorkflowRole", assumed_by=principal)


def definition(name: str) -> dict[str, object]:
    """The workflow as JSON has it, so that templates show it and tests can read it."""
    with (STATE_MACHINES / f"{name}.asl.yaml").open(encoding="utf-8") as file:
        document: dict[str, object] = YAML(typ="safe", pure=True).load(file)
    return document
