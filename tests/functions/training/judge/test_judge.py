"""The verdict: requirements, champion, baseline, each with its reason."""

from typing import Any

import pytest

from tidemill.contract import Gate
from tidemill.evaluation import Evaluation
from training.judge.judge import judge


def comparison(difference: float, probability: float = 0.99) -> dict[str, Any]:
    return {
        "difference": difference,
        "low": difference - 0.1,
        "high": difference + 0.1,
        "probability_better": probability,
        "resamples": 2000,
    }


def evaluation(
    baseline: dict[str, Any] | None, champion: dict[str, Any] | None = None, **more: object
) -> Evaluation:
    return Evaluation.model_validate(
        {
            "task": "regression",
            "metric": "rmse",
            "rows": {"test": 100},
            "models": {"challenger": {"test": {"rmse": 2.1, "mae": 1.5}}, "champion": None},
            "comparisons": {"baseline": baseline, "champion": champion},
        }
        | more
    )


GOOD = comparison(1.0)


def test_the_first_model_passes_when_it_beats_the_dumb_one() -> None:
    """Without a champion, the constant prediction is the bar."""
    verdict = judge(evaluation(GOOD), Gate())
    assert verdict.passed
    assert verdict.reasons == (
        "beats the constant prediction: 1.0000 lower rmse (95% interval 0.9000 to 1.1000)",
        "there is no champion yet",
    )


@pytest.mark.parametrize("baseline", [comparison(0.05), comparison(-1.0), None])
def test_a_model_that_knows_nothing_does_not_pass(baseline: dict[str, Any] | None) -> None:
    """The interval against the constant prediction must lie above zero."""
    assert not judge(evaluation(baseline), Gate()).passed


@pytest.mark.parametrize(
    ("bound", "passed", "says"),
    [
        ("<= 2.5", True, "test rmse 2.1000 meets <= 2.5"),
        ("< 2.1", False, "test rmse 2.1000 misses < 2.1"),
        ("<= 2.1", True, "test rmse 2.1000 meets <= 2.1"),
        (">= 2.1", True, "test rmse 2.1000 meets >= 2.1"),
        ("> 2.1", False, "test rmse 2.1000 misses > 2.1"),
    ],
)
def test_every_requirement_counts(bound: str, passed: bool, says: str) -> None:
    """Met or missed, with value and bound."""
    verdict = judge(evaluation(GOOD), Gate(require={"rmse": bound}))
    assert (verdict.passed, verdict.reasons[0]) == (passed, says)


@pytest.mark.parametrize(
    ("champion", "gate", "passed"),
    [
        (comparison(0.2, 0.96), Gate(), True),
        (comparison(0.2, 0.94), Gate(), False),
        (comparison(0.2, 0.94), Gate(confidence=0.9), True),
        (comparison(0.0, 0.99), Gate(), False),
        (comparison(0.2, 0.99), Gate(min_improvement=0.2), False),
        (comparison(0.21, 0.99), Gate(min_improvement=0.2), True),
        (comparison(-0.5, 0.01), Gate(), False),
    ],
)
def test_a_challenger_must_be_surely_better(
    champion: dict[str, Any], gate: Gate, passed: bool
) -> None:
    """By more than the minimum, with the confidence that the gate asks for."""
    verdict = judge(evaluation(GOOD, champion), gate)
    assert verdict.passed is passed
    assert ("not surely better than the champion" in verdict.reasons[-1]) is not passed


def test_a_champion_that_could_not_be_measured_is_not_denied() -> None:
    """The reason says so, and not that there is none."""
    note = "the champion could not be measured: it predicts sex (binary)"
    verdict = judge(evaluation(GOOD, notes=["something else", note]), Gate())
    assert verdict.passed
    assert verdict.reasons[-1] == note


def test_one_reason_against_is_enough() -> None:
    """All reasons are given, whatever decides."""
    verdict = judge(
        evaluation(comparison(-1.0), comparison(-1.0)),
        Gate(require={"rmse": "<= 1", "mae": "<= 2"}),
    )
    assert (verdict.passed, len(verdict.reasons)) == (False, 4)


def test_a_requirement_on_what_was_not_measured_is_refused_by_name() -> None:
    """A metric that the evaluation lacks fails the challenger, and is named."""
    verdict = judge(evaluation(GOOD), Gate(require={"r2": ">= 0.5"}))
    assert not verdict.passed
    assert verdict.reasons[0] == "test r2 was not measured, and >= 0.5 is required"


def test_every_check_stands_beside_its_reason() -> None:
    """With its name, what was found, and what was asked."""
    verdict = judge(evaluation(GOOD, comparison(0.2)), Gate(require={"rmse": "<= 2.5"}))
    assert [(c.name, c.passed, c.value, c.bound) for c in verdict.checks] == [
        ("require.rmse", True, 2.1, 2.5),
        ("baseline", True, 0.9, 0.0),
        ("champion", True, 0.2, 0.0),
    ]
    assert tuple(check.detail for check in verdict.checks) == verdict.reasons


@pytest.mark.parametrize(
    ("serving", "passed", "says"),
    [
        ({"latency_ms": 99.0, "artifact_bytes": 1}, True, "takes 99 ms, within 100 ms"),
        ({"latency_ms": 101.0, "artifact_bytes": 1}, False, "takes 101 ms, above 100 ms"),
        ({"latency_ms": 1.0, "artifact_bytes": 101_000_000}, False, "101 MB, above 100 MB"),
    ],
)
def test_serving_is_within_bounds(serving: dict[str, Any], passed: bool, says: str) -> None:
    """A model that is too slow or too large does not serve."""
    verdict = judge(evaluation(GOOD, serving=serving), Gate())
    assert verdict.passed is passed
    assert any(says in reason for reason in verdict.reasons)


def test_a_model_cut_short_is_marked() -> None:
    """It may pass; the verdict says that the search had no time for more."""
    verdict = judge(evaluation(GOOD, delivered="best so far"), Gate())
    assert verdict.passed
    assert "this is the best model so far" in verdict.reasons[-1]


@pytest.mark.parametrize("better", [True, False])
def test_a_champion_that_has_seen_the_test_rows_is_doubted(better: bool) -> None:
    """Beaten all the same it is beaten; else a person may decide, and the verdict says so."""
    against = comparison(0.2, 0.99 if better else 0.5)
    verdict = judge(evaluation(GOOD, against), Gate(), "test grew from 10% to 20% of the rows")
    assert verdict.passed is better
    assert "test grew from 10% to 20%" in verdict.reasons[-1]
    assert ("a person may approve" in verdict.reasons[-1]) is not better
