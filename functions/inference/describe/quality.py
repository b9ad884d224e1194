"""How good predictions were: as outcomes show, as estimated without, and what the test promised."""

from typing import Any

from tidemill.errors import NoChampionError
from tidemill.harm import champion_harm
from tidemill.registry import Registry
from tidemill.registry.qualities import ESTIMATED, REALISED

NEWEST = 100
KEPT = ("model", "loss", "promised", "realised", "estimated", "at")
BLIND = (
    "An estimate without outcomes sees what a change in the features does. It cannot see a change "
    "in what the target means: without outcomes such a change is not detectable."
)


def list_quality(pipeline: str, registry: Registry) -> dict[str, Any]:
    """The champion's promise and harm, and up to a hundred days of each kind, newest first."""
    registry.contract(pipeline)
    kept = registry.kept_promise(pipeline)
    harm = champion_harm(kept, _champion(pipeline, registry))
    return {
        "promise": {name: kept.get(name) for name in KEPT} if kept else None,
        "harm": {
            "verdict": harm.verdict,
            "basis": harm.basis or None,
            "change": kept.get("change") or harm.change or None,
            "reason": harm.reason,
        },
        "realised": registry.quality(pipeline, REALISED)[: -NEWEST - 1 : -1],
        "estimated": registry.quality(pipeline, ESTIMATED)[: -NEWEST - 1 : -1],
        "not_seen": BLIND,
    }


def _champion(pipeline: str, registry: Registry) -> str:
    try:
        return f"{pipeline}/{registry.champion(pipeline).model_version}"
    except NoChampionError:
        return ""
