"""Distributed maps in JSONata: the reader's arguments, the limit and the output are expressions."""

from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

type Json = Any
type RunMap = Callable[..., tuple[Json, str | None]]


def install() -> None:
    """Have the engine evaluate what it reads as JSONPath."""
    stepfunctions._run_distributed_map = _evaluated(stepfunctions._run_distributed_map)  # noqa: SLF001


def _evaluated(run: RunMap) -> RunMap:
    def run_distributed_map(
        state: dict[str, Any],
        value: Json,
        *rest: Any,  # noqa: ANN401 - the engine's own
    ) -> tuple[Json, str | None]:
        context = rest[-1]
        if stepfunctions._state_query_language(state, context) != "JSONata":  # noqa: SLF001
            return run(state, value, *rest)
        result, following = run(_filled(state, value, context), value, *rest)
        output = stepfunctions._apply_jsonata_output(  # noqa: SLF001
            state, value, context, result=result, default=result
        )
        stepfunctions._apply_state_assign(state, value, context, result=result)  # noqa: SLF001
        return output, following

    return run_distributed_map


def _filled(state: dict[str, Any], value: Json, context: dict[str, Any]) -> dict[str, Any]:
    """The state with its expressions evaluated, and nothing left of its output."""
    filled = {name: part for name, part in state.items() if name not in {"Output", "Assign"}}
    if isinstance(state.get("MaxConcurrency"), str):
        filled["MaxConcurrency"] = stepfunctions._jsonata_state_field(  # noqa: SLF001
            state, "MaxConcurrency", "number", value, context
        )
    if reader := state.get("ItemReader"):
        arguments = stepfunctions._apply_jsonata_template(  # noqa: SLF001
            reader.get("Arguments", {}), value, context
        )
        filled["ItemReader"] = {**reader, "Arguments": arguments}
    return filled
