"""What is known of the harm that a champion does, from its losses since it serves."""

from collections.abc import Mapping
from typing import Any

from tidemill.risk import Harm, Loss, harmed


def champion_harm(promise: Mapping[str, Any], model: str, *, drifted: bool | None = None) -> Harm:
    """The harm of `model` (`abalone/3`) by the registry's kept promise; another's says nothing.

    `model` is empty where none serves yet.
    """
    if not model:
        return Harm("not known", "", "", "no model serves yet")
    if promise.get("model") != model:
        return Harm("not known", "", "", "no loss of it is known yet, or its test promises none")
    return harmed(
        _loss(promise, "promised"),
        realised=_loss(promise, "realised"),
        estimated=_loss(promise, "estimated"),
        drifted=drifted,
    )


def _loss(promise: Mapping[str, Any], name: str) -> Loss | None:
    return Loss(**promise[name]) if promise.get(name) else None
