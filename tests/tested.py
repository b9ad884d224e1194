"""A registered model with the test rows that it was measured on."""

import io
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.models import a_model
from tidemill.artifact import Feature, Header, Signature
from tidemill.artifact.document import pack
from tidemill.records import DatasetRecord, ModelRecord
from tidemill.registry import Registry
from tidemill.store import InMemoryStore

FOLDER = "s3://data/datasets/shells/v1/test/"
FEATURES: Any = (("length", "float"), ("grade", "category"), ("seen", "timestamp"))
DATASET = {"contract_version": "c", "profile_uri": "", "contract_uri": "", "created_at": ""}


def logistic(slope: float = 1.0) -> bytes:
    """A model of `old` by `length`."""
    header = Header(
        "shells", "v1", "c", "binary", "old", (False, True),
        Signature(tuple(Feature(*each) for each in FEATURES)), {},
    )  # fmt: skip
    model = {"kind": "linear", "steps": [], "coefficients": [[slope]], "intercepts": [0.0]}
    graph = {"inputs": [["length", "number"]], "model": model | {"link": "logistic"}}
    return pack(header.to_json(), graph)


def put_tested(
    registry: Registry, store: InMemoryStore, artifact: bytes, rows: pa.Table
) -> ModelRecord:
    """The first model of `shells`, its file and its dataset's test rows."""
    body = io.BytesIO()
    pq.write_table(rows, body)
    store.write(f"{FOLDER}part-00000.parquet", body.getvalue())
    channels, counts = {"test": FOLDER}, {"test": rows.num_rows}
    dataset = DatasetRecord(
        dataset_version="v1", drops=(), channels=channels, rows=counts, **DATASET
    )
    registry.put_dataset("shells", dataset)
    model = a_model(artifact_sha256=sha256(artifact).hexdigest(), dataset_version="v1")
    store.write(model.artifact_uri, artifact)
    registry.put_model("shells", model)
    return model
