"""Evaluations of every task as a run writes them, and what little an old one had."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from training.train.measuring.metrics import Scorer

type Told = tuple[dict[str, Any], np.ndarray, np.ndarray]
type Telling = Callable[..., Told]

RNG_SEED = 5
BINARY = ["no", "yes"]
COLOURS = ["blue", "green", "red", "violet"]


def comparison(difference: float, spread: float) -> dict[str, Any]:
    return {
        "difference": difference,
        "low": difference - spread,
        "high": difference + spread,
        "probability_better": 0.5 if difference == 0 else 0.999 if difference > spread else 0.8,
        "resamples": 2000,
    }


def base(task: str, metric: str, y: np.ndarray, outputs: np.ndarray) -> dict[str, Any]:
    """What every evaluation has."""
    classes = {"regression": [], "binary": BINARY, "multiclass": COLOURS}[task]
    mine = Scorer(task, classes).scores(y, outputs)
    worse = {key: value * (1.04 if metric == "rmse" else 0.96) for key, value in mine.items()}
    rival = abs(mine[metric]) * 0.04
    return {
        "pipeline": "shells",
        "dataset_version": "9f2c41d07b3a",
        "contract_version": "0123456789abcdef",
        "task": task,
        "target": "rings",
        "metric": metric,
        "lower_is_better": metric in {"rmse", "log_loss"},
        "classes": classes,
        "rows": {"train": 2923, "validation": 627, "test": len(y)},
        "seed": 0,
        "versions": {"python": "3.13.1", "scikit-learn": "1.9.1", "numpy": "2.5.0"},
        "models": {
            "champion": None,
            "challenger": {"test": mine, "train": worse, "validation": mine},
            "default": {"test": worse},
            "baseline": {"test": {key: value * 0.5 for key, value in mine.items()}},
        },
        "comparisons": {
            "champion": None,
            "default": comparison(rival, rival / 2),
            "baseline": comparison(rival * 10, rival),
        },
        "champion_dataset_version": None,
        "chosen": {
            "name": "vote",
            "members": [
                {"trial": 3, "weight": 5, "params": {"family": "boosting", "max_iter": 90}},
                {"trial": 1, "weight": 3, "params": {"family": "linear", "strength": 0.02113}},
            ],
            "shortlist_losses": {"vote": 2.1, "trial 3": 2.12},
        },
        "search": history(metric),
        "importances": {"shell_weight": 0.81, "length": 0.2, "sex": 0.013, "idle": -0.002},
        "parity": {"rows": 1000, "largest_difference": 3.6e-15},
        "training_seconds": 38.214,
        "artifact_bytes": 214_311,
        "notes": [],
    }


def history(metric: str) -> dict[str, Any]:
    """Thirty trials of three families, some of them pruned, one far off."""
    rng = np.random.default_rng(RNG_SEED)
    trials = []
    for k in range(30):
        loss = float(2.1 + rng.gamma(2.0, 0.1)) if metric == "rmse" else float(rng.gamma(2.0, 0.02))
        loss = loss if metric in {"rmse", "log_loss"} else loss - 0.9
        family = ["boosting", "linear", "forest"][k % 3]
        state = "pruned" if k % 7 == 6 else "complete"
        params = {"family": family, "learning_rate": 0.1, "max_iter": 80 + k}
        trials.append({"trial": k, "state": state, "loss": loss + 40 * (k == 4), "params": params})
    pruned = sum(t["state"] == "pruned" for t in trials)
    return {
        "trials": trials,
        "completed": 30 - pruned,
        "pruned": pruned,
        "resumed": True,
        "cut_short": False,
        "instances": 2,
    }


def everything(told: dict[str, Any]) -> dict[str, Any]:
    """All that newer runs add for any task."""
    metric, models = told["metric"], told["models"]
    value = models["challenger"]["test"][metric]
    models["champion"] = {"test": models["default"]["test"]}
    told["comparisons"]["champion"] = comparison(abs(value) * 0.03, abs(value) * 0.05)
    spread = (value * 0.95, value * 1.05)
    parts = [("sex", "infant", 61), ("sex", "female", 311), ("month", "2026-03", 44)]
    return told | {
        "unit": "years" if told["task"] == "regression" else "",
        "training": {"instance": "ml.m5.large", "spot": True, "instances": 2, "budget_usd": 1.0},
        "champion_dataset_version": "77aa12",
        "delivered": "best so far",
        "intervals": {"challenger": {metric: spread}, "champion": {metric: spread}},
        "slices": [
            {
                "column": column,
                "value": part,
                "rows": rows,
                "scores": {"challenger": value * factor, "champion": value},
                "comparison": comparison(-0.1 * abs(value) * (2 - factor), 0.05 * abs(value)),
            }
            for (column, part, rows), factor in zip(parts, (1.3, 1.1, 0.9), strict=True)
        ],
        "learning_curve": [
            {"rows": 731, "validation": value * 1.1, "train": value * 0.7},
            {"rows": 1462, "validation": value * 1.04, "train": value * 0.75},
            {"rows": 2923, "validation": value, "train": value * 0.8},
        ],
        "suspects": [{"column": "shell_weight", "score": 0.971, "metric": "r2"}],
        "serving": {"latency_ms": 0.21, "artifact_bytes": 214_311},
        "selection": {
            "rule": "one standard error",
            "best": "vote",
            "chosen": "trial 3",
            "considered": [
                considered("vote", 2.1, 0.0, 0.01, 340.0, within=True),
                considered("trial 3", 2.105, 0.005, 0.01, 41.0, within=True),
                considered("trial 1", 2.2, 0.1, 0.03, 9.0, within=False),
            ],
        },
        "features": {
            "kept": ["shell_weight", "length", "sex"],
            "left_out": {"diameter": "it says what length says", "idle": "it does not help"},
        },
        "sample": {"rows_of": 90_000_000, "rows": 2923, "bound_mb": 4096},
        "notes": ["more rows would hardly help: the curve is flat"],
    }


def considered(
    name: str, loss: float, behind: float, error: float, cost: float, *, within: bool
) -> dict[str, Any]:
    return {
        "name": name,
        "loss": loss,
        "behind": behind,
        "standard_error": error,
        "cost": cost,
        "within": within,
    }


def regression(rows: int = 627) -> Told:
    """Numbers whose error grows with them."""
    rng = np.random.default_rng(RNG_SEED)
    outputs = rng.gamma(9.0, 1.1, rows)
    y = np.round(outputs + rng.normal(size=rows) * outputs / 6)
    return everything(base("regression", "rmse", y, outputs)), y, outputs


def binary(rows: int = 900) -> Told:
    """A rare class with a threshold that costs decide."""
    rng = np.random.default_rng(RNG_SEED)
    scores = rng.beta(0.7, 4.0, rows)
    y = np.where(rng.random(rows) < scores, "yes", "no").astype(object)
    outputs = np.column_stack([1 - scores, scores])
    told = everything(base("binary", "average_precision", y, outputs))
    answers = scores >= 0.2
    counts = [[int(((y == label) & (answers == k)).sum()) for k in (0, 1)] for label in BINARY]
    return told | choices(y, counts), y, outputs


def choices(y: np.ndarray, counts: list[list[int]]) -> dict[str, Any]:
    """What is told of a binary model's decision."""
    return {
        "decision": {
            "threshold": 0.2,
            "positive": "yes",
            "aim": "cost",
            "costs": {"false_positive": 1.0, "false_negative": 5.0},
            "expected_cost": 0.31,
        },
        "calibration": {
            "method": "sigmoid",
            "log_loss": {"before": 0.41, "after": 0.36},
            "bins": [
                {"predicted": 0.05, "observed": 0.04, "rows": 500},
                {"predicted": 0.3, "observed": 0.35, "rows": 300},
                {"predicted": 0.7, "observed": 0.66, "rows": 100},
            ],
            "expected_calibration_error": 0.02,
        },
        "per_class": per_class(BINARY, y),
        "confusion": {"labels": BINARY, "counts": counts},
        "imbalance": {"rarest": "yes", "share": 0.14, "treatment": "weights", "tried": ["none"]},
    }


