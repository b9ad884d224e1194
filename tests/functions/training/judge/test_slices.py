"""A model that is better on the whole does not serve where it is surely worse for some."""

from typing import Any

import pytest

from tidemill.contract import Gate
from tidemill.evaluation import Slice
from tidemill.records import Check
from training.judge.slices import check_slices

from .test_judge import GOOD, comparison, evaluation

GATE = Gate(slices={"region": 0.1})


def found(value: str, champion: float, worse: float, spread: float = 0.1) -> dict[str, Any]:
    """A slice in which the challenger's rmse is larger by `worse`, give or take `spread`."""
    compared = {
        "difference": -worse,
        "low": -worse - spread,
        "high": -worse + spread,
        "probability_better": 0.5,
        "resamples": 200,
    }
    scores = {"challenger": champion + worse, "champion": champion}
    return {
        "column": "region",
        "value": value,
        "rows": 50,
        "scores": scores,
        "comparison": compared,
    }


def check(*slices: dict[str, Any], gate: Gate = GATE, **more: object) -> Check:
    (one,) = check_slices(evaluation(GOOD, comparison(0.2), slices=slices, **more), gate)
    return one


def test_a_slice_within_its_bound_passes() -> None:
    """A little worse is allowed, as far as the gate says."""
    passed = check(found("north", 2.0, 0.1), found("south", 2.0, -0.5))
    assert (passed.passed, passed.name, passed.bound) == (True, "slices.region", 0.1)
    assert passed.value == pytest.approx(0.05)
    assert passed.detail == "none of 2 slices of region is surely over 10% worse"


def test_a_slice_surely_worse_is_refused_with_its_numbers() -> None:
    """Which slice, how good both are there, and by how much it is worse."""
    refused = check(found("north", 2.0, 0.5), found("south", 2.0, -0.5))
    assert not refused.passed
    assert refused.detail == (
        "surely over 10% worse than the champion where region = north: rmse 2.5000, the "
        "champion's 2.0000, 25% worse"
    )


def test_noise_in_a_slice_refuses_nothing() -> None:
    """What may be chance on so few rows is not held against the challenger."""
    assert check(found("north", 2.0, 0.5, spread=0.5)).passed


def test_many_slices_need_more_certainty() -> None:
    """Of many slices one looks bad by chance: what is sure of one is not sure among fifty."""
    bad = found("north", 2.0, 0.45, spread=0.22)
    assert not check(bad).passed
    assert check(bad, *(found(f"r{k}", 2.0, 0.0) for k in range(49))).passed


def test_few_rows_are_said_and_refuse_nothing() -> None:
    """A slice that cannot be judged is named."""
    small = Slice(column="region", value="west", rows=7, scores={}).model_dump()
    passed = check(found("north", 2.0, 0.0), small)
    assert passed.passed
    assert passed.detail.endswith("too few rows to judge 1: west (7 rows)")
    assert check(small).detail.startswith("slices of region were not judged: none has rows enough")


def test_without_a_champion_there_is_nothing_to_be_worse_than() -> None:
    """The first model passes, and the verdict says why."""
    (only,) = check_slices(evaluation(GOOD), GATE)
    assert only.passed
    assert only.detail == "slices of region were not judged: there is no champion to compare with"


def test_where_higher_is_better_the_loss_is_what_is_missing_to_one() -> None:
    """From 95 % right to 93 % are 40 % more errors."""
    one = found("north", 0.95, 0.02, spread=0.001)
    one["scores"]["challenger"] = 0.93
    refused = check(one, metric="accuracy", task="binary")
    assert refused.value == pytest.approx(0.4)
    assert not refused.passed


@pytest.mark.parametrize("confidence", [0.0, 1.0])
def test_a_confidence_at_its_end_is_judged_too(confidence: float) -> None:
    """Asking for certainty, or for none, is no reason to have no verdict."""
    gate = Gate(slices={"region": 0.1}, confidence=confidence)
    assert check(found("north", 2.0, 0.1), gate=gate).name == "slices.region"
