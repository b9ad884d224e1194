"""Whether a challenger may serve: its requirements, the champion, the dumb baseline."""

import operator
from collections.abc import Callable

from tidemill.contract import LOWER_IS_BETTER, Gate
from tidemill.evaluation import Comparison, Evaluation
from tidemill.records import Verdict

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}


def judge(evaluation: Evaluation, gate: Gate) -> Verdict:
    """Every reason in words and numbers; one that speaks against it refuses the challenger."""
    findings = [
        *_requirements(evaluation, gate),
        _against_baseline(evaluation),
        _against_champion(evaluation, gate),
    ]
    return Verdict(
        passed=all(passed for passed, _ in findings),
        reasons=tuple(reason for _, reason in findings),
    )


def _requirements(evaluation: Evaluation, gate: Gate) -> list[tuple[bool, str]]:
    found = []
    scores = evaluation.test_metrics("challenger") or {}
    for metric, comparison, bound in gate.bounds():
        value = scores[metric]
        passed = OPERATORS[comparison](value, bound)
        says = "meets" if passed else "misses"
        found.append((passed, f"test {metric} {value:.4f} {says} {comparison} {bound:g}"))
    return found


def _against_baseline(evaluation: Evaluation) -> tuple[bool, str]:
    against = evaluation.comparisons["baseline"]
    if against is None:
        return False, "was not compared with a constant prediction"
    passed = against.low > 0
    says = "beats" if passed else "does not surely beat"
    return passed, f"{says} the constant prediction: {_interval(against, evaluation)}"


def _against_champion(evaluation: Evaluation, gate: Gate) -> tuple[bool, str]:
    against = evaluation.comparisons["champion"]
    if against is None:
        notes = [note for note in evaluation.notes if note.startswith("the champion")]
        return True, "; ".join(notes) or "there is no champion yet"
    passed = (
        against.difference > gate.min_improvement and against.probability_better >= gate.confidence
    )
    says = "better than the champion" if passed else "not surely better than the champion"
    return passed, (
        f"{says}: by {_interval(against, evaluation)}, "
        f"P(better) = {against.probability_better:.1%}, asked are more than "
        f"{gate.min_improvement:g} and {gate.confidence:.0%}"
    )


def _interval(comparison: Comparison, evaluation: Evaluation) -> str:
    direction = "lower" if evaluation.metric in LOWER_IS_BETTER else "higher"
    return (
        f"{comparison.difference:.4f} {direction} {evaluation.metric} "
        f"(95% interval {comparison.low:.4f} to {comparison.high:.4f})"
    )
