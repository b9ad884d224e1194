"""What may be done for rare classes: weighing their rows up, or drawing more or fewer rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

NONE = "none"
TREATMENTS = ("weights", "oversample", "undersample")
RARE, VERY_RARE = 0.4, 0.1
OF_LABELS = frozenset({"f1", "balanced_accuracy"})

type Labels = np.ndarray[Any, Any]


def treatments(task: str, y: Labels, setting: str, metric: str) -> tuple[str, ...]:
    """What a search may try, untreated first; what the contract asks for alone, if it does.

    `auto` tries all where the rarest class has less than 0.4 of an even share (20 % of two
    classes) and the metric is of labels, or less than 0.1 of one (5 % of two) whatever the metric:
    rankings and probabilities seldom gain.
    """
    if task == "regression" or setting == NONE:
        return (NONE,)
    if setting != "auto":
        return (setting,)
    counts = np.unique(y, return_counts=True)[1]
    of_even = float(counts.min() / len(y) * len(counts))
    tried = of_even < (RARE if metric in OF_LABELS else VERY_RARE)
    return (NONE, *TREATMENTS) if tried else (NONE,)


def treat(pipeline: Pipeline, treatment: str, seed: int) -> Pipeline:
    """An unfitted pipeline whose last step learns from rows that a treatment has balanced.

    Resampling is of imbalanced-learn and happens in fitting only, after the columns are prepared.
    """
    if treatment == NONE:
        return pipeline
    *steps, (name, model) = pipeline.steps
    if treatment == "weights":
        return Pipeline([*steps, (name, model.set_params(class_weight="balanced"))])
    # Importing imbalanced-learn takes more than some trainings do.
    from imblearn.over_sampling import RandomOverSampler  # noqa: PLC0415
    from imblearn.pipeline import Pipeline as Resampling  # noqa: PLC0415
    from imblearn.under_sampling import RandomUnderSampler  # noqa: PLC0415

    sampler = RandomOverSampler if treatment == "oversample" else RandomUnderSampler
    return Resampling([*steps, ("balance", sampler(random_state=seed)), (name, model)])


def effort(treatment: str) -> float:
    """How many times the rows a fit has to learn from, at most, of two classes."""
    return 2.0 if treatment == "oversample" else 1.0


def findings(y: Labels, tried: Sequence[str], recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The rarest class of the training rows, and what was done for it.

    Of a recipe (as JSON) of several members, the treatment of most weight is told.
    """
    labels, counts = np.unique(y, return_counts=True)
    treated = Counter[str]()
    for member in recipe["members"]:
        treated[str(member["params"].get("balance", NONE))] += member["weight"]
    return {
        "rarest": labels[counts.argmin()].item(),
        "share": float(counts.min() / len(y)),
        "treatment": treated.most_common(1)[0][0],
        "tried": list(tried),
    }
