"""Whether a champion does worse than its test promised: what quality finds and retraining asks."""

from typing import Literal

from tidemill.records import Record

HarmState = Literal["harm", "no harm", "not known"]
Basis = Literal["realised", "estimated"]


class Harm(Record):
    """The newest that is known of what champion `model_version` does to the predictions it makes.

    `basis` is whether outcomes told or an estimate without labels did; None where nothing is known.
    The loss is the contract's metric turned so that lower is better: of the predictions made from
    `since` to `until` within `low` and `high`, where the test promised no more than `promised`.
    `concept` says that outcomes got worse while the features look as they did. `reason` says all of
    it in words.
    """

    state: HarmState
    model_version: int
    basis: Basis | None = None
    loss: float | None = None
    low: float | None = None
    high: float | None = None
    promised: float | None = None
    rows: int = 0
    since: str = ""
    until: str = ""
    concept: bool = False
    reason: str = ""
