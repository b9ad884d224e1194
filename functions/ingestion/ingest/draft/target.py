"""Which column is to be predicted, as far as a file tells, and by which task."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ingestion.ingest.draft.look import ID_WORDS, Look, as_learnable
from ingestion.ingest.draft.remarks import shown
from tidemill.references import NUMBERS, TARGET_TYPES

NAMES = ("target", "label", "class", "y", "outcome", "churn", "churned", "species", "survived")
MOST_CLASSES, MOST_MISSING = 20, 0.5


@dataclass(frozen=True)
class Target:
    """The column, why it was taken, and its task; `reason` is empty where it was named."""

    look: Look
    reason: str
    task: str

    @property
    def classes(self) -> bool:
        return self.task != "regression"

    @property
    def remark(self) -> str:
        """What a person may want to decide otherwise."""
        few = 2 < self.look.distinct <= MOST_CLASSES
        if self.look.kind == "int" and not self.classes and few:
            return f"{self.look.distinct} different numbers: if they are classes, multiclass"
        return ""


def find_target(looks: Mapping[str, Look], wish: str | None) -> Target:
    """The column that was wished for, else one named like a target, else the last that fits."""
    if wish is not None and wish in looks:
        return _target(as_learnable(looks[wish]), "")
    found = _guess(looks, wish or "")
    if wish:
        return replace(found, reason=f"there is no column {shown(wish)}; {found.reason}")
    return found


def _guess(looks: Mapping[str, Look], wish: str) -> Target:
    fit = [seen for seen in looks.values() if _can_be_learned(seen)]
    for name in (wish.lower(), *NAMES):
        for seen in fit:
            if seen.name.lower() == name:
                return _target(seen, "a guess, by its name")
    if fit:
        return _target(fit[-1], "a guess, the last column that can be predicted")
    last = list(looks.values())[-1]
    return _target(last, "no column looks as if it could be predicted")


def _target(seen: Look, reason: str) -> Target:
    if seen.kind in NUMBERS and not (seen.kind == "int" and seen.distinct == 2):
        return Target(seen, reason, "regression")
    binary = seen.kind == "bool" or seen.distinct == 2
    return Target(seen, reason, "binary" if binary else "multiclass")


def _can_be_learned(seen: Look) -> bool:
    known = seen.rows - seen.missing
    return (
        seen.kind in TARGET_TYPES
        and not seen.people
        and not seen.words & ID_WORDS
        and seen.distinct > 1
        and known > seen.rows * (1 - MOST_MISSING)
    )
