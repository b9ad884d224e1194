"""Whether a challenger may serve: everything it must show, with the reasons."""

import operator
from collections.abc import Callable, Iterator

from tidemill.contract import LOWER_IS_BETTER, Gate
from tidemill.evaluation import Comparison, Evaluation
from tidemill.records import Check, Verdict
from training.judge.slices import check_slices

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
}
MB = 1_000_000


def judge(evaluation: Evaluation, gate: Gate, seen: str = "") -> Verdict:
    """Every reason in words and numbers; one check that fails refuses the challenger.

    `seen` says why the champion may have learnt from rows that test now. That favours it: who wins
    all the same is better, and where nobody surely wins a person may decide.
    """
    checks = [
        *_requirements(evaluation, gate),
        _against_baseline(evaluation),
        _against_champion(evaluation, gate, seen),
        *check_slices(evaluation, gate),
        *_serving(evaluation, gate),
    ]
    reasons = [check.detail for check in checks]
    if evaluation.delivered == "best so far":
        reasons.append("its search ran out of time: this is the best model so far")
    return Verdict(
        passed=all(check.passed for check in checks),
        reasons=tuple(reasons),
        checks=tuple(checks),
    )


def _requirements(evaluation: Evaluation, gate: Gate) -> Iterator[Check]:
    scores = evaluation.test_metrics("challenger") or {}
    for metric, comparison, bound in gate.bounds():
        value, name = scores.get(metric), f"require.{metric}"
        if value is None:
            detail = f"test {metric} was not measured, and {comparison} {bound:g} is required"
            yield Check(name=name, passed=False, bound=bound, detail=detail)
            continue
        passed = OPERATORS[comparison](value, bound)
        says = "meets" if passed else "misses"
        detail = f"test {metric} {value:.4f} {says} {comparison} {bound:g}"
        yield Check(name=name, passed=passed, value=value, bound=bound, detail=detail)


def _against_baseline(evaluation: Evaluation) -> Check:
    against = evaluation.comparisons.get("baseline")
    if against is None:
        detail = "was not compared with a constant prediction"
        return Check(name="baseline", passed=False, detail=detail)
    passed = against.low > 0
    says = "beats" if passed else "does not surely beat"
    detail = f"{says} the constant prediction: {_interval(against, evaluation)}"
    return Check(name="baseline", passed=passed, value=against.low, bound=0.0, detail=detail)


def _against_champion(evaluation: Evaluation, gate: Gate, seen: str) -> Check:
    against = evaluation.comparisons.get("champion")
    if against is None:
        notes = [note for note in evaluation.notes if note.startswith("the champion")]
        detail = "; ".join(notes) or "there is no champion yet"
        return Check(name="champion", passed=True, detail=detail)
    passed = (
        against.difference > gate.min_improvement and against.probability_better >= gate.confidence
    )
    says = "better than the champion" if passed else "not surely better than the champion"
    detail = (
        f"{says}: by {_interval(against, evaluation)}, "
        f"P(better) = {against.probability_better:.1%}, asked are more than "
        f"{gate.min_improvement:g} and {gate.confidence:.0%}"
    )
    if seen:
        so = "all the same" if passed else "a person may approve this model all the same"
        detail += f"; {seen}, so that the champion may have learnt from rows that test now: {so}"
    return Check(
        name="champion",
        passed=passed,
        value=against.difference,
        bound=gate.min_improvement,
        detail=detail,
    )


def _serving(evaluation: Evaluation, gate: Gate) -> Iterator[Check]:
    if evaluation.serving is None:
        return
    took, size = evaluation.serving.latency_ms, evaluation.serving.artifact_bytes / MB
    for name, value, bound, unit, what in (
        ("latency_ms", took, gate.latency_ms, "ms", "one prediction takes"),
        ("size_mb", size, gate.size_mb, "MB", "the artifact has"),
    ):
        passed = value <= bound
        detail = f"{what} {value:.3g} {unit}, {'within' if passed else 'above'} {bound:g} {unit}"
        yield Check(name=name, passed=passed, value=value, bound=bound, detail=detail)


def _interval(comparison: Comparison, evaluation: Evaluation) -> str:
    direction = "lower" if evaluation.metric in LOWER_IS_BETTER else "higher"
    return (
        f"{comparison.difference:.4f} {direction} {evaluation.metric} "
        f"(95% interval {comparison.low:.4f} to {comparison.high:.4f})"
    )
