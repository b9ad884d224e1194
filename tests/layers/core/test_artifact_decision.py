"""Corrections and thresholds of an artifact: what is refused, and what is answered."""

from typing import Any

import pytest

from tidemill.artifact import decision
from tidemill.artifact.predictors import Outcome
from tidemill.errors import ArtifactError

CURVE = [[0.0, 0.5, 1.0], [0.1, 0.2, 0.9]]


class Fixed:
    """A model that always says the same."""

    def __init__(self, *outputs: float) -> None:
        self.outputs = list(outputs)
        self.size = len(outputs)

    def predict(self, _row: list[Any]) -> Outcome:
        return Outcome(self.outputs, 0)


def built(node: dict[str, Any], *outputs: float) -> Outcome:
    """What a node answers over a model that says this."""
    whole = node | {"model": {"kind": "fixed"}}
    return decision.build(whole, 1, lambda _spec, _width: Fixed(*outputs)).predict([0.0])


@pytest.mark.parametrize(("positive", "winner"), [(0.3, 1), (0.1 + 0.2, 1), (0.2999, 0)])
def test_second_class_wins_from_the_threshold_on(positive: float, winner: int) -> None:
    """At the threshold it wins; the model's own answer does not matter."""
    assert built({"kind": "threshold", "threshold": 0.3}, 1 - positive, positive).winner == winner


def test_last_bit_of_a_probability_decides_nothing() -> None:
    """Machines that round otherwise give the same answer at the threshold."""
    node = {"kind": "threshold", "threshold": 0.1 + 0.2}
    assert built(node, 0.7, 0.3).winner == 1


def test_neutral_sigmoid_changes_next_to_nothing() -> None:
    """A slope of one and no shifts give the probabilities back, all but those nearly one."""
    correction = {"kind": "sigmoid", "slope": 1.0, "shifts": [0.0, 0.0]}
    found = built({"kind": "calibrated", "correction": correction}, 0.7, 0.3)
    assert found.outputs == pytest.approx([0.7, 0.3], abs=1e-5)
    three = correction | {"shifts": [0.0, 0.0, 0.0]}
    found = built({"kind": "calibrated", "correction": three}, 0.2, 0.5, 0.3)
    assert found.outputs == pytest.approx([0.2, 0.5, 0.3], abs=1e-12)
    assert found.winner == 1


def test_isotonic_goes_from_knot_to_knot() -> None:
    """Between knots it is a straight line, and the rest is the other class's."""
    correction = {"kind": "isotonic", "curves": [CURVE]}
    found = built({"kind": "calibrated", "correction": correction}, 0.25, 0.75)
    assert found.outputs == pytest.approx([0.45, 0.55])


@pytest.mark.parametrize(
    ("node", "outputs"),
    [
        ({"kind": "threshold", "threshold": 0.5}, (0.2, 0.3, 0.5)),
        ({"kind": "threshold", "threshold": 1.5}, (0.5, 0.5)),
        ({"kind": "threshold", "threshold": float("nan")}, (0.5, 0.5)),
        ({"kind": "calibrated", "correction": {"kind": "magic"}}, (0.5, 0.5)),
        ({"kind": "calibrated", "correction": {"kind": "isotonic", "curves": [CURVE]}}, (1.0,)),
        (
            {"kind": "calibrated", "correction": {"kind": "sigmoid", "slope": 1, "shifts": [0]}},
            (0.5, 0.5),
        ),
        (
            {
                "kind": "calibrated",
                "correction": {"kind": "isotonic", "curves": [[[0.0, 1.0], [0.9, 0.1]]]},
            },
            (0.5, 0.5),
        ),
    ],
)
def test_node_that_does_not_fit_is_refused(
    node: dict[str, Any], outputs: tuple[float, ...]
) -> None:
    """A threshold of three classes or beyond one, an unknown or a falling correction."""
    with pytest.raises(ArtifactError):
        built(node, *outputs)
