"""A request to forget a person: what travels on is their tokens, never who they are."""

import json
from typing import Any
from uuid import uuid4

from tidemill.errors import RequestError
from tidemill.events import EventBus, ForgetRequested
from tidemill.pseudonyms import PseudonymKeys, subject_tokens
from tidemill.registry import Registry


def ask_to_forget(
    pipeline: str, body: str, *, registry: Registry, keys: PseudonymKeys, bus: EventBus
) -> str:
    """Ask for the subject that the body names; the id by which the report will be found.

    UnknownPipelineError without a contract; RequestError where the body is not of the documented
    form, or the contract names no column of people.
    """
    contract = registry.contract(pipeline)
    tokens = subject_tokens(contract, _subject(body), keys)
    request_id = str(uuid4())
    bus.publish(ForgetRequested(pipeline=pipeline, request_id=request_id, tokens=tokens))
    return request_id


def find_report(pipeline: str, request_id: str, registry: Registry) -> dict[str, Any] | None:
    """How far the request got, None before it began; UnknownPipelineError without a contract."""
    registry.contract(pipeline)
    report = registry.forget_report(pipeline, request_id)
    return report.model_dump(mode="json") if report else None


def _subject(body: str) -> str:
    """The text under `subject`; what is wrong is said without repeating it."""
    try:
        document = json.loads(body)
    except ValueError:
        raise RequestError('the body is no JSON; send {"subject": "..."}') from None
    if not isinstance(document, dict):
        raise RequestError('the body is no object; send {"subject": "..."}')
    if set(document) - {"subject"}:
        raise RequestError('the body holds more than is known; send {"subject": "..."} alone')
    subject = document.get("subject")
    if not isinstance(subject, str):
        raise RequestError("name the person as the data do, as text", "/subject")
    return subject