def per_class(labels: list[str], y: np.ndarray) -> list[dict[str, Any]]:
    """Metrics of each class, made up."""
    keys = ("precision", "recall", "f1", "average_precision", "roc_auc")
    return [
        {"label": label, "rows": int((y == label).sum())}
        | {key: 0.5 + 0.1 * k for k, key in enumerate(keys)}
        for label in labels
    ]


def multiclass(rows: int = 400) -> Told:
    """Four classes, two of them alike."""
    rng = np.random.default_rng(RNG_SEED)
    outputs = rng.dirichlet([0.6, 0.5, 0.4, 0.2], rows)
    drawn = (outputs.cumsum(axis=1) < rng.random((rows, 1))).sum(axis=1)
    y = np.array(COLOURS, dtype=object)[np.minimum(drawn, len(COLOURS) - 1)]
    told = everything(base("multiclass", "log_loss", y, outputs))
    return told | {"per_class": per_class(COLOURS, y)}, y, outputs


TASKS: dict[str, Telling] = {
    "regression": regression,
    "binary": binary,
    "multiclass": multiclass,
}


@pytest.fixture(params=list(TASKS))
def told(request: pytest.FixtureRequest) -> Told:
    """Everything a run of a task may tell."""
    return TASKS[request.param]()


@pytest.fixture(params=list(TASKS))
def bare(request: pytest.FixtureRequest) -> Told:
    """What an evaluation had before there was more to tell."""
    evaluation, y, outputs = TASKS[request.param]()
    return base(request.param, evaluation["metric"], y, outputs), y, outputs


@pytest.fixture
def tasks() -> dict[str, Telling]:
    """The tasks by name, for any number of test rows."""
    return TASKS
