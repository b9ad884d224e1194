"""The functions that monitor, over services in memory, at work on captures of our own handler."""

import contextlib
import gzip
import importlib
import io
import json
import os
import time
from collections import Counter
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from bench.fitted import Fitted
from bench.inference import generated
from bench.monitored_pipeline import ACCOUNT, CAPTURE, PIPELINE, SETTINGS, promote
from bench.served import predictor_of
from bench.wire import Wire
from tidemill import aws

POOL, AT_ONCE, REPEATS = 20_000, 1_000, 100
# A merge of eight objects is among those that are measured.
FEW, MANY, MOST_ROWS = 8, 24, 250_000
WARM = 10
CONTEXT: Any = SimpleNamespace(function_name="f", get_remaining_time_in_millis=lambda: 300_000)


class Rows:
    """Requests of rows that a model was trained on the like of, and what is captured of them."""

    def __init__(self, model: Fitted) -> None:
        frame = generated(POOL)[0].astype(object)
        self._pool: Any = frame.where(frame.notna(), None).to_dict("records")
        self._records: list[bytes] = []
        stream = SimpleNamespace(put=self._keep)
        self.artifact = model.artifact.read_bytes()
        self._predictor = predictor_of(self.artifact, PIPELINE, stream)
        self._dice = np.random.default_rng(0)
        self.line = len(self.capture(AT_ONCE)) / AT_ONCE

    def capture(self, rows: int) -> bytes:
        """The lines of so many predictions."""
        self._records.clear()
        for first in range(0, rows, AT_ONCE):
            self._ask(min(AT_ONCE, rows - first))
        return b"".join(self._records)

    def seconds(self, rows: int) -> float:
        """Processor time of an answer to so many rows, the median."""
        return float(np.median([self._ask(rows) for _ in range(REPEATS)]))

    def _ask(self, rows: int) -> float:
        chosen = [self._pool[place] for place in self._dice.integers(POOL, size=rows)]
        body = json.dumps({"instances": chosen})
        with contextlib.redirect_stdout(io.StringIO()):
            started = time.process_time()
            self._predictor.answer(PIPELINE, body)
            return time.process_time() - started

    def _keep(self, records: list[bytes]) -> list[bytes]:
        self._records += records
        return []


@dataclass(frozen=True)
class Work:
    """What an object takes on average: processor time, billed units, requests, log, metrics."""

    seconds: float
    used: dict[str, float]
    calls: dict[str, float]
    log_bytes: float
    metrics: int


class Room:
    """An account in memory where a champion of two classes serves."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        os.environ |= {f"TIDEMILL_{name}": value for name, value in SETTINGS.items()} | ACCOUNT
        aws.client.cache_clear()
        self.wire = Wire()
        self.wire.connect()
        promote(self.wire, rows.artifact)

    def work(self, rows: int) -> dict[str, Work]:
        """What either function does for objects of so many rows."""
        number = max(FEW, min(MANY, MOST_ROWS // rows))
        warm = WARM if number > FEW else 1
        events = [self._landed(f"{rows}-{n}", rows) for n in range(warm + number)]
        return {name: self._worked(name, events, warm) for name in ("watch", "measure")}

    def _worked(self, name: str, events: list[dict[str, Any]], warm: int) -> Work:
        handler = importlib.import_module(f"monitoring.{name}.handler").handler
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            for event in events[:warm]:
                handler(event, CONTEXT)
            begun = said.tell()
            self.wire.used, self.wire.calls = Counter(), Counter()
            started = time.process_time()
            for event in events[warm:]:
                handler(event, CONTEXT)
            spent = time.process_time() - started
        times, text = len(events) - warm, said.getvalue()[begun:]
        return Work(
            seconds=spent / times,
            used={unit: count / times for unit, count in self.wire.used.items()},
            calls={call: count / times for call, count in self.wire.calls.items()},
            log_bytes=len(text) / times,
            metrics=len(_metrics(text)),
        )

    def _landed(self, place: str, rows: int) -> dict[str, Any]:
        """An object as Firehose delivers it, and the message that tells of it."""
        key, body = f"predictions/2026/11/22/10/{place}.jsonl.gz", self._rows.capture(rows)
        self.wire.put(CAPTURE, key, gzip.compress(body, 6))
        detail = {"bucket": {"name": CAPTURE}, "object": {"key": key, "size": len(body)}}
        event = {"time": "2026-11-22T10:00:00Z", "detail-type": "Object Created", "detail": detail}
        return {"Records": [{"messageId": f"m{place}", "body": json.dumps(event)}]}


def _metrics(text: str) -> set[str]:
    """Every metric of which a log tells, by its name and each set of its dimensions."""
    found: set[str] = set()
    for line in text.splitlines():
        said = json.loads(line) if line.startswith('{"_aws"') else {"_aws": {}}
        for directive in said["_aws"].get("CloudWatchMetrics", []):
            for dimensions in directive["Dimensions"]:
                subject = [said[name] for name in dimensions]
                found |= {f"{each['Name']} {subject}" for each in directive["Metrics"]}
    return found
