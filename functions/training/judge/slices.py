"""No slice may be surely worse than its bound allows, however good the model is on the whole."""

from collections.abc import Iterator
from statistics import NormalDist

from tidemill.contract import LOWER_IS_BETTER, Gate
from tidemill.evaluation import Evaluation, Slice
from tidemill.records import Check

REACH = NormalDist().inv_cdf(0.975)
NAMED = 3
NEVER = 1e-9


def check_slices(evaluation: Evaluation, gate: Gate) -> Iterator[Check]:
    """One check for each column that the gate bounds.

    A slice's loss may be larger than the champion's by the bound's share of it, and fails where it
    is surely larger still: at the gate's confidence, by Bonferroni's correction for all slices
    judged. Where higher is better, the loss is what is missing to 1. Slices of too few rows, or
    without a champion, are said and fail nothing.
    """
    bounded = [found for found in evaluation.slices if found.column in gate.slices]
    judged = [found for found in bounded if found.comparison]
    doubt = (1 - gate.confidence) / max(1, len(judged))
    sure = NormalDist().inv_cdf(1 - min(max(doubt, NEVER), 1 - NEVER))
    for column, bound in gate.slices.items():
        mine = [found for found in judged if found.column == column]
        small = [f for f in bounded if f.column == column and not f.scores]
        worse = {found.value: _worse(found, evaluation.metric) for found in mine}
        failed = [f for f in mine if _surely(f, evaluation.metric, bound, sure)]
        detail = _said(column, bound, mine, failed, evaluation)
        if small:
            names = ", ".join(f"{found.value} ({found.rows} rows)" for found in small[:NAMED])
            detail += f"; too few rows to judge {len(small)}: {names}"
        yield Check(
            name=f"slices.{column}",
            passed=not failed,
            value=max(worse.values(), default=None),
            bound=bound,
            detail=detail,
        )


def _said(
    column: str, bound: float, mine: list[Slice], failed: list[Slice], evaluation: Evaluation
) -> str:
    metric = evaluation.metric
    if not mine:
        champion = evaluation.comparisons.get("champion")
        why = "none has rows enough" if champion else "there is no champion to compare with"
        return f"slices of {column} were not judged: {why}"
    if not failed:
        return f"none of {len(mine)} slices of {column} is surely over {bound:.0%} worse"
    named = ", ".join(
        f"{column} = {f.value}: {metric} {f.scores['challenger']:.4f}, the champion's "
        f"{f.scores['champion']:.4f}, {_worse(f, metric):.0%} worse"
        for f in failed[:NAMED]
    )
    return f"surely over {bound:.0%} worse than the champion where {named}"


def _loss(found: Slice, metric: str) -> float:
    score = found.scores["champion"]
    return abs(score if metric in LOWER_IS_BETTER else 1 - score)


def _worse(found: Slice, metric: str) -> float:
    """By which share of the champion's loss the challenger's is larger; below 0 if smaller."""
    lost = -found.comparison.difference if found.comparison else 0.0
    return lost / max(_loss(found, metric), 1e-12)


def _surely(found: Slice, metric: str, bound: float, sure: float) -> bool:
    compared = found.comparison
    if compared is None:
        return False
    error = (compared.high - compared.low) / (2 * REACH)
    beyond = -compared.difference - bound * _loss(found, metric)
    return beyond > sure * error and beyond > 1e-12
