"""Stop at a column that gives the target away, before a model is built on it.

A column that is known only together with the outcome makes every number of an evaluation a lie,
and looks like the best feature of all.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from tidemill.contract import Contract
from tidemill.errors import LeakageError
from training.train.examining.foresight import Foresight, Strength
from training.train.rows.channels import Dataset

ROWS, SCREENED_ROWS = 20_000, 4_000
CERTAIN, SUSPECT = 0.995, 0.95
CERTAIN_SKILL = {"r2": 0.8, "roc_auc": 0.97, "accuracy": 0.97}
FEW_VALUES, NAMED = 100, 5


@dataclass(frozen=True, slots=True)
class Suspect:
    """A column that alone predicts the target with this score, out of fold; at least 0.95."""

    column: str
    score: float
    metric: str

    def to_json(self) -> dict[str, Any]:
        """The suspect as JSON types."""
        return asdict(self)

    def __str__(self) -> str:
        """Rounded down: what is not all should not look so."""
        return f"{self.column} ({self.metric} {int(self.score * 1e4) / 1e4:g})"


def find_suspects(dataset: Dataset, contract: Contract) -> list[Suspect]:
    """Columns that alone predict the target well, the best first; LeakageError if nearly perfectly.

    That is from 0.995 on in R², of values or ranks, in ROC AUC, or in accuracy where there are
    more than two classes; of classes, errors must also be fewer than 3 % of those of guessing the
    usual one, or the score would be that of a rare class. Of rows in the order of time, a column
    must tell more than the rows just before and after: a clock and yesterday's value do not leak.
    Columns with `leakage: false` are not doubted. At most 20,000 training rows are looked at.
    """
    found = sorted(_found(dataset, contract), key=lambda pair: -pair[0].score)
    certain = [suspect for suspect, sure in found if sure]
    if certain:
        raise LeakageError(_sentence(certain, contract))
    return [suspect for suspect, _ in found]


def _found(dataset: Dataset, contract: Contract) -> Iterator[tuple[Suspect, bool]]:
    declared = contract.feature_columns()
    train = dataset.train
    foresight = Foresight(train.y, dataset.classes, dataset.forward, dataset.groups)
    rows = np.sort(np.random.default_rng(0).permutation(len(train))[:ROWS])
    some = np.sort(np.random.default_rng(1).permutation(rows)[:SCREENED_ROWS])
    if not foresight.tells(rows):
        return
    # Time tells a number that grows; of classes it may tell all, if they were collected in turn.
    clocks = dataset.moments if dataset.classes else []
    for name in [*dataset.numeric, *dataset.categorical, *clocks]:
        if name not in declared or declared[name].leakage is False:
            continue
        cells, category = train.X[name].to_numpy(), name in dataset.categorical
        if (not category or len(pd.unique(cells[some])) <= FEW_VALUES) and foresight.tells(some):
            quick = foresight.of(cells, some, category=category)
            if quick.score < SUSPECT - 0.05:
                continue
        strength = foresight.of(cells, rows, category=category)
        if strength.score >= SUSPECT and strength.skill >= 0.5:
            yield Suspect(name, strength.score, strength.metric), _is_certain(strength)


def _is_certain(strength: Strength) -> bool:
    return strength.score >= CERTAIN and strength.skill >= CERTAIN_SKILL[strength.metric]


def _sentence(certain: list[Suspect], contract: Contract) -> str:
    named = ", ".join(map(str, certain[:NAMED]))
    more = f" and {len(certain) - NAMED} more columns" if len(certain) > NAMED else ""
    each = "each alone predict" if len(certain) > 1 else "alone predicts"
    places = {c: s for s, source in contract.sources.items() for c in source.columns}
    first = certain[0].column
    field = f"sources.{places[first]}.columns.{first}.leakage"
    return (
        f"{named}{more} {each} {contract.target} nearly perfectly on rows not learnt from. "
        f"A column known only with the outcome must not be learnt from: set {field}: true; "
        f"if it is known before, vouch for it with {field}: false"
    )
