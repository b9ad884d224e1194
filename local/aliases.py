"""Aliases that call two versions by weight, and what Lambda measures of each of them."""

import random
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import cloudwatch, lambda_svc

from local import lambdas

type Function = dict[str, Any]
type Json = Any
type Invoke = Callable[..., Awaitable[Json]]
type Resolve = Callable[..., tuple[Function | None, Function | None, str]]
type Dispatch = Callable[[Function, Function, Json, str, float], dict[str, Any]]
type Emit = Callable[[str, float, bool, bool], None]
type Effective = Callable[[Function | None, str | None], Json]

_alias: ContextVar[str | None] = ContextVar("alias", default=None)
_calls: ContextVar[bool] = ContextVar("calls", default=False)


def install() -> None:
    """Have calls of an alias drawn by its weights, and all calls measured, whoever makes them."""
    lambda_svc._effective_func_record_for_qualifier = _drawing(  # noqa: SLF001
        lambda_svc._effective_func_record_for_qualifier  # noqa: SLF001
    )
    lambda_svc._get_func_record_for_ref_in_scope = _calling(  # noqa: SLF001
        lambda_svc._get_func_record_for_ref_in_scope  # noqa: SLF001
    )
    lambda_svc._invoke = _invoking(lambda_svc._invoke)  # noqa: SLF001
    lambda_svc._execute_function_dispatch = _measuring(lambda_svc._execute_function_dispatch)  # noqa: SLF001
    lambda_svc._emit_lambda_metrics = _throttled(lambda_svc._emit_lambda_metrics)  # noqa: SLF001


def draw(function: Function, name: str) -> str:
    """The version that answers this time, by the alias's weights."""
    alias = function["aliases"][name]
    first: str = alias["FunctionVersion"]
    more = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    versions: list[str] = [first, *more]
    weights = [1 - sum(more.values()), *more.values()]
    (drawn,) = random.choices(versions, weights)  # noqa: S311 - not a secret
    return drawn


def _drawing(effective: Effective) -> Effective:
    """Where a call looks for what its qualifier means, an alias means a version that is drawn."""

    def resolved(function: Function | None, qualifier: str | None) -> Json:
        if _calls.get() and function and qualifier and qualifier in function["aliases"]:
            _alias.set(qualifier)
            return effective(function, draw(function, qualifier))
        return effective(function, qualifier)

    return resolved


def _calling(resolve: Resolve) -> Resolve:
    """What API Gateway and the like ask before they call."""

    def resolved(*given: Json, **named: Json) -> tuple[Function | None, Function | None, str]:
        _alias.set(None)
        token = _calls.set(True)
        try:
            return resolve(*given, **named)
        finally:
            _calls.reset(token)

    return resolved


def _invoking(invoke: Invoke) -> Invoke:
    """Lambda's own API; a weighted alias is called as the version that is drawn."""

    async def invoked(
        name: str,
        event: Json,
        headers: dict[str, str],
        path_qualifier: str | None = None,
        query_params: Json = None,
    ) -> Json:
        asked = lambda_svc._qualifier_from_path_or_query(path_qualifier, query_params)  # noqa: SLF001
        function = lambda_svc._functions.get(name) or {}  # noqa: SLF001
        alias = asked if asked in function.get("aliases", {}) else None
        _alias.set(alias)
        if alias and function["aliases"][alias].get("RoutingConfig"):
            path_qualifier = draw(function, alias)
        return await invoke(name, event, headers, path_qualifier, query_params)

    return invoked


def _measuring(dispatch: Dispatch) -> Dispatch:
    def dispatched(
        function: Function, config: Function, event: Json, request: str, started: float
    ) -> dict[str, Any]:
        alias = _alias.get()
        result = dispatch(function, config, event, request, started)
        began = max(started, lambdas.ready.get())
        _measure(config, alias, result, (time.time() - began) * 1000)
        return result

    return dispatched


def _measure(config: Function, alias: str | None, result: dict[str, Any], took_ms: float) -> None:
    """As Lambda does: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html."""
    failed = bool(result.get("error"))
    for dimensions in _dimensions(config, alias):
        for metric, value, unit in (
            ("Invocations", 1, "Count"),
            ("Errors", int(failed), "Count"),
            ("Duration", took_ms, "Milliseconds"),
        ):
            cloudwatch.record_metric("AWS/Lambda", metric, value, unit, dimensions)
    if failed:
        cloudwatch._evaluate_all_alarms()  # noqa: SLF001


def _dimensions(config: Function, alias: str | None) -> list[dict[str, str]]:
    """A call counts for its function, and for the alias by which it came and the version."""
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    if alias is None:
        return [{"FunctionName": name}]
    of_alias = {"FunctionName": name, "Resource": f"{name}:{alias}"}
    return [{"FunctionName": name}, of_alias, {**of_alias, "ExecutedVersion": version}]


def _throttled(emit: Emit) -> Emit:
    """What ministack measures of some calls only, or before they ran, is measured here of all."""

    def emitted(name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        if throttle:
            emit(name, duration_ms, error, throttle)

    return emitted
