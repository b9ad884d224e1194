"""Models of the open data sets answer as scikit-learn does, on all of their rows."""

import pytest

from bench.parity import examine
from bench.problems import PROBLEMS


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_family_answers_as_scikit_learn_does(name: str) -> None:
    """Numbers by trees to the bit, the rest within 1e-12, no label flipped, at no edge."""
    problem = PROBLEMS[name]()
    seen = list(examine(problem, trees=12, thresholds=200, python_rows=1_000))
    assert len(seen) >= 6
    for each in seen:
        assert each.parity.rows == len(problem.frame)
        assert each.parity.adversarial_rows > 600
        assert each.parity.label_flips == 0
        assert each.parity.largest_difference <= 1e-12
        if each.family in {"boosting", "RandomForestRegressor", "ExtraTreesRegressor"}:
            assert each.parity.exact or problem.contract.problem != "regression"
