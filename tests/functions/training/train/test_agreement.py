"""How challenger and champion compare, answer by answer, as the release of a model needs it."""

import numpy as np
import pytest

from tidemill.records import Agreement
from training.train.examining.evaluate import Measured, agreement
from training.train.examining.uncertainty import Answers
from training.train.measuring.metrics import Scorer


def agreed(
    challenger: np.ndarray, champion: np.ndarray, scorers: tuple[Scorer, Scorer]
) -> Agreement:
    roles = ("challenger", "champion")
    said = zip((challenger, champion), scorers, strict=True)
    answers = {role: Answers(*each) for role, each in zip(roles, said, strict=True)}
    found = agreement(Measured(answers, "d1", []))
    assert found is not None
    return Agreement.model_validate(found)


def test_numbers_differ_by_their_mean_and_mean_square() -> None:
    """Challenger less champion, on all test rows."""
    scorer = Scorer("regression", [])
    found = agreed(np.array([1.0, 2.0, 6.0]), np.array([1.0, 3.0, 3.0]), (scorer, scorer))
    assert (found.rows, found.disagreement) == (3, 0.0)
    assert found.difference == pytest.approx(2 / 3)
    assert found.square == pytest.approx(10 / 3)
    assert found.champion_dataset_version == "d1"


def test_classes_differ_by_the_last_ones_probability_and_by_labels() -> None:
    """Each model labels by its own threshold."""
    scorer = Scorer("binary", ["no", "yes"])
    ours = np.array([[0.7, 0.3], [0.2, 0.8], [0.6, 0.4], [0.9, 0.1]])
    theirs = np.array([[0.7, 0.3], [0.3, 0.7], [0.6, 0.4], [0.9, 0.1]])
    found = agreed(ours, theirs, (scorer.at(0.35), scorer.at(0.5)))
    assert found.difference == pytest.approx(0.025)
    assert found.disagreement == 0.25


def test_without_a_champion_there_is_nothing_to_agree_with() -> None:
    """As for the first model of a pipeline."""
    scorer = Scorer("regression", [])
    alone = {"challenger": Answers(np.array([1.0]), scorer)}
    assert agreement(Measured(alone, None, [])) is None
