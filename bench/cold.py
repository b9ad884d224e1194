"""A fresh process to its first prediction, the model out of S3: ours, and the usual sample's.

    python -m bench.cold [runs]

The local cloud's server is started for it, on loopback. Ours is a process of the environment that
functions have, with the function's code and its layer alone: it reads the champion's record, has
its code verified by KMS, reads the artifact, answers and captures. The sample has the same Python
and its own package, compiled: it imports boto3, joblib, pandas and scikit-learn and reads the
joblib file. From the start of the process to its end, by the clock and in processor time, which
other processes disturb less. Either side finds all it imports compiled, as it is deployed.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

import numpy as np

from bench.deployed import Place, deploy
from bench.environments import folder_of
from bench.fitted import ROOT, Fitted, expected, fitted, instances
from bench.targets import BOARD
from infra.blocks.code import compiled
from infra.blocks.layers import PLATFORMS, built
from local.cloud import Cloud
from local.toolchain import Toolchain, free_port

LAYERS = ("inference",)
FUNCTION = ("inference", "predict")
TARGET = 15.0
RUNS = 7
BODY = json.dumps({"instances": instances(1), "ids": ["cold"]})


@dataclass(frozen=True, slots=True)
class Sides:
    """The command of either side, and the environment they have in common."""

    ours: list[str]
    sample: list[str]
    environment: dict[str, str]


def main() -> None:
    """Print a line per model: the least and the median of either side, and their ratio."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    print(f"cold start, milliseconds, least and median of {runs} runs")
    with cloud() as endpoint, unpacked() as folder:
        for model in fitted():
            place = deploy(endpoint, model)
            compare(model, sides(place, folder, model), runs)


@contextmanager
def cloud() -> Iterator[str]:
    """The address of a local cloud that lives as long as this does."""
    with TemporaryDirectory() as scratch:
        server = Cloud(free_port(), Path(scratch))
        server.start()
        try:
            yield server.endpoint
        finally:
            server.stop()


@contextmanager
def unpacked() -> Iterator[Path]:
    """The layer and the function as Lambda unpacks them."""
    with TemporaryDirectory() as scratch:
        for name in LAYERS:
            zipfile.ZipFile(built(name, architecture())).extractall(scratch)
        shutil.copytree(compiled(*FUNCTION), Path(scratch) / "task")
        yield Path(scratch)


def architecture() -> str:
    """This machine's, as Lambda calls it."""
    machine = os.uname().machine
    return {"aarch64": "arm64"}.get(machine, machine)


def sides(place: Place, folder: Path, model: Fitted) -> Sides:
    """What is run for a model."""
    python = str(Toolchain(ROOT).lambda_python)
    paths = json.dumps([str(folder / "task"), str(folder / "python")])
    package = json.dumps([str(folder_of("sample", PLATFORMS[architecture()], compiled=True))])
    programs = Path(__file__).parent
    where = f"{place.bucket}/{model.slug}.joblib"
    return Sides(
        [python, "-P", "-s", str(programs / "cold_ours.py"), paths, BODY],
        [python, "-P", "-s", str(programs / "cold_sample.py"), package, BODY, where],
        place.environment | {"PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath},
    )


def compare(model: Fitted, both: Sides, runs: int) -> None:
    """Run either side in turns; what they answer is what scikit-learn answers here."""
    ours, sample = [], []
    for _ in range(runs + 1):
        spent, text = timed(both.ours, both.environment)
        ours.append(spent)
        answer = json.loads(json.loads(text.splitlines()[-1])["body"])
        mine = [*answer["predictions"][0]["probabilities"].values()]
        spent, text = timed(both.sample, both.environment)
        sample.append(spent)
        (theirs,) = json.loads(json.loads(text)["body"])
        np.testing.assert_allclose(mine, expected(model, 1)[0], rtol=1e-12)
        np.testing.assert_allclose(theirs, expected(model, 1)[0], rtol=1e-12)
    ours, sample = ours[1:], sample[1:]  # the first reads programs from the disk
    for kind, which in (("by the clock", 0), ("of processor time", 1)):
        a, b = ([each[which] * 1e3 for each in side] for side in (sample, ours))
        ratio = statistics.median(a) / statistics.median(b)
        print(
            f"  {model.name:24} {kind:18} sample {min(a):7.0f} {statistics.median(a):7.0f}"
            f"   ours {min(b):6.1f} {statistics.median(b):6.1f}   {ratio:6.1f} x"
        )
        BOARD.hold(f"cold start {kind}, {model.name}", ratio, TARGET)


def timed(command: list[str], environment: dict[str, str]) -> tuple[tuple[float, float], str]:
    """Seconds from the start of a process to its end and of processor time; what it printed."""
    with TemporaryFile("w+") as said, TemporaryFile("w+") as faults:
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=faults)  # noqa: S603 - both are written here
        _, status, usage = os.wait4(process.pid, 0)
        spent = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        faults.seek(0)
        if process.returncode:
            raise RuntimeError(f"{command[:4]} failed: {faults.read()[-2000:]}")
        return (spent, usage.ru_utime + usage.ru_stime), said.read()


if __name__ == "__main__":
    main()
    print(BOARD.table())
