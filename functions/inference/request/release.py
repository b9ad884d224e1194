"""What operators ask of models: to release, refuse or take back one, and to train another."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from inference.request.packages import Packages
from tidemill.errors import NoChampionError, RequestError, ServingModelError, UnknownModelError
from tidemill.events import EventBus, ModelRolledBack, RetrainRequested
from tidemill.records import ChampionRecord, ModelRecord, ReleaseRecord, now
from tidemill.registry import Registry

MOST_CHARACTERS = 500
APPROVED, REJECTED = "Approved", "Rejected"


@dataclass(frozen=True)
class Operator:
    """Does what a person, or a program for one, asks of the models of a pipeline."""

    registry: Registry
    packages: Packages
    bus: EventBus

    def decide(self, pipeline: str, version: str, approval: str, body: str) -> dict[str, Any]:
        """Approve or reject a model's package; the release workflow follows what the registry says.

        What is decided so already stays, and is said again; approving what was rejected is another
        decision. UnknownModelError; ServingModelError: the champion is rolled back, not rejected.
        """
        self.registry.contract(pipeline)
        model, reason = _model(pipeline, version, self.registry), _reason(body, required=False)
        before = self.packages.approval(model.package_arn)
        if before != approval:
            if approval == REJECTED and _serves(pipeline, model.model_version, self.registry):
                raise ServingModelError(
                    f"model {model.model_version} serves: POST /v1/pipelines/{pipeline}/rollback"
                )
            self.packages.decide(model.package_arn, approval, reason or f"{approval} by the API")
        return {
            "pipeline": pipeline,
            "model_version": model.model_version,
            "approval": approval,
            "before": before,
        }

    def ask_to_retrain(self, pipeline: str, body: str) -> dict[str, Any]:
        """Ask for a run on the newest dataset version; UnknownPipelineError, RequestError."""
        self.registry.contract(pipeline)
        request_id = _request_id(body)
        reason = _reason(body, required=True)
        self.bus.publish(RetrainRequested(pipeline=pipeline, reason=reason, request_id=request_id))
        return {"pipeline": pipeline, "request_id": request_id}

    def roll_back(self, pipeline: str, body: str) -> dict[str, Any]:
        """Undo the newest release: a model goes off trial, or the champion before serves again.

        Its package is rejected, so that approving it is a new release. Asked again with the same
        `request_id` it changes nothing more, whatever was released since: once all is done there is
        a record of it. NoChampionError, NothingToRollBackError, RequestError.
        """
        self.registry.contract(pipeline)
        reason, request_id = _reason(body, required=True), _request_id(body)
        name = f"rollback-{request_id}"
        champion, done = self.registry.champion(pipeline), self.registry.release(pipeline, name)
        if done is None:
            before, champion = champion, self.registry.roll_back(pipeline, name, reason)
            done = self._take_back(pipeline, name, before, champion.rolled_back, reason)
            event = {"model_version": champion.model_version, "previous": done.model_version}
            self.bus.publish(ModelRolledBack(pipeline=pipeline, reason=reason, **event))
            self.registry.claim_release(pipeline, done)
        return {
            "pipeline": pipeline,
            "model_version": champion.model_version,
            "request_id": request_id,
            "rolled_back": done.model_version,
        }

    def _take_back(
        self, pipeline: str, name: str, before: ChampionRecord, undone: int | None, reason: str
    ) -> ReleaseRecord:
        """Reject the package of the model that was undone; what is to be written down of it."""
        version = undone or before.model_version
        state = {"state": "rolled_back", "finished_at": now(), "reason": reason}
        on_trial = before.challenge
        if on_trial and on_trial.model_version == version:
            self.registry.update_release(pipeline, on_trial.release, **state)
        package = self.registry.model(pipeline, version).package_arn
        self.packages.decide(package, REJECTED, f"rolled back: {reason}")
        record = ReleaseRecord(
            release=name, model_version=version, champion=before.model_version, started_at=now()
        )
        return record.model_copy(update=state)


def _serves(pipeline: str, version: int, registry: Registry) -> bool:
    try:
        return registry.champion(pipeline).model_version == version
    except NoChampionError:
        return False


def _model(pipeline: str, version: str, registry: Registry) -> ModelRecord:
    if not version.isdecimal():
        raise UnknownModelError(f"{version[:80]!r} is no model version")
    return registry.model(pipeline, int(version))


def _reason(body: str, *, required: bool) -> str:
    """Why, in words of the person who asks: it stands in the record."""
    reason = _document(body).get("reason")
    if reason is None and not required:
        return ""
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= MOST_CHARACTERS:
        raise RequestError(
            f'say why, in at most {MOST_CHARACTERS} characters: {{"reason": "..."}}', "/reason"
        )
    return reason.strip()


def _request_id(body: str) -> str:
    """The caller's, so that asking twice is asking once, or a new one."""
    given = _document(body).get("request_id")
    if given is None:
        return str(uuid4())
    allowed = isinstance(given, str) and 0 < len(given) <= 64
    if not allowed or not given.replace("-", "").isalnum() or not given.isascii():
        raise RequestError("is up to 64 letters, digits and hyphens", "/request_id")
    return str(given)


def _document(body: str) -> dict[str, Any]:
    try:
        document = json.loads(body or "{}")
    except ValueError:
        raise RequestError('the body is no JSON; send {"reason": "..."}') from None
    if not isinstance(document, dict):
        raise RequestError('the body is no object; send {"reason": "..."}')
    if unknown := sorted(set(document) - {"reason", "request_id"}):
        raise RequestError("is no member of this request", f"/{unknown[0]}")
    return document
