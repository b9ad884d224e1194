"""Metrics of labels and of probabilities are scikit-learn's, whatever the classes hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

CLASSES = ["a", "b", "c"]


@st.composite
def answered(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Labels of two or three classes, each there once, and probabilities with ties."""
    width, rows = draw(st.integers(2, 3)), draw(st.integers(3, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    outputs = rng.integers(1, 5, (rows, width)).astype(float)
    codes = np.append(np.arange(width), rng.integers(0, width, rows - width))
    return np.array(CLASSES)[codes], outputs / outputs.sum(axis=1)[:, None]


@settings(deadline=None, max_examples=50)
@given(answered())
def test_metrics_of_labels_are_those_of_scikit_learn(
    rows: tuple[np.ndarray, np.ndarray],
) -> None:
    """Accuracy, balanced accuracy, F1, precision, recall and Brier agree to the last digits."""
    from training.train.measuring.metrics import Scorer  # noqa: PLC0415

    y, outputs = rows
    classes = CLASSES[: outputs.shape[1]]
    binary = len(classes) == 2
    found = Scorer("binary" if binary else "multiclass", classes).scores(y, outputs)

    answers = np.array(classes)[outputs.argmax(axis=1)]
    pick = {"pos_label": "b", "average": "binary"} if binary else {"average": "macro"}
    expected = {
        "accuracy": sk.accuracy_score(y, answers),
        "balanced_accuracy": sk.balanced_accuracy_score(y, answers),
        "f1": sk.f1_score(y, answers, zero_division=0.0, **pick),
        "log_loss": sk.log_loss(y, outputs, labels=classes),
    }
    if binary:
        expected["precision"] = sk.precision_score(y, answers, zero_division=0.0, **pick)
        expected["recall"] = sk.recall_score(y, answers, zero_division=0.0, **pick)
        expected["brier"] = sk.brier_score_loss(y, outputs[:, 1], pos_label="b")
    else:
        expected["brier"] = sk.brier_score_loss(y, outputs, labels=classes)
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)


@settings(deadline=None, max_examples=50)
@given(answered())
def test_ranking_of_many_classes_is_the_mean_of_one_against_the_rest(
    rows: tuple[np.ndarray, np.ndarray],
) -> None:
    """ROC AUC and average precision of three classes are macro averages over those present."""
    from training.train.measuring.metrics import Scorer  # noqa: PLC0415

    y, outputs = rows
    if outputs.shape[1] < 3:
        return
    scorer = Scorer("multiclass", CLASSES)
    flags = y[:, None] == np.array(CLASSES)
    for metric, function in (
        ("roc_auc", sk.roc_auc_score),
        ("average_precision", sk.average_precision_score),
    ):
        each = [function(flags[:, k], outputs[:, k]) for k in range(3)]
        assert scorer.score(metric, y, outputs) == pytest.approx(np.mean(each), abs=1e-12)


@pytest.mark.parametrize("metric", ["f1", "accuracy", "balanced_accuracy"])
@settings(deadline=None, max_examples=50)
@given(answered())
def test_tuned_score_is_that_of_the_best_threshold(
    metric: str, rows: tuple[np.ndarray, np.ndarray]
) -> None:
    """A tuned scorer gives what the best cut gives, and no threshold gives more."""
    from training.train.measuring.cuts import Cuts  # noqa: PLC0415
    from training.train.measuring.metrics import Scorer  # noqa: PLC0415

    y, outputs = rows
    if outputs.shape[1] > 2:
        return
    scorer = Scorer("binary", CLASSES[:2])
    cuts = Cuts.of(scorer.codes(y), outputs[:, 1])
    best = cuts.best(cuts.scores(metric))

    tuned = Scorer("binary", CLASSES[:2], tuned=True).score(metric, y, outputs)

    assert scorer.at(best).score(metric, y, outputs) == pytest.approx(tuned)
    others = [scorer.at(t).score(metric, y, outputs) for t in np.linspace(0, 1, 21)]
    assert max(others) <= tuned + 1e-12


def test_stranger_among_the_labels_is_named() -> None:
    """A label that is no class is an error that names it, not a wrong number."""
    from training.train.measuring.metrics import Scorer  # noqa: PLC0415

    with pytest.raises(ValueError, match="'z' is none of the classes"):
        Scorer("binary", ["a", "b"]).codes(np.array(["a", "z"]))


def test_probability_at_the_threshold_is_answered_positively() -> None:
    """A model answers its second class from the threshold on, rounding of the last bit aside."""
    from training.train.measuring.metrics import Scorer  # noqa: PLC0415

    scorer = Scorer("binary", ["no", "yes"], threshold=0.3)
    positive = np.array([0.1 + 0.2, 0.3, np.nextafter(0.3, 0), 0.29])
    assert scorer.answers(np.column_stack([1 - positive, positive])).tolist() == [1, 1, 1, 0]
