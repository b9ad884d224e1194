"""How good predictions were: as outcomes show, as estimated without, and what the test promised."""

from collections.abc import Mapping
from typing import Any

from tidemill.errors import NoChampionError
from tidemill.harm import champion_harm
from tidemill.registry import Registry
from tidemill.registry.qualities import ESTIMATED, REALISED
from tidemill.risk import Change, Harm

NEWEST = 100
KEPT = ("model", "loss", "promised", "realised", "estimated", "at")
BLIND = (
    "An estimate without outcomes sees what a change in the features does. It cannot see a change "
    "in what the target means: without outcomes such a change is not detectable."
)
INNER = frozenset({"counted", "cells", "seen", "loss"})
UNSEEN = "no prediction of the champion has been captured yet"


def list_quality(pipeline: str, registry: Registry) -> dict[str, Any]:
    """The champion's promise and harm, up to a hundred days of each kind, newest first.

    And how many outcomes were told of the pipeline, and joined to their predictions.
    """
    registry.contract(pipeline)
    kept = registry.kept_promise(pipeline)
    champion = _champion(pipeline, registry)
    harm = champion_harm(kept, champion)
    estimated = registry.quality(pipeline, ESTIMATED)
    counted = registry.outcomes(pipeline)
    return {
        "promise": {name: kept.get(name) for name in KEPT} if kept else None,
        "harm": {
            "verdict": harm.verdict,
            "basis": harm.basis or None,
            "change": _change(kept, harm) if kept.get("model") == champion else None,
            "reason": harm.reason,
        },
        "realised": registry.quality(pipeline, REALISED)[: -NEWEST - 1 : -1],
        "estimated": [_shown(day) for day in estimated[: -NEWEST - 1 : -1]],
        "outcomes": {name: counted.get(name, 0) for name in ("told", "joined")},
        "estimation": _estimation(pipeline, registry, champion),
        "not_seen": BLIND,
    }


def _change(kept: Mapping[str, Any], harm: Harm) -> Change | None:
    """What kind of drift does harm, as it was told; None where there is no harm any more."""
    return None if harm.verdict == "no harm" else kept.get("change") or harm.change or None


def _shown(day: dict[str, Any]) -> dict[str, Any]:
    """A day without what is kept to add to it."""
    return {name: value for name, value in day.items() if name not in INNER}


def _estimation(pipeline: str, registry: Registry, champion: str) -> dict[str, Any]:
    """By which method the champion's quality is estimated without outcomes; where not, why."""
    known = registry.estimation(pipeline)
    if not champion or known.get("model") != champion:
        return {"model": champion or None, "method": None, "reason": UNSEEN}
    return {"model": champion, "method": known["method"], "reason": known["reason"] or None}


def _champion(pipeline: str, registry: Registry) -> str:
    try:
        return f"{pipeline}/{registry.champion(pipeline).model_version}"
    except NoChampionError:
        return ""
