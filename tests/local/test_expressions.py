"""Metric math of one value."""

import pytest

from local.expressions import evaluate


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("failed / asked", 0.5),
        ("IF(failed >= 2 AND asked > 3, 1, 0)", 1),
        ("IF(failed > 2 OR asked > 4, 1, 0)", 0),
        ("IF(asked * (asked - failed) > 3 * (failed - 1) + 0.05, asked, failed)", 4),
    ],
)
def test_what_alarms_say_has_a_value(expression: str, value: float) -> None:
    """Arithmetic, comparisons, AND, OR and IF."""
    assert evaluate(expression, {"failed": 2, "asked": 4}) == value


@pytest.mark.parametrize("expression", ["failed / asked", "failed / nothing", "1 + unseen"])
def test_what_was_not_measured_has_none(expression: str) -> None:
    """Nor has what is divided by zero."""
    assert evaluate(expression, {"failed": 2, "nothing": 0}) is None


@pytest.mark.parametrize("expression", ["SUM(METRICS())", "a[0]", "'text'", "-1"])
def test_what_is_not_known_is_said(expression: str) -> None:
    """Sooner than a wrong value."""
    with pytest.raises(ValueError, match="not known"):
        evaluate(expression, {})
