"""What a workflow sends, held against the models of the services that it calls."""

import json
from typing import Any

import botocore.session

from local.validation import errors

from .interpreter import Execution


def shape_of(service: str, operation: str) -> Any:  # noqa: ANN401 - a botocore shape
    model = botocore.session.get_session().get_service_model(service)
    return model.operation_model(operation[0].upper() + operation[1:]).input_shape


def check_arguments(execution: Execution) -> None:
    """Every call of a service is as the service's own model wants it."""
    for call in execution.calls:
        *_, service, operation = call.resource.removesuffix(".sync").split(":")
        if service == "lambda":
            assert set(call.arguments) == {"FunctionName", "Payload"}
            continue
        assert errors(_sent(call.arguments), shape_of(service, operation)) == [], call.state


def _sent(arguments: dict[str, Any]) -> dict[str, Any]:
    """Step Functions turns an event's detail into text by itself."""
    if "Entries" not in arguments:
        return arguments
    return {"Entries": [e | {"Detail": json.dumps(e["Detail"])} for e in arguments["Entries"]]}
