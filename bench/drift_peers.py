"""The same questions put to a peer, in its own environment: `python -m bench.drift_peers`.

Reads a task as JSON from its argument and prints, for each window, the columns that it calls
drifted, in the order in which it lays them out by its own measure.
"""

import json
import os
import sys
import time
import warnings
from collections.abc import Iterator
from typing import Any

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
os.environ["DO_NOT_TRACK"] = "1"
warnings.filterwarnings("ignore")

from bench.drift_streams import Change, Columns, reference, wide, windows  # noqa: E402

LEAST = 1e-12

type Named = list[str]


def main() -> None:
    """Answer one task."""
    task = json.loads(sys.argv[1])
    peer = {"evidently": evidently, "nannyml": nannyml, "river": river}[task["peer"]]
    if task["question"] == "speed":
        base, shown = wide(20_000, task["columns"]), [wide(task["rows"], task["columns"], 1)]
    else:
        base = reference(task["seed"], task["baseline"])
        change = Change(**task["change"])
        shown = list(windows(task["seed"], task["windows"], task["rows"], change))
    started = time.perf_counter()
    named = list(peer(base, iter(shown)))
    print(json.dumps({"named": named, "seconds": time.perf_counter() - started}))


def evidently(base: Columns, shown: Iterator[Columns]) -> Iterator[Named]:
    """`DataDriftPreset` as it comes: per column, by its own choice of test and threshold."""
    import pandas as pd  # noqa: PLC0415 - the peer's environment
    from evidently import Report  # noqa: PLC0415
    from evidently.presets import DataDriftPreset  # noqa: PLC0415

    before = pd.DataFrame(base)
    for columns in shown:
        found = Report([DataDriftPreset()]).run(pd.DataFrame(columns), before).dict()
        scored = [
            _of_evidently(metric) for metric in found["metrics"] if "Value" in metric["metric_name"]
        ]
        drifted = [each for each in scored if each[1] > 0]
        yield [name for name, _ in sorted(drifted, key=lambda each: -each[1])]


def _of_evidently(metric: dict[str, Any]) -> tuple[str, float]:
    """A column and by how much it is beyond its threshold, as a share of it."""
    config, value = metric["config"], float(metric["value"])
    threshold, method = float(config["threshold"]), str(config["method"])
    beyond = threshold - value if "p_value" in method else value - threshold
    return config["column"], beyond / threshold


def nannyml(base: Columns, shown: Iterator[Columns]) -> Iterator[Named]:
    """`UnivariateDriftCalculator` as it comes: Jensen-Shannon, thresholds from the reference."""
    import nannyml as nml  # noqa: PLC0415 - the peer's environment
    import pandas as pd  # noqa: PLC0415

    frames = [pd.DataFrame(columns) for columns in shown]
    calculator = nml.UnivariateDriftCalculator(
        column_names=list(base), chunk_size=len(frames[0])
    ).fit(pd.DataFrame(base))
    found = calculator.calculate(pd.concat(frames, ignore_index=True))
    table = found.filter(period="analysis").to_df(multilevel=True)
    for row in range(len(table)):
        values = {}
        for name in base:
            part = table[name]
            method = part.columns.get_level_values(0)[0]
            cells = part[method].iloc[row]
            if bool(cells["alert"]):
                values[name] = float(cells["value"]) / max(float(cells["upper_threshold"]), LEAST)
        yield sorted(values, key=lambda name: -values[name])


def river(base: Columns, shown: Iterator[Columns]) -> Iterator[Named]:
    """An `ADWIN` for each number, fed row by row; the first to speak is named first."""
    from river.drift import ADWIN  # noqa: PLC0415 - the peer's environment

    watched = {name: ADWIN() for name, cells in base.items() if cells.dtype.kind == "f"}
    for name, detector in watched.items():
        for value in base[name].tolist():
            detector.update(value)
    for columns in shown:
        spoken: dict[str, int] = {}
        for name, detector in watched.items():
            for row, value in enumerate(columns[name].tolist()):
                detector.update(value)
                if detector.drift_detected:
                    spoken.setdefault(name, row)
        yield sorted(spoken, key=lambda name: spoken[name])


if __name__ == "__main__":
    main()
