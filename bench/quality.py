"""Test RMSE on Abalone, ours against a default gradient-boosting pipeline, over split seeds.

    python -m bench.quality [seeds]

Both learn from the same 85 % of the rows and are measured on the same other 15 %; below 1, the
ratio is in our favour. CPU is the whole run's: search, refit, export, verification, comparison.
"""

import sys
import time
from pathlib import Path
from statistics import geometric_mean
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import optuna
import pandas as pd

from tidemill.contract import Contract
from training.train import channels
from training.train.settings import RunSettings
from training.train.training import train

ROOT = Path(__file__).parents[1]
NUMBERS = ("length", "diameter", "height", "whole_weight", "shucked_weight", "viscera_weight")
COLUMNS = {
    "sex": {"type": "category"},
    **{name: {"type": "float"} for name in (*NUMBERS, "shell_weight")},
    "rings": {"type": "int"},
}
CONTRACT = {
    "pipeline": "abalone",
    "target": "rings",
    "sources": {"measurements": {"columns": COLUMNS}},
}


def main() -> None:
    """Print one line per split and the mean ratio."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    print("split   default      ours    ratio   CPU s   chosen")
    ratios = []
    for seed in range(seeds):
        started = time.process_time()
        found = run(seed)
        default, ours = (found["models"][m]["test"]["rmse"] for m in ("default", "challenger"))
        ratios.append(ours / default)
        spent = time.process_time() - started
        chosen = found["chosen"]["name"]
        print(f"{seed:5} {default:9.4f} {ours:9.4f} {ratios[-1]:8.4f} {spent:7.1f}   {chosen}")
    print(f"mean ratio {geometric_mean(ratios):.4f}, worst {max(ratios):.4f}")


def run(seed: int) -> dict[str, Any]:
    """The evaluation of one training run on one random split."""
    frame = pd.read_csv(ROOT / "pipelines/abalone/abalone.csv")
    order = np.random.default_rng(seed).permutation(len(frame))
    held = round(0.15 * len(frame))
    parts = {"test": order[:held], "validation": order[held : 2 * held], "train": order[2 * held :]}
    parameters = {"dataset_version": f"split-{seed}", "seed": str(seed)}
    settings = RunSettings.from_job(Contract.model_validate(CONTRACT), parameters)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for channel, rows in parts.items():
            (folder / channel).mkdir()
            frame.iloc[rows].to_parquet(folder / channel / "rows.parquet")
        dataset = channels.load(
            {channel: folder / channel for channel in parts}, settings.contract, settings.task
        )
        return train(dataset, settings, folder, None).evaluation


if __name__ == "__main__":
    main()
