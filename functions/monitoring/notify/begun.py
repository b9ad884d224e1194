"""Which events begin something that somebody should know of, and which end it."""

from collections.abc import Callable, Mapping
from typing import Any

from tidemill.incidents import Words

type Detail = Mapping[str, Any]

ENDS = {
    "ContractAccepted": ("ContractRefused",),
    "ModelPromoted": ("DriftDetected", "HarmFound", "ModelRolledBack", "RetrainingHalted"),
    "ModelRegistered": ("RunRefused", "BudgetExceeded"),
}
NAMED = 5
ASKED_FOR = "monitor.retrain."
CHANGED = {
    "concept": "; what the target means has changed",
    "data": "; the data have changed",
}
# Of a pipeline's first run too, when nothing serves yet.
UNCHANGED = "nothing else has changed"


def begins(name: str, detail: Detail) -> tuple[str, Words] | None:
    """The kind of the incident and how it is told; None where the event begins none."""
    tell = BEGINS.get(name)
    words = tell(detail) if tell else None
    if words is None:
        return None
    kind = f"{name}#{detail['week']}" if name == "IdleResourcesFound" else name
    return kind, words


def _drift(detail: Detail) -> Words:
    return Words(
        f"Data drifted in {', '.join(detail['features'][:NAMED])}",
        "Check the source of these columns; where the world has changed, retrain.",
        done="the champion goes on serving",
    )


def _harm(detail: Detail) -> Words:
    known = "as outcomes show" if detail["basis"] == "outcomes" else "as estimated without outcomes"
    model = f"Model {detail['model_version']} does worse than its test promised, {known}"
    return Words(
        f"{model}: {detail['reason']}{CHANGED.get(detail.get('change', ''), '')}",
        "GET /v1/pipelines/{name}/quality tells for whom; retrain on newer rows, or roll back.",
        done="the champion goes on serving; whether to retrain is decided by monitor.retrain",
    )


def _rollback(detail: Detail) -> Words:
    return Words(
        f"Model {detail.get('previous')} was taken back: {detail['reason']}",
        "Read the model's report before you approve another.",
        done=f"model {detail['model_version']} serves",
        section="registry-and-serving",
    )


def _budget(detail: Detail) -> Words:
    asked, left = detail["estimate_usd"], detail["allowed_usd"]
    return Words(
        f"A run could cost ${asked:.2f}, and ${left:.2f} are left to it",
        "Raise training.budget_usd or budget.monthly_usd, or lower training.max_runtime.",
        done=f"the run was refused; {UNCHANGED}",
        section="training",
    )


def _refusal(detail: Detail) -> Words | None:
    """Of a run: for what it costs, `BudgetExceeded` has the word; the contract's own is no news."""
    reason = str(detail["reason"])
    if reason.startswith("BudgetExceededError") or ASKED_FOR in reason:
        return None
    return Words(
        f"A training run was refused: {detail['reason']}",
        "Mend what the reason names, and drop the data again.",
        done=f"nothing was spent on it; {UNCHANGED}",
        section="training",
    )


def _halt(detail: Detail) -> Words:
    return Words(
        f"Nothing retrains by itself: {detail['reason']}",
        "Read the runs' verdicts; drop better data, or ask for a run.",
        done="what serves goes on serving",
        section="retraining",
    )


def _contract(detail: Detail) -> Words:
    return Words(
        f"A contract was refused: {'; '.join(detail['problems'][:NAMED])}",
        "Mend it and drop it again.",
        done="the last good contract stays in force",
        section="contracts",
    )


def _idle(detail: Detail) -> Words:
    return Words(
        f"${detail['usd_per_month']:.2f} a month go for what is not used",
        "\n".join(("", *detail["findings"])),
        section="costs",
    )


BEGINS: Mapping[str, Callable[[Detail], Words | None]] = {
    "BudgetExceeded": _budget,
    "ContractRefused": _contract,
    "DriftDetected": _drift,
    "HarmFound": _harm,
    "IdleResourcesFound": _idle,
    "ModelRolledBack": _rollback,
    "RetrainingHalted": _halt,
    "RunRefused": _refusal,
}
