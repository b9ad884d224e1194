"""What a champion's test promises of its loss, and what its losses are since it serves."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.scores import Judged
from tidemill.counted import counting, is_counted
from tidemill.evaluation import Evaluation
from tidemill.records import ModelRecord
from tidemill.risk import DOUBT, Loss, Losses
from tidemill.store import Store

REACH = 1.96
CUT = 10.0
ANSWERED = ("champion", "canary")
REMEMBERED = 500
STRETCH = 5_000

type Record = dict[str, Any]


@dataclass(frozen=True)
class Promise:
    """A model's loss on its test rows: Brier's, or the absolute error of a number.

    `scale` is the loss that counts as one: the largest there is, or ten times the test's mean, at
    which larger errors are cut off. Cutting lowers what is realised, so that no harm is made up.
    """

    loss: str
    scale: float
    promised: Loss

    @classmethod
    def of(cls, evaluation: Evaluation) -> Self | None:
        """With 95 % bounds by the normal distribution; None where the test has no such loss.

        The variance is that of the test's errors (rmse² - mae²), or the largest that losses from 0
        to 1 with this mean can have.
        """
        scores = evaluation.test_metrics("challenger") or {}
        rows = evaluation.rows.get("test", 0)
        number = evaluation.task == "regression"
        names = {"mae", "rmse"} if number else {"brier"}
        if not names <= set(scores) or not rows:
            return None
        if number:
            mean, scale = scores["mae"], CUT * scores["mae"]
            variance = max(scores["rmse"] ** 2 - mean**2, 0.0)
        else:
            mean, scale = scores["brier"], 1.0 if evaluation.task == "binary" else 2.0
            variance = mean * (scale - mean)
        if scale <= 0:
            return None
        reach = REACH * math.sqrt(variance / rows)
        loss = Loss(mean, max(mean - reach, 0.0), mean + reach, rows)
        return cls("absolute_error" if number else "brier", scale, loss)

    @classmethod
    def of_model(cls, model: ModelRecord, store: Store) -> Self | None:
        """By what was found out about the model in training."""
        evaluation = read_evaluation(model, store)
        return cls.of(evaluation) if evaluation else None

    def losses(self, pairs: pa.Table) -> list[float]:
        """Each pair's loss, from 0 to 1."""
        judged = Judged.of(pairs, numbers=self.loss == "absolute_error")
        found = judged.squares() if judged.classes else np.abs(judged.truth - judged.answers)
        scaled: list[float] = np.minimum(found / self.scale, 1.0).tolist()
        return scaled


def read_evaluation(model: ModelRecord, store: Store) -> Evaluation | None:
    """What training found out about the model, which lies beside it; None where nothing does."""
    uri = f"{model.artifact_uri.rpartition('/')[0]}/evaluation.json"
    try:
        return Evaluation.model_validate_json(store.read(uri))
    except (FileNotFoundError, ValueError):
        return None


def begin(record: Record, model: str, promise: Promise) -> Record:
    """The record of this model's losses; a new one where it was another's."""
    if record.get("model") == model:
        return record
    promised = {"loss": promise.loss, "promised": asdict(promise.promised)}
    return {
        "model": model,
        **promised,
        "scale": promise.scale,
        "sums": asdict(Losses(doubt=DOUBT * 6 / math.pi**2)),
    }


def add_losses(record: Record, name: str, losses: list[float], moment: str) -> Record:
    """The record with losses added, once by their name.

    After 5,000 losses another stretch begins, so that good times do not hide bad ones; what may
    err, one in twenty over all stretches together, is spent by 1/k² of the kth. So it does where
    an earlier version kept other sums.
    """
    if is_counted(record, name) or not losses:
        return record
    sums, stretch = Losses.load(record["sums"]), record.get("stretch", 1)
    if sums is None or sums.rows >= STRETCH:
        stretch += 1
        sums = Losses(doubt=DOUBT * 6 / (math.pi * stretch) ** 2)
    sums = sums.add(losses)
    bounds = sums.bounds(record["scale"])
    return {
        **record,
        "sums": asdict(sums),
        "stretch": stretch,
        "realised": asdict(bounds) if bounds else None,
        "seen": counting(record, name, REMEMBERED),
        "at": moment,
    }


def of_model(rows: pa.Table, model: str) -> pa.Table:
    """Those that somebody was answered by this model."""
    return answered(rows.filter(pc.equal(rows["model"], model)))


def answered(rows: pa.Table) -> pa.Table:
    """Those that somebody was answered, not what a shadow said beside them."""
    variants = pc.fill_null(rows["variant"], ANSWERED[0])
    return rows.filter(pc.is_in(variants, value_set=pa.array(ANSWERED)))


def of_champion(pairs: pa.Table, model: str) -> pa.Table:
    """Those that this model answered, in the order in which their outcomes were told."""
    return of_model(pairs, model).sort_by([("told", "ascending"), ("id", "ascending")])
