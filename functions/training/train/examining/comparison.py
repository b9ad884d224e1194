"""How much better one model is than another on the same rows, and how surely."""

from collections.abc import Iterable

from tidemill.contract import LOWER_IS_BETTER
from tidemill.evaluation import Comparison
from training.train.examining.uncertainty import Uncertainty


def compare(found: Uncertainty, role: str, rival: str) -> Comparison:
    """How much lower the role's loss is than the rival's, paired row by row."""
    low, high = found.bounds(role, rival)
    return Comparison(
        difference=found.losses[rival] - found.losses[role],
        low=low,
        high=high,
        probability_better=found.better(role, rival),
        resamples=found.draws,
    )


def intervals(
    found: Uncertainty, metric: str, roles: Iterable[str]
) -> dict[str, tuple[float, float]]:
    """95 % bounds of each role's metric, as people quote it; none is where no metric can be."""
    bounds = {role: found.bounds(role) for role in roles if role in found.losses}
    if metric in LOWER_IS_BETTER:
        return {role: (max(0.0, low), high) for role, (low, high) in bounds.items()}
    return {role: (-high, min(1.0, -low)) for role, (low, high) in bounds.items()}
