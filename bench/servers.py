"""One row over HTTP on loopback: our endpoint, and servers of scikit-learn pipelines.

    python -m bench.servers [seconds]

Each server has one worker and one processor, the client another; the client, the models and the
rows are the same. The median of one request at a time, and requests a second of the processor's
time that the server took while eight were in flight: what one core answers.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import numpy as np

from bench.environments import environment
from bench.fitted import ROOT, Fitted, expected, fitted, instances
from bench.inference import CATEGORIES
from bench.load import Question, ask
from bench.processes import descendants_seconds
from bench.targets import BOARD
from local.toolchain import free_port

TARGET = 20.0
SECONDS = 4.0
CONNECTIONS = 8
WAIT_SECONDS = 180.0
PEERS = Path(__file__).parent / "peers"
ROW = instances(1)
JSON = json.dumps({"instances": ROW}).encode()


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is started and asked; `port` is its own, and its files lie in a folder."""

    name: str
    command: list[str]
    question: Question
    settings: dict[str, Any]

    def read(self, document: Any) -> list[float]:  # noqa: ANN401 - JSON
        """The probabilities that its answer gives."""
        match document:
            case {"predictions": [{"probabilities": shares}]}:
                return [*shares.values()]
            case {"predictions": [shares]} | {"outputs": [{"data": shares}]}:
                return [*shares]
        raise ValueError(f"{self.name} answers {document}")


def ours(model: Fitted) -> Server:
    """The endpoint as its image runs it."""
    port = free_port()
    command = [sys.executable, "-m", "bench.served_endpoint", str(model.artifact), str(port)]
    return Server("ours", command, Question(port, "/invocations", JSON), {})


def flask(_model: Fitted) -> Server:
    """Flask behind gunicorn, with threads, since its plain worker keeps no connections."""
    port = free_port()
    options = ["-w", "1", "--threads", "2", "-b", f"127.0.0.1:{port}", "flask_app:app"]
    command = [str(environment("flask").with_name("gunicorn")), *options]
    return Server("gunicorn + Flask", command, Question(port, "/predictions", JSON), {})


def bentoml(_model: Fitted) -> Server:
    """BentoML, as its documentation has a scikit-learn model served."""
    port = free_port()
    options = ["serve", "bentoml_app:Predictions", "--host", "127.0.0.1", "--port", str(port)]
    command = [str(environment("bentoml").with_name("bentoml")), *options]
    return Server("BentoML", command, Question(port, "/predictions", JSON), {})


def mlserver(model: Fitted) -> Server:
    """MLServer with its own runtime for scikit-learn, in one process."""
    http, grpc, metrics = (free_port() for _ in range(3))
    settings = {
        "settings.json": {
            "http_port": http,
            "grpc_port": grpc,
            "metrics_port": metrics,
            "host": "127.0.0.1",
            "parallel_workers": 0,
            "debug": False,
        },
        "model-settings.json": {
            "name": "bench",
            "implementation": "mlserver_sklearn.SKLearnModel",
            "parameters": {"uri": str(model.joblib)},
        },
    }
    inputs = [
        {
            "name": name,
            "shape": [1, 1],
            "datatype": "BYTES" if name in CATEGORIES else "FP64",
            "data": [cell],
            **({"parameters": {"content_type": "str"}} if name in CATEGORIES else {}),
        }
        for name, cell in ROW[0].items()
    ]
    body = {
        "parameters": {"content_type": "pd"},
        "inputs": inputs,
        "outputs": [{"name": "predict_proba"}],
    }
    question = Question(http, "/v2/models/bench/infer", json.dumps(body).encode())
    command = [str(environment("mlserver").with_name("mlserver")), "start", "."]
    return Server("MLServer", command, question, settings)


def main() -> None:
    """Print a line per model and server, ours first, and how many times ours is better."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    print("loopback server, one row: median of one at a time, requests per second of a core")
    for model in fitted():
        own = measured(model, ours(model), seconds)
        print(f"  {model.name:24} {'ours':18} {own[0] * 1e3:9.3f} ms {own[1]:10.1f} /s")
        for make in (flask, bentoml, mlserver):
            server = make(model)
            median, rate = measured(model, server, seconds)
            faster, more = median / own[0], own[1] / rate
            print(
                f"  {model.name:24} {server.name:18} {median * 1e3:9.3f} ms {rate:10.1f} /s"
                f" {faster:7.1f} x {more:7.1f} x"
            )
            BOARD.hold(f"p50 of one request, {model.name}, {server.name}", faster, TARGET)
            BOARD.hold(f"throughput per core, {model.name}, {server.name}", more, TARGET)


def measured(model: Fitted, server: Server, seconds: float) -> tuple[float, float]:
    """Median seconds of a request, and requests a second of processor time."""
    first, *_, last = sorted(os.sched_getaffinity(0))
    with running(server, model, first) as process:
        os.sched_setaffinity(0, {last})
        try:
            check(model, server)
            ask(server.question, seconds / 2)
            median = ask(server.question, seconds).median
            before = descendants_seconds(process.pid)
            answered = len(ask(server.question, seconds, CONNECTIONS).seconds)
            return median, answered / (descendants_seconds(process.pid) - before)
        finally:
            os.sched_setaffinity(0, {first, last})


@contextmanager
def running(server: Server, model: Fitted, processor: int) -> Iterator[subprocess.Popen[bytes]]:
    """The server, when it answers; its output is read when it fails."""
    with TemporaryDirectory() as scratch, (Path(scratch) / "log").open("w+b") as log:
        for name, document in server.settings.items():
            (Path(scratch) / name).write_text(json.dumps(document))
        path = os.pathsep.join(map(str, (PEERS, ROOT, ROOT / "functions")))
        process = subprocess.Popen(  # noqa: S603 - a server named above
            ["taskset", "-c", str(processor), *server.command],  # noqa: S607 - of util-linux
            cwd=scratch,
            env=os.environ | {"PYTHONPATH": path, "MODEL": str(model.joblib), "HOME": scratch}
            | dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
            stdout=log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _await(server, process, Path(log.name))
            yield process
        finally:
            process.terminate()
            process.wait(60)


def _await(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            if _post(server).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"{server.name} does not serve: {log.read_text()[-3000:]}")


def _post(server: Server) -> httpx.Response:
    where = f"http://127.0.0.1:{server.question.port}{server.question.path}"
    headers = {"Content-Type": "application/json"}
    return httpx.post(where, content=server.question.body, headers=headers, timeout=60)


def check(model: Fitted, server: Server) -> None:
    """Its answer is scikit-learn's, or there is nothing to compare."""
    given = server.read(_post(server).json())
    np.testing.assert_allclose(given, expected(model, 1)[0], rtol=1e-12)


if __name__ == "__main__":
    main()
    print(BOARD.table())
