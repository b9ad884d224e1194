"""A pipeline of two classes in an account in memory: its contract, its data and its champion."""

import io
import json
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

PIPELINE, LEARNT = "bench", 20_000
CAPTURE, DATA, MODELS, TABLE = "capture", "data", "models", "registry"
SETTINGS = {"STAGE": "dev", "REGISTRY_TABLE": TABLE, "BUS": "bus", "CAPTURE_BUCKET": CAPTURE}
ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "k",
    "AWS_SECRET_ACCESS_KEY": "s",
    "AWS_DEFAULT_REGION": "us-east-1",
}
BINS = [{"predicted": p, "observed": p, "rows": 400} for p in (0.05, 0.3, 0.5, 0.7, 0.95)]
EVALUATION: dict[str, Any] = {
    "task": "binary",
    "metric": "average_precision",
    "rows": {"test": 2_000},
    "models": {"challenger": {"test": {"brier": 0.16, "average_precision": 0.8}}},
    "comparisons": {},
    "calibration": {"bins": BINS},
}


def promote(wire: Wire) -> None:
    """Have the champion serve, its training rows and evaluation where they are looked for."""
    registry = Registry(DynamoTable(aws.client("dynamodb"), TABLE))
    frame, labels = generated(LEARNT)
    body = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(frame.assign(y=labels), preserve_index=False), body)
    folder = f"datasets/{PIPELINE}/v1/train/"
    wire.put(DATA, f"{folder}part-00000.parquet", body.getvalue())
    wire.put(MODELS, "1/evaluation.json", json.dumps(EVALUATION).encode())
    registry.put_contract(_contract())
    registry.put_dataset(
        PIPELINE,
        DatasetRecord(
            dataset_version="v1",
            contract_version="c",
            drops=(),
            channels={"train": f"s3://{DATA}/{folder}"},
            rows={},
            profile_uri="",
            contract_uri="",
            created_at="",
        ),
    )
    registry.put_model(PIPELINE, _model())
    registry.promote(PIPELINE, 1, "measured")


def _contract() -> Contract:
    columns = {name: {"type": "category"} for name in CATEGORIES}
    columns |= {name: {"type": "float"} for name in NUMBERS} | {"y": {"type": "int"}}
    document = {"pipeline": PIPELINE, "target": "y", "task": "binary"}
    return Contract.model_validate(document | {"sources": {"rows": {"columns": columns}}})


def _model() -> ModelRecord:
    return ModelRecord(
        model_version=1,
        package_arn="",
        run="",
        dataset_version="v1",
        contract_version="c",
        artifact_uri=f"s3://{MODELS}/1/model.tidemill",
        artifact_sha256="",
        report_uri="",
        profile_uri="",
        created_at="",
        metrics={},
        verdict=Verdict(passed=True, reasons=()),
    )
