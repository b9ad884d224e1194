"""Explanations, for a request that asks for them: `?explain=true`."""

from collections.abc import Mapping
from typing import Any

from inference.predict.cells import Tally
from inference.predict.loading import Champion
from inference.predict.request import Form, PredictionRequest
from tidemill.artifact import Scalar
from tidemill.errors import (
    LimitError,
    ModelUnavailableError,
    NotExplainableError,
    RequestError,
)

WANTED = {"true": True, "false": False}


def is_wanted(query: Mapping[str, str] | None) -> bool:
    """Whether explanations are asked for; RequestError where that is not said as it should be."""
    said = (query or {}).get("explain", "false")
    if said not in WANTED:
        raise RequestError(f"the parameter explain is true or false, not {said[:80]!r}")
    return WANTED[said]


def require_few(model: Champion, rows: int) -> None:
    """LimitError for more rows than the model explains in a second; NotExplainableError."""
    try:
        most = model.artifact.explainer.most_rows
    except NotExplainableError as fault:
        says = f"{model.name} cannot be explained: {fault}; it answers without explain=true"
        raise NotExplainableError(says) from fault
    if rows > most:
        raise LimitError(
            f"{rows} instances: at most {most} a request with explain=true; send several",
            "/instances",
        )


def explained(
    answers: list[dict[str, Any]],
    form: Form,
    request: PredictionRequest,
    models: Mapping[str, Champion],
) -> list[dict[str, Any]]:
    """The answers, each with what every field adds to it, by the model that gave it.

    The first of `models` gave those that name none.
    """
    champion = next(iter(models))
    found = []
    for position, answer in enumerate(answers):
        name = answer.get("model", champion)
        if name not in models:
            raise ModelUnavailableError(f"{name} answered, and is not there any more")
        row = request.rows[position]
        if name != champion:
            require_few(models[name], 1)
            row, _ = models[name].instances.read(form.instances[position], Tally())
        found.append(answer | {"explanation": _explanation(models[name], row, answer["value"])})
    return found


def _explanation(
    model: Champion, row: Mapping[str, Scalar | None], value: Scalar
) -> dict[str, Any]:
    found = model.artifact.explainer.explain(row, value)
    of = {"of": found.of} if found.label is None else {"of": found.of, "class": found.label}
    return {**of, "base": found.base, "contributions": found.contributions}
