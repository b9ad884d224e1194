"""What is known of a champion's loss, beside its promise: told on the bus where it is harm."""

from typing import Any

from tidemill.events import EventBus, HarmFound
from tidemill.harm import champion_harm
from tidemill.records import ChampionRecord
from tidemill.registry import Registry
from tidemill.risk import Change, Harm


def conclude(
    pipeline: str,
    record: dict[str, Any],
    champion: ChampionRecord,
    registry: Registry,
    bus: EventBus,
) -> Harm:
    """The harm that the kept promise shows; it is told once, and again where more is certain."""
    model = f"{pipeline}/{champion.model_version}"
    harm = champion_harm(record, model, drifted=_drifted(pipeline, champion, registry))
    kind, told = f"{harm.basis} {harm.change}", record.get("told", "")
    if harm.verdict == "harm" and _certainty(kind) > _certainty(told):
        change = harm.change or record.get("change", "")
        bus.publish(
            HarmFound(
                pipeline=pipeline,
                model_version=champion.model_version,
                basis=harm.basis,
                change=change,
                reason=harm.reason,
            )
        )
        registry.update_promise(pipeline, lambda held: _told(held, model, kind, change))
    return harm


def _certainty(told: str) -> tuple[bool, bool, bool]:
    """Anything is more than nothing, outcomes more than an estimate, a named change than none."""
    basis, _, change = told.partition(" ")
    return bool(basis), basis == "outcomes", bool(change)


def _told(record: dict[str, Any], model: str, kind: str, change: Change) -> dict[str, Any]:
    """With what was told last; its `change` may be one that was told before on less."""
    told = {"told": kind, "change": change}
    return {**record, **told} if record.get("model") == model else record


def _drifted(pipeline: str, champion: ChampionRecord, registry: Registry) -> bool | None:
    """Whether any window drifted since the champion serves; None where none was compared."""
    since = champion.promoted_at
    if any(str(found["at"]) >= since for found in registry.drifts(pipeline)):
        return True
    newest = registry.drift(pipeline).values()
    return False if any(str(found["at"]) >= since for found in newest) else None
