"""What is known of a champion's loss, beside its promise: told on the bus where it is harm."""

from typing import Any

from tidemill.events import EventBus, HarmFound
from tidemill.harm import champion_harm
from tidemill.records import ChampionRecord
from tidemill.registry import Registry
from tidemill.risk import Harm


def conclude(
    pipeline: str,
    record: dict[str, Any],
    champion: ChampionRecord,
    registry: Registry,
    bus: EventBus,
) -> Harm:
    """The harm that the kept promise shows; harm that is new, or of a new kind, is told once."""
    model = f"{pipeline}/{champion.model_version}"
    harm = champion_harm(record, model, drifted=_drifted(pipeline, champion, registry))
    kind = f"{harm.basis} {harm.change}"
    if harm.verdict == "harm" and record.get("told") != kind:
        bus.publish(
            HarmFound(
                pipeline=pipeline,
                model_version=champion.model_version,
                basis=harm.basis,
                change=harm.change,
                reason=harm.reason,
            )
        )
        registry.update_promise(pipeline, lambda held: _told(held, model, kind, harm.change))
    return harm


def _told(record: dict[str, Any], model: str, kind: str, change: str) -> dict[str, Any]:
    told = {"told": kind, "change": change}
    return {**record, **told} if record.get("model") == model else record


def _drifted(pipeline: str, champion: ChampionRecord, registry: Registry) -> bool | None:
    """Whether any window drifted since the champion serves; None where none was compared."""
    since = champion.promoted_at
    if any(str(found["at"]) >= since for found in registry.drifts(pipeline)):
        return True
    newest = registry.drift(pipeline).values()
    return False if any(str(found["at"]) >= since for found in newest) else None
