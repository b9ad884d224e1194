"""What was used of a billed thing, and which pipelines it was used for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from tidemill.costs import STAGE, CostLine

type Share = Literal["requests", "busy", "predictions", "rows", "work"]
type Weights = Mapping[Share, Mapping[str, float]]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """A day's quantity of a unit in a room.

    It is one `pipeline`'s, or shared out `by` what each of them did; what is neither is nobody's:
    it would be paid for without any. `usd_each` is for what the price table has no unit of.
    """

    room: str
    unit: str
    resource: str
    quantity: float
    pipeline: str | None = None
    by: Share | None = None
    answering: bool = False
    usd_each: float | None = None


type Priced = Mapping[tuple[str, str], tuple[CostLine, ...]]  # by pipeline and room


def share_out(usage: Usage, weights: Weights) -> list[tuple[str, Usage]]:
    """The usage of each pipeline; the stage's where no pipeline did what it is shared by."""
    if usage.pipeline is not None:
        return [(usage.pipeline, usage)]
    did = weights.get(usage.by, {}) if usage.by else {}
    total = sum(did.values())
    if not total:
        return [(STAGE, usage)]
    return [
        (pipeline, replace(usage, quantity=usage.quantity * weight / total))
        for pipeline, weight in did.items()
        if weight
    ]


def price(usages: Iterable[Usage], weights: Weights, prices: Mapping[str, float]) -> Priced:
    """The ledger's lines of each pipeline and room; KeyError for a unit without a price."""
    found: dict[tuple[str, str], list[CostLine]] = {}
    for usage in usages:
        each = prices[usage.unit] if usage.usd_each is None else usage.usd_each
        for pipeline, part in share_out(usage, weights):
            if not part.quantity:
                continue
            line = CostLine(
                unit=part.unit,
                resource=part.resource,
                quantity=round(part.quantity, 9),
                usd=round(part.quantity * each, 12),
                answering=part.answering,
            )
            found.setdefault((pipeline, part.room), []).append(line)
    return {key: tuple(lines) for key, lines in found.items()}
