"""Test metric and CPU of a training run, against a default gradient-boosting pipeline.

    python -m bench.quality [seeds] [data set ...]
    python -m bench.quality more [seeds] [data set ...]

Both learn from the same 85 % of the rows and are measured on the same other 15 %: the newest ones
where the data have an order in time. Below 1, a ratio is in our favour. CPU is the whole run's:
search, refit, export, verification, comparison; the other's is that of its only fit. With `more`,
other data sets are measured, which show whether what helps here helps elsewhere.
"""

import sys
import time
from pathlib import Path
from statistics import geometric_mean, median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import optuna
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bench.problems import PROBLEMS, Problem
from bench.yardsticks import YARDSTICKS
from tidemill.contract import LOWER_IS_BETTER
from training.train.measuring.metrics import Scorer
from training.train.rows import channels
from training.train.settings import RunSettings
from training.train.training import train

type Found = dict[str, Any]


def main() -> None:
    """Print one line per data set and seed, and per data set the mean ratio and CPU multiple."""
    words = sys.argv[1:]
    known = YARDSTICKS if words[:1] == ["more"] else PROBLEMS
    words = words[words[:1] == ["more"] :]
    seeds = int(words[0]) if words else 3
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    print(f"{'data set':16}{'seed':>5}{'metric':>19}{'default':>9}{'ours':>9}{'ratio':>8}", end="")
    print(f"{'CPU s':>8}{'ours':>8}{'times':>7}   chosen")
    for name in words[1:] or known:
        problem = (YARDSTICKS | PROBLEMS)[name]()
        found = [run(problem, seed) for seed in range(seeds)]
        for seed, result in enumerate(found):
            print(_line(name, str(seed), result))
        ratios = [result["ratio"] for result in found]
        times = median(result["times"] for result in found)
        print(f"{name}: ratio {geometric_mean(ratios):.4f}, worst {max(ratios):.4f};", end=" ")
        print(f"CPU {times:.1f} times the default's", flush=True)


def run(problem: Problem, seed: int) -> Found:
    """Losses and CPU seconds of both on one split."""
    parts = problem.channels(seed)
    default, default_cpu = _default(problem, parts, seed)
    started = time.process_time()
    evaluation = _train(problem, parts, seed)
    cpu = time.process_time() - started
    metric = evaluation["metric"]
    ours = evaluation["models"]["challenger"]["test"][metric]
    worse, better = (default, ours) if metric in LOWER_IS_BETTER else (ours, default)
    return {
        "metric": metric,
        "default": default,
        "ours": ours,
        "ratio": better / worse,
        "default_cpu": default_cpu,
        "cpu": cpu,
        "times": cpu / default_cpu,
        "chosen": evaluation["chosen"]["name"],
    }


def _default(problem: Problem, parts: dict[str, pd.DataFrame], seed: int) -> tuple[float, float]:
    """Metric and CPU of what scikit-learn does by itself with numbers and categories."""
    contract = problem.contract
    features = list(contract.feature_columns())
    texts = {c: "category" for c in features if contract.feature_columns()[c].type == "category"}
    whole = problem.frame[features].astype(texts)
    learn = pd.concat([parts["train"], parts["validation"]]).index
    test, y = parts["test"].index, problem.frame[contract.target]
    classes: list[Any] = []
    regression = contract.problem == "regression"
    kind = HistGradientBoostingRegressor if regression else HistGradientBoostingClassifier
    with threadpool_limits(1):
        started = time.process_time()
        model = kind(random_state=seed).fit(whole.loc[learn], y.loc[learn])
        outputs = (model.predict if regression else model.predict_proba)(whole.loc[test])
        spent = time.process_time() - started
    if not regression:
        classes = model.classes_.tolist()
    score = Scorer(contract.problem, classes).score
    return score(contract.objective, np.asarray(y.loc[test]), outputs), spent


def _train(problem: Problem, parts: dict[str, pd.DataFrame], seed: int) -> Found:
    parameters = {"dataset_version": f"split-{seed}", "seed": str(seed)}
    settings = RunSettings.from_job(problem.contract, parameters)
    with TemporaryDirectory() as name:
        folders = {channel: Path(name) / channel for channel in parts}
        for channel, folder in folders.items():
            folder.mkdir()
            parts[channel].to_parquet(folder / "rows.parquet")
        dataset = channels.load(folders, settings.contract, settings.task)
        return train(dataset, settings, Path(name), None).evaluation


def _line(name: str, seed: str, found: Found) -> str:
    return (
        f"{name:16}{seed:>5}{found['metric']:>19}{found['default']:9.4f}{found['ours']:9.4f}"
        f"{found['ratio']:8.4f}{found['default_cpu']:8.2f}{found['cpu']:8.1f}{found['times']:7.1f}"
        f"   {found['chosen']}"
    )


if __name__ == "__main__":
    main()
