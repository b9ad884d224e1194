"""A file of a million rows scored whole, beside pandas reading it and scikit-learn predicting.

`python -m bench.batch [--rows N]`. Either side starts from the bytes of a CSV file and ends with
those of one of answers, ids included. Times are CPU seconds of all threads, so rows per second per
core; the network is left out of both.
"""

import argparse
import io
import time
from base64 import b64encode
from hashlib import sha256

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bench.inference import CATEGORIES, NUMBERS, exported, generated, models
from inference.batch.batch import score_file
from inference.batch.tools import Tools
from tidemill.contract import Contract
from tidemill.landing import LandedObject
from tidemill.pseudonyms import InMemoryKeys
from tidemill.records import ModelRecord, Verdict
from tidemill.registry import Registry
from tidemill.signing import InMemorySigner, statement
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable

LEARNT = 20_000
RESULT = "s3://results/bench/rows.csv"


def main() -> None:
    """Print rows per second per core of each model on either side."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows: int = parser.parse_args().rows
    frame, label = generated(max(rows, LEARNT))
    frame["id"] = np.arange(len(frame)).astype(str)
    body = frame.head(rows).to_csv(index=False).encode()
    print(f"batch: {rows:,} rows of CSV, {len(body) / 1e6:.0f} MB; rows/s per core")
    with threadpool_limits(1):
        for name, model in models().items():
            model.fit(frame.head(LEARNT), label[:LEARNT])
            compare(name, model, body)


def compare(name: str, model: Pipeline, body: bytes) -> None:
    """Print one model's line; AssertionError where the two sides disagree."""
    tools, landed = _served(exported(model), body)
    started = time.process_time()
    batch = score_file(landed, tools)
    ours = time.process_time() - started
    assert batch is not None, "the file was handed over"  # noqa: S101
    assert batch.state == "completed", batch.reasons  # noqa: S101
    started = time.process_time()
    expected = predicted(model, body)
    theirs = time.process_time() - started
    found = pd.read_csv(io.BytesIO(tools.store.read(RESULT)))
    gap = np.abs(found["probability_1"] - pd.read_csv(io.BytesIO(expected))["probability_1"]).max()
    rows = batch.rows.scored
    print(
        f"  {name:22} {rows / ours:10,.0f} against {rows / theirs:10,.0f}: {theirs / ours:4.1f}x,"
        f" probabilities within {gap:.0e}"
    )


def predicted(model: Pipeline, body: bytes) -> bytes:
    """What the usual script makes of the file: one frame, all at once."""
    frame = pd.read_csv(io.BytesIO(body), dtype=dict.fromkeys([*CATEGORIES, "id"], "object"))
    shares = model.predict_proba(frame[[*CATEGORIES, *NUMBERS]])
    answers = pd.DataFrame({"id": frame["id"], "value": model.classes_[shares.argmax(axis=1)]})
    answers["probability_0"], answers["probability_1"] = shares.T
    return answers.to_csv(index=False).encode()


def _served(artifact: bytes, body: bytes) -> tuple[Tools, LandedObject]:
    """Batch scoring over what is in memory, with this model as the champion."""
    store, signer, registry = InMemoryStore(), InMemorySigner(), Registry(InMemoryTable())
    columns = {name: {"type": "category"} for name in CATEGORIES}
    columns |= {name: {"type": "float"} for name in NUMBERS} | {"y": {"type": "int"}}
    document = {"pipeline": "bench", "target": "y", "sources": {"rows": {"columns": columns}}}
    registry.put_contract(Contract.model_validate(document))
    store.write("s3://models/bench", artifact)
    store.write("s3://landing/bench/_batch/rows.csv", body)
    digest = sha256(artifact).hexdigest()
    model = ModelRecord(
        model_version=1,
        package_arn="arn",
        run="r",
        dataset_version="d",
        contract_version="c",
        artifact_uri="s3://models/bench",
        artifact_sha256=digest,
        artifact_mac=b64encode(signer.sign(statement("bench", 1, digest))).decode(),
        report_uri="",
        profile_uri="",
        created_at="",
        metrics={},
        verdict=Verdict(passed=True, reasons=()),
    )
    registry.put_model("bench", model)
    registry.promote("bench", 1, "measured")
    landed = LandedObject("landing", "bench/_batch/rows.csv", None, "e", "1", len(body), "2026-11")
    tools = Tools(
        registry=registry,
        store=store,
        verifier=signer,
        keys=InMemoryKeys(),
        data="s3://data",
        results="s3://results",
        captures="s3://capture/predictions/_batch",
    )
    return tools, landed


if __name__ == "__main__":
    main()
