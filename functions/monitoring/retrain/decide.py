"""Whether a sign is worth a run."""

from dataclasses import dataclass

from monitoring.retrain.sign import Sign
from tidemill.records import ChampionRecord
from tidemill.retraining import History, Refusal, hold_back
from tidemill.risk import Harm


@dataclass(frozen=True)
class Standing:
    """Who serves, what it was trained on, and the harm it does as was known at `looked_at`."""

    champion: ChampionRecord
    harm: Harm
    looked_at: str
    history: History


def decide(sign: Sign, standing: Standing) -> Refusal | None:
    """Why the sign starts no run, in words; None where it does.

    A retraining cannot call for the next one: what was seen of the champion before says nothing of
    this one, and rows that a run was on are no reason for another.
    """
    if sign.trigger not in standing.history.policy.on:
        return Refusal(f"monitor.retrain.on does not name {sign.trigger}")
    return (
        _stale(sign, standing.champion)
        or _busy(standing)
        or _harmless(sign, standing)
        or hold_back(sign.trigger, standing.history)
    )


def explain(sign: Sign, standing: Standing) -> str:
    """Why a run is asked for."""
    harm = standing.harm
    if sign.trigger != "drift" or harm.verdict != "harm" or harm.reason in sign.cause:
        return sign.cause
    return f"{sign.cause}, and the model does harm: {harm.reason}"


def _stale(sign: Sign, champion: ChampionRecord) -> Refusal | None:
    serving = champion.model_version
    if sign.model_version is not None and sign.model_version != serving:
        return Refusal(f"it was seen of model {sign.model_version}, and model {serving} serves")
    if sign.since and sign.model_version is None and sign.since < champion.promoted_at:
        return Refusal(f"it was seen before model {serving} was promoted")
    return None


def _busy(standing: Standing) -> Refusal | None:
    running, trial = standing.history.running, standing.champion.challenge
    if running:
        return Refusal(f"run {running.run} goes on")
    if trial:
        return Refusal(f"model {trial.model_version} is on trial: release {trial.release}")
    return None


def _harmless(sign: Sign, standing: Standing) -> Refusal | None:
    """Drift has to hurt; quality that was last looked at before it began does not tell."""
    if sign.trigger != "drift":
        return None
    harm = standing.harm
    if harm.verdict == "harm":
        return None
    if harm.verdict == "no harm" and standing.looked_at >= sign.since:
        return Refusal(f"the drift does no harm: {harm.reason}")
    if standing.history.policy.unknown_harm == "retrain":
        return None
    return Refusal(
        f"whether the drift harms is not known ({harm.reason}): outcomes tell, or set "
        "monitor.retrain.unknown_harm to retrain"
    )
