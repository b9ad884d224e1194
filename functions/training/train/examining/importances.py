"""What a model looks at: how much it loses when one feature's cells are dealt anew."""

import numpy as np
import pandas as pd

from training.train.examining.uncertainty import Answers
from training.train.measuring.outputs import predict
from training.train.rows.channels import Dataset
from training.train.searching.candidates import Estimator

ROWS, LEAST_ROWS, CELLS = 1000, 100, 60_000
AT_ONCE = 20_000


def importances(
    model: Estimator, dataset: Dataset, answers: Answers, metric: str, seed: int
) -> dict[str, float]:
    """How much the metric's loss grows on test when one feature is shuffled, most first.

    Measured once on 1,000 test rows, on fewer where features are many; `answers` are the model's
    for all of them. Many shuffled copies are predicted at a time, which is what makes it cheap.
    """
    names = [str(name) for name in dataset.test.X if name in set(dataset.features)]
    rows = min(len(dataset.test), max(LEAST_ROWS, min(ROWS, CELLS // len(names))))
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(len(dataset.test))[:rows])
    frame, y = dataset.test.X.iloc[some], dataset.test.y[some]
    base, found = answers.at(some).loss(metric, y), dict[str, float]()
    per = max(1, AT_ONCE // rows)
    for start in range(0, len(names), per):
        batch = names[start : start + per]
        copies = [_shuffled(frame, name, rng) for name in batch]
        outputs = predict(model, pd.concat(copies, ignore_index=True), dataset.classes)
        for k, name in enumerate(batch):
            part = Answers(outputs[k * rows : (k + 1) * rows], answers.scorer)
            found[name] = part.loss(metric, y) - base
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _shuffled(frame: pd.DataFrame, name: str, rng: np.random.Generator) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].to_numpy()[rng.permutation(len(frame))]})
