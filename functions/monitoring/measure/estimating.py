"""Captured answers of a champion add up to days, and each day to an estimate of its quality."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from monitoring.measure.estimate import Correction, Said
from monitoring.measure.promise import of_model
from monitoring.measure.rows import CHANCE
from monitoring.measure.scores import as_document
from tidemill.contract import Contract
from tidemill.evaluation import Evaluation
from tidemill.risk import Loss

REMEMBERED = 500
CLASSES = 2

type Record = dict[str, Any]


def bins_of(evaluation: Evaluation) -> list[dict[str, float]]:
    """What the test showed of a model's chances; empty where it gives none of two classes."""
    shown = (evaluation.model_extra or {}).get("calibration") or {}
    found: list[dict[str, float]] = shown.get("bins", [])
    return found if evaluation.task == "binary" else []


def said_by_day(rows: pa.Table, model: str) -> dict[str, Said]:
    """The chances that the champion answered, by day; none where it answers none of two classes."""
    chances = [name for name in rows.column_names if name.startswith(CHANCE)]
    own = of_model(rows, model)
    if len(chances) != CLASSES or not own.num_rows:
        return {}
    days = np.array([at[:10] for at in own.column("at").to_pylist()])
    shares = np.nan_to_num(own.column(chances[1]).to_numpy())
    label = chances[1].removeprefix(CHANCE)
    second = pc.equal(own.column("value"), label).to_numpy(zero_copy_only=False).astype(int)
    return {str(day): Said.of(shares[days == day], second[days == day]) for day in np.unique(days)}


def add_said(record: Record, said: Said, name: str, model: str) -> Record:
    """A day's record with answers added, once by their name; a new one of another model."""
    own: Record = record if record.get("model") == model else {"model": model}
    if name in own.get("seen", []):
        return own
    before = Said.from_document(own.get("cells", {}))
    seen = [*own.get("seen", []), name][-REMEMBERED:]
    return {**own, "cells": (before + said).to_document(), "seen": seen}


def estimate_day(
    record: Record, day: str, contract: Contract, correction: Correction, moment: str
) -> Record:
    """The record with the day's estimate, where its answers are enough for one."""
    score = Said.from_document(record["cells"]).estimate(contract.objective, correction)
    known = as_document(score) if score else {}
    return {**record, "window": day, "metric": contract.objective, **known, "at": moment}


def estimated_loss(record: Record, correction: Correction) -> Record | None:
    """The day's Brier loss as a promise is compared with; None of too few answers."""
    score = Said.from_document(record["cells"]).estimate("brier", correction)
    if score is None or score.low is None or score.high is None:
        return None
    return asdict(Loss(score.value, score.low, score.high, score.rows))
