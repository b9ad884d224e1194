"""What a model on trial must not show, each told from chance."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from release.check.chance import SURELY_WORSE, deviations, tail
from release.check.seen import Failures, Seen
from tidemill.figures import LEAST_SEEN, MOST_FAILED, TIMES_THE_USUAL
from tidemill.records import Agreement, Check
from tidemill.risk import TOLERATED
from tidemill.wager import Wager

INVALID = 0.001
MATTERS = 0.5
MATTERS_OF_SHARES = 0.1


@dataclass(frozen=True, slots=True)
class Expected:
    """What the test rows foretell of two models' answers to the same rows.

    `matters` is how much an answer may be off on average, in the target's unit or as probability:
    half of the champion's own error. Without an `agreement`, measured side by side, what they may
    differ by is at most both errors together (the triangle inequality), `apart` of numbers and
    `disagreement` of labels.
    """

    classes: bool
    matters: float
    apart: float
    disagreement: float
    agreement: Agreement | None = None


def expect(
    classes: bool,
    challenger: dict[str, float],
    champion: dict[str, float],
    agreement: Agreement | None,
) -> Expected | None:
    """From both models' test metrics; None where they lack what it takes."""
    if classes:
        wrong = [1 - scores.get("accuracy", 0.0) for scores in (challenger, champion)]
        return Expected(True, MATTERS_OF_SHARES, 1.0, min(sum(wrong), 1.0), agreement)
    if "rmse" not in challenger or "rmse" not in champion:
        return None
    apart = challenger["rmse"] + champion["rmse"]
    return Expected(False, MATTERS * champion["rmse"], apart, 0.0, agreement)


def check_invalid(seen: Seen, level: float) -> Check:
    """Of answers that cannot be given, one in a thousand is put up with."""
    asked = seen.predictions + seen.invalid
    passed = tail(seen.invalid, asked, INVALID) > level
    detail = f"{seen.invalid:.0f} of {asked:.0f} predictions could not be given"
    return Check(
        name="invalid_predictions",
        passed=passed,
        value=seen.invalid / asked if asked else None,
        bound=INVALID,
        detail=detail,
    )


def check_failures(found: Failures, level: float) -> Check:
    """One in a hundred may fail of the pipeline's requests, and of all without an explanation.

    What other pipelines failed is none of its business; of what died, nobody knows whose it was.
    """
    own = found.failed + found.answered
    known = tail(found.failed, own, MOST_FAILED)
    unknown = tail(found.unexplained, found.asked, MOST_FAILED)
    share, detail = found.failed / own if own else None, f"{found.failed:.0f} of {own:.0f} requests"
    detail += (
        f" of the pipeline failed, {found.unexplained:.0f} of {found.asked:.0f} of the API died"
    )
    passed = min(known, unknown) > level / 2
    return Check(name="api_errors", passed=passed, value=share, bound=MOST_FAILED, detail=detail)


def check_latency(
    slowest: float | None, champion: float | None, allowance: float
) -> Iterator[Check]:
    """A row takes at most three times what it takes the champion, or what is allowed anyway.

    `slowest` is what the slowest hundredth surely takes, `champion` what it takes him, in ms.
    """
    if slowest is None or champion is None:
        return
    bound = max(TIMES_THE_USUAL * champion, allowance)
    detail = f"the slowest hundredth takes at least {slowest:.3g} ms a row, the champion's takes "
    detail += f"{champion:.3g} ms"
    yield Check(
        name="latency_ms", passed=slowest <= bound, value=slowest, bound=bound, detail=detail
    )


def check_quality(trial: Mapping[str, Any]) -> Iterator[Check]:
    """By outcomes, its loss is not surely above the champion's by more than a twentieth.

    `trial` is what `monitoring/measure` knows of the release; nothing before outcomes came of both.
    """
    wager = Wager(**trial.get("wager", {}))
    if not wager.rows:
        return
    ours, theirs = (trial["scale"] * total / wager.rows for total in (wager.ours, wager.theirs))
    detail = f"its mean loss ({trial['loss']}) is {ours:.4g} and the champion's {theirs:.4g} "
    detail += f"by {wager.rows} outcomes of each"
    yield Check(
        name="quality",
        passed=wager.most < SURELY_WORSE,
        value=ours,
        bound=(1 + TOLERATED) * theirs,
        detail=detail,
    )


def check_constant(seen: Seen, champion: Seen) -> Iterator[Check]:
    """Rows that the champion tells apart have not all the same answer."""
    if seen.predictions < LEAST_SEEN or seen.low is None or champion.low == champion.high:
        return
    detail = f"its answers lie between {seen.low:.4g} and {seen.high:.4g}"
    yield Check(name="constant", passed=seen.low != seen.high, detail=detail)


def check_shift(seen: Seen, expected: Expected, level: float) -> Iterator[Check]:
    """On the same rows, answers lie from the champion's about as the test rows foretell."""
    rows = seen.predictions
    if rows < LEAST_SEEN:
        return
    yield _mean(seen, expected, level)
    if expected.classes:
        yield _labels(seen, expected, level)
    else:
        yield _distance(seen, expected, level)


def _mean(seen: Seen, expected: Expected, level: float) -> Check:
    """The mean difference, beyond what was measured, what matters and chance."""
    rows, known = seen.predictions, expected.agreement
    mean = seen.differences / rows
    variance = max(seen.squares / rows - mean**2, 0.0) / rows
    foretold, most = 0.0, expected.apart
    if known is not None:
        foretold, most = known.difference, expected.matters
        variance += max(known.square - known.difference**2, 0.0) / known.rows
    off = abs(mean - foretold)
    passed = off <= most + deviations(level) * math.sqrt(variance)
    detail = f"answers differ from the champion's by {mean:+.4g} on average"
    detail += f", foretold were {foretold:+.4g}" if known else ""
    return Check(name="shift", passed=passed, value=off, bound=most, detail=detail)


def _distance(seen: Seen, expected: Expected, level: float) -> Check:
    """The root of the mean square of the differences."""
    rows, known = seen.predictions, expected.agreement
    square = seen.squares / rows
    error = math.sqrt(max(seen.fourths / rows - square**2, 0.0) / rows)
    most = math.sqrt(known.square) + expected.matters if known else expected.apart
    passed = square - deviations(level) * error <= most**2
    detail = f"answers lie {math.sqrt(square):.4g} from the champion's (root mean square)"
    return Check(name="distance", passed=passed, value=math.sqrt(square), bound=most, detail=detail)


def _labels(seen: Seen, expected: Expected, level: float) -> Check:
    """The share of rows with another label."""
    known = expected.agreement
    most = known.disagreement + MATTERS_OF_SHARES if known else expected.disagreement
    share = seen.disagreements / seen.predictions
    passed = most >= 1 or tail(seen.disagreements, seen.predictions, max(most, INVALID)) > level
    detail = f"{share:.1%} of the labels are not the champion's"
    return Check(name="labels", passed=passed, value=share, bound=most, detail=detail)
