"""A pipeline of two classes in an account in memory: its contract, its data and its champion."""

import io
import json
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.inference import CATEGORIES, NUMBERS, generated
from bench.wire import Wire
from tidemill import aws
from tidemill.aws import DynamoTable
from tidemill.contract import Contract
from tidemill.records import DatasetRecord, ModelRecord, Verdict
from tidemill.registry import Registry

PIPELINE, LEARNT, TESTED = "bench", 20_000, 5_000
CAPTURE, DATA, MODELS, TABLE = "capture", "data", "models", "registry"
SETTINGS = {"STAGE": "dev", "REGISTRY_TABLE": TABLE, "BUS": "bus", "CAPTURE_BUCKET": CAPTURE}
ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "k",
    "AWS_SECRET_ACCESS_KEY": "s",
    "AWS_DEFAULT_REGION": "us-east-1",
}
EVALUATION: dict[str, Any] = {
    "task": "binary",
    "metric": "average_precision",
    "rows": {"test": 2_000},
    "models": {"challenger": {"test": {"brier": 0.16, "average_precision": 0.8}}},
    "comparisons": {},
}


def promote(wire: Wire, artifact: bytes) -> None:
    """Have the champion serve, its rows, file and evaluation where they are looked for."""
    registry = Registry(DynamoTable(aws.client("dynamodb"), TABLE))
    rows = {"train": LEARNT, "test": TESTED}
    channels = {name: _put_rows(wire, name, number) for name, number in rows.items()}
    wire.put(MODELS, "1/evaluation.json", json.dumps(EVALUATION).encode())
    wire.put(MODELS, "1/model.tidemill", artifact)
    registry.put_contract(_contract())
    registry.put_dataset(
        PIPELINE,
        DatasetRecord(
            dataset_version="v1",
            contract_version="c",
            drops=(),
            channels=channels,
            rows=rows,
            profile_uri="",
            contract_uri="",
            created_at="",
        ),
    )
    registry.put_model(PIPELINE, _model(sha256(artifact).hexdigest()))
    registry.promote(PIPELINE, 1, "measured")


def _put_rows(wire: Wire, channel: str, rows: int) -> str:
    frame, labels = generated(rows)
    body, folder = io.BytesIO(), f"datasets/{PIPELINE}/v1/{channel}/"
    pq.write_table(pa.Table.from_pandas(frame.assign(y=labels), preserve_index=False), body)
    wire.put(DATA, f"{folder}part-00000.parquet", body.getvalue())
    return f"s3://{DATA}/{folder}"


def _contract() -> Contract:
    columns = {name: {"type": "category"} for name in CATEGORIES}
    columns |= {name: {"type": "float"} for name in NUMBERS} | {"y": {"type": "int"}}
    document = {"pipeline": PIPELINE, "target": "y", "task": "binary"}
    return Contract.model_validate(document | {"sources": {"rows": {"columns": columns}}})


def _model(digest: str) -> ModelRecord:
    return ModelRecord(
        model_version=1,
        package_arn="",
        run="",
        dataset_version="v1",
        contract_version="c",
        artifact_uri=f"s3://{MODELS}/1/model.tidemill",
        artifact_sha256=digest,
        report_uri="",
        profile_uri="",
        created_at="",
        metrics={},
        verdict=Verdict(passed=True, reasons=()),
    )
