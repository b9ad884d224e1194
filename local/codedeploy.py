"""CodeDeploy, as CloudFormation uses it for aliases of functions: some requests, then all, or back.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudformation, cloudwatch, lambda_svc
from ministack.services.cloudformation import engine, provisioners, stacks

from local import alarms
from local.settings import ServerSettings

type Properties = dict[str, Any]
type Emit = Callable[[str, str, list[str], Properties], None]
type Update = Callable[..., tuple[str, Properties]]

ALIAS = "AWS::Lambda::Alias"
NAMES = {
    "AWS::CodeDeploy::Application": "ApplicationName",
    "AWS::CodeDeploy::DeploymentConfig": "DeploymentConfigName",
    "AWS::CodeDeploy::DeploymentGroup": "DeploymentGroupName",
}
CHANGED = "CodeDeploy Deployment State-change Notification"
_TICK = 0.1


@dataclass(frozen=True)
class Release:
    """One deployment: which alias moves, how, and what takes it back."""

    function: str
    alias: str
    version: str
    weight: float
    seconds: float
    alarms: tuple[str, ...]
    identity: dict[str, str]
    emit: Emit

    def __call__(self) -> None:
        """Move the alias to the version; RuntimeError, and it is back, when an alarm fires."""
        self._tell("START")
        if firing := self._firing() or self._bake():
            self._route({})
            self._tell("STOP")
            raise RuntimeError(
                f"Deployment {self.identity['deploymentId']} was stopped and rolled back: "
                f"alarms have been activated: {', '.join(firing)}"
            )
        self._route({}, FunctionVersion=self.version)
        self._tell("SUCCESS")

    def _bake(self) -> list[str]:
        """Give the version its share for its time, or until alarms fire, which are told."""
        self._route({self.version: self.weight})
        end = time.monotonic() + self.seconds
        while not (firing := self._firing()) and time.monotonic() < end:
            time.sleep(_TICK)
        return firing

    def _firing(self) -> list[str]:
        watched = [cloudwatch._alarms[name] for name in self.alarms]  # noqa: SLF001
        for alarm in watched:
            alarms.look(alarm)
        return [alarm["AlarmName"] for alarm in watched if alarm["StateValue"] == "ALARM"]

    def _route(self, weights: dict[str, float], **more: str) -> None:
        changes = {"RoutingConfig": {"AdditionalVersionWeights": weights}, **more}
        status, _, body = lambda_svc._update_alias(self.function, self.alias, changes)  # noqa: SLF001
        if status >= 400:
            raise RuntimeError(f"{self.function}:{self.alias} cannot be moved: {body!r}")

    def _tell(self, state: str) -> None:
        self.emit("aws.codedeploy", CHANGED, [], {**self.identity, "state": state})


class CodeDeploy:
    """Makes what a template names, and moves aliases whose update policy asks for it."""

    def __init__(self, settings: ServerSettings, emit: Emit) -> None:
        self._settings = settings
        self._emit = emit

    def install(self) -> None:
        """Teach CloudFormation; an alias is moved on a thread, for that takes its time."""
        handlers = provisioners._RESOURCE_HANDLERS  # noqa: SLF001
        for kind, field in NAMES.items():
            handlers[kind] = _named(field)
        handlers[ALIAS] = {**handlers[ALIAS], "update": self._moving(handlers[ALIAS]["update"])}
        blocking = stacks._runs_on_worker_thread  # noqa: SLF001
        stacks._runs_on_worker_thread = lambda kind: kind == ALIAS or blocking(kind)  # noqa: SLF001

    def _moving(self, update: Update) -> Update:
        def updated(
            physical_id: str,
            old: Properties,
            new: Properties,
            stack_name: str,
            logical_id: str | None = None,
        ) -> tuple[str, Properties]:
            release = self._release(stack_name, logical_id or "", old, new)
            if release:
                release()
            return update(physical_id, old, new, stack_name, logical_id)

        return updated

    def _release(
        self, stack_name: str, logical_id: str, old: Properties, new: Properties
    ) -> Release | None:
        """None where nothing moves, no policy asks for it, or the stack is on its way back."""
        stack = cloudformation._stacks[stack_name]  # noqa: SLF001
        template = engine._parse_template(stack["_template_body"])  # noqa: SLF001
        policy = template["Resources"][logical_id].get("UpdatePolicy", {})
        asked = policy.get("CodeDeployLambdaAliasUpdate")
        still = old.get("FunctionVersion") == new.get("FunctionVersion")
        if not asked or still or "ROLLBACK" in stack["StackStatus"]:
            return None
        made = stack["_resources"]
        group = made[asked["DeploymentGroupName"]["Ref"]]
        said = group["Properties"]
        canary = _canary(made, said["DeploymentConfigName"])
        watched = said.get("AlarmConfiguration", {}).get("Alarms", [])
        return Release(
            function=new["FunctionName"],
            alias=new["Name"],
            version=new["FunctionVersion"],
            weight=float(canary["CanaryPercentage"]) / 100,
            seconds=float(canary["CanaryInterval"]) * self._settings.minute_seconds,
            alarms=tuple(alarm["Name"] for alarm in watched),
            identity={
                "application": said["ApplicationName"],
                "deploymentGroup": group["PhysicalResourceId"],
                "deploymentId": f"d-{secrets.token_hex(5).upper()[:9]}",
                "region": self._settings.region,
            },
            emit=self._emit,
        )


def _canary(made: dict[str, Any], config: str) -> Properties:
    """How traffic moves; ValueError for a configuration that the stack does not bring."""
    for resource in made.values():
        if resource["PhysicalResourceId"] == config:
            found: Properties = resource["Properties"]["TrafficRoutingConfig"]["TimeBasedCanary"]
            return found
    raise ValueError(f"{config}: only a canary of the stack's own is known here")


def _named(field: str) -> dict[str, Any]:
    """Handlers of a resource that is nothing but what its properties say."""

    def create(logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        return properties.get(field) or f"{stack_name}-{logical_id}", {}

    def delete(*_: object) -> None:
        """Nothing is left of it."""

    return {"create": create, "delete": delete}
