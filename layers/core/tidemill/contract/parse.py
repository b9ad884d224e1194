"""A contract as it was dropped: read, or refused with every problem in it."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import (
    ValidationError,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tidemill.contract.document import Contract
from tidemill.contract.section import Section
from tidemill.contract.words import METRICS, NAME_RULE
from tidemill.errors import ContractError
from tidemill.references import reference_faults


def parse_contract(text: str | bytes, pipeline: str | None = None) -> Contract:
    """Read a contract, or raise ContractError with every problem in it.

    `pipeline` is the folder the contract was dropped in; the contract must name the same.
    """
    try:
        # YAML 1.2: in 1.1 the key `on` and the category `no` would be booleans.
        document = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as fault:
        raise ContractError([f"not YAML: {fault}"]) from fault
    if not isinstance(document, Mapping):
        raise ContractError(["a contract is a mapping: it starts with `pipeline: <name>`"])
    problems = _misplaced(document, pipeline)
    try:
        contract = Contract.model_validate(document)
    except ValidationError as fault:
        problems += [_sentence(error) for error in fault.errors() if error["loc"]]
        problems += reference_faults(document, METRICS)
        raise ContractError(list(dict.fromkeys(problems))) from fault
    if problems:
        raise ContractError(problems)
    return contract


def _fields() -> set[str]:
    return {name for section in Section.__subclasses__() for name in section.model_fields}


def _misplaced(document: Mapping[Any, Any], pipeline: str | None) -> list[str]:
    named = document.get("pipeline")
    if pipeline is None or named is None or named == pipeline:
        return []
    return [f"pipeline: {named!r} lies in the folder of {pipeline!r}; make the two equal"]


def _sentence(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    field = ".".join(str(part) for part in error["loc"] if part != "[key]")
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        close = get_close_matches(str(error["loc"][-1]), _fields(), n=1)
        message = f"is no part of a contract{f'; did you mean {close[0]}?' if close else ''}"
    elif error["loc"][0] == "supersedes":
        message = f"{error['input']!r} is no version; copy it from the refusal, in quotes"
    elif error["type"] == "string_pattern_mismatch" and "instance" not in error["loc"]:
        message = f"{error['input']!r} cannot be used: {NAME_RULE}"
    elif error["type"] == "string_pattern_mismatch":
        message = f"{error['input']!r} is no SageMaker instance type such as ml.m5.large"
    return f"{field}: {message}" if field else message
