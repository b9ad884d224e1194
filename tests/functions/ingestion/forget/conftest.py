"""A pipeline whose every store holds rows of people, in memory."""

import gzip
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.forget.forget import Tools, forget
from tidemill.contract import parse_contract
from tidemill.events import ForgetRequested, InMemoryBus
from tidemill.pseudonyms import InMemoryKeys, pseudonym, subject_tokens
from tidemill.records import (
    DatasetRecord,
    DropRecord,
    DropState,
    ForgetRecord,
    ModelRecord,
    Part,
    Rows,
    Verdict,
)
from tidemill.registry import Registry
from tidemill.store import InMemoryStore
from tidemill.table import InMemoryTable

CONTRACT = """
pipeline: shop
target: amount
sources:
  orders:
    columns:
      who: {type: id}
      size: {type: float}
      amount: {type: float}
privacy: {subject: who, pseudonymise: [who], key: KEY}
"""
QUARANTINE = pa.schema(
    [("row", pa.int64()), ("column", pa.string()), ("rule", pa.string()), ("raw", pa.string())]
)

type Fault = tuple[int, str, str]


@dataclass
class Shop:
    """Everything that is stored of the pipeline `shop`."""

    registry: Registry = field(default_factory=lambda: Registry(InMemoryTable()))
    store: InMemoryStore = field(default_factory=InMemoryStore)
    bus: InMemoryBus = field(default_factory=InMemoryBus)
    keys: InMemoryKeys = field(default_factory=InMemoryKeys)

    def accept_contract(self, key: int = 1, text: str = CONTRACT) -> None:
        self.registry.put_contract(parse_contract(text.replace("KEY", str(key))))

    def table(self, people: Sequence[str], key: int | None = 1) -> pa.Table:
        """A row each, numbered from 1; people in clear where there is no key."""
        who: pa.Array = pa.array(people, pa.string())
        if key is not None:
            secret = self.keys.key("shop", key)
            who = pa.array([pseudonym(name, secret) for name in people], pa.binary(16))
        size = pa.array([float(n) for n in range(len(people))])
        return pa.table({"who": who, "size": size, "_row": pa.array(range(1, len(people) + 1))})

    def add_drop(
        self,
        drop_id: str,
        *parts: Sequence[str],
        key: int | None = 1,
        faults: Sequence[Fault] = (),
        state: DropState = "accepted",
        content: str = "",
    ) -> None:
        """Write a drop of parts that hold rows of these people, and record it."""
        base = f"s3://data/drops/shop/orders/{drop_id}"
        made = []
        for number, people in enumerate(parts):
            uri = f"{base}/part-{number:05}.accepted.parquet"
            self.write(uri, self.table(people, key))
            made.append(Part(uri=uri, rows=len(people)))
        if faults:
            rows, columns, raws = zip(*faults, strict=True)
            table = pa.table([rows, columns, ["is bad"] * len(rows), raws], schema=QUARANTINE)
            self.write(f"{base}/quarantine.parquet", table)
        accepted = sum(part.rows for part in made)
        broken = len({fault[0] for fault in faults})
        self.registry.put_drop(
            DropRecord(
                drop_id=drop_id,
                pipeline="shop",
                source="orders",
                uri=f"s3://landing/shop/orders/{drop_id}.csv",
                version_id=f"v-{drop_id}",
                etag="",
                sequencer="1",
                size=100,
                landed_at="2026-11-01T00:00:00Z",
                recorded_at="2026-11-01T00:00:00Z",
                state=state,
                rows=Rows(read=accepted + broken, accepted=accepted, quarantined=broken),
                content=content or drop_id,
                parts=tuple(made),
                quarantine_uri=f"{base}/quarantine.parquet" if faults else None,
            )
        )

    def add_dataset(self, version: str, key: int | None = 1, **channels: Sequence[str]) -> None:
        base = f"s3://data/datasets/shop/{version}"
        for channel, people in channels.items():
            self.write(f"{base}/{channel}/part-00000.parquet", self.table(people, key))
        self.registry.put_dataset(
            "shop",
            DatasetRecord(
                dataset_version=version,
                contract_version="c",
                drops=(),
                channels={channel: f"{base}/{channel}/" for channel in channels},
                rows={channel: len(people) for channel, people in channels.items()},
                profile_uri="",
                contract_uri="",
                created_at="2026-11-01T00:00:00Z",
            ),
        )

    def add_model(self, version: int, dataset: str) -> None:
        texts = dict.fromkeys(ModelRecord.model_fields, "")
        self.registry.put_model(
            "shop",
            ModelRecord.model_validate(
                {
                    **texts,
                    "model_version": version,
                    "dataset_version": dataset,
                    "metrics": {},
                    "lineage": {},
                    "agreement": None,
                    "verdict": Verdict(passed=True, reasons=()),
                }
            ),
        )

    def add_capture(self, name: str, *predictions: dict[str, Any], packed: bool = True) -> str:
        lines = "".join(
            json.dumps({"pipeline": "shop", "model": "shop/1", "features": {}, **each}) + "\n"
            for each in predictions
        )
        uri = f"s3://capture/predictions/{name}"
        self.store.write(uri, gzip.compress(lines.encode(), mtime=0) if packed else lines.encode())
        return uri

    def write(self, uri: str, table: pa.Table, **options: Any) -> None:  # noqa: ANN401
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, **options)
        self.store.write(uri, bytes(sink.getvalue()))

    def rows(self, uri: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = pq.read_table(io.BytesIO(self.store.read(uri))).to_pylist()
        return found

    def everyone(self, key: int = 1) -> set[object]:
        """Who is in any stored table: tokens by name where they are known, or what stands there."""
        names = {pseudonym(n, self.keys.key("shop", key)): n for n in ("anna", "bert", "cleo")}
        uris = [uri for uri in self.store.objects if uri.endswith(".parquet")]
        cells = [row["who"] for uri in uris for row in self.rows(uri) if "who" in row]
        return {names.get(cell, cell) for cell in cells}

    def request(self, who: str = "anna", request_id: str = "r1") -> ForgetRequested:
        tokens = subject_tokens(self.registry.contract("shop"), who, self.keys)
        return ForgetRequested(pipeline="shop", request_id=request_id, tokens=tokens)

    def tools(self) -> Tools:
        return Tools(
            registry=self.registry,
            store=self.store,
            bus=self.bus,
            keys=self.keys,
            data="s3://data",
            capture="s3://capture",
        )

    def forget(
        self, event: ForgetRequested | None = None, out_of_time: Callable[[], bool] = bool
    ) -> ForgetRecord:
        return forget(event or self.request(), self.tools(), out_of_time)


def filled() -> Shop:
    """Two drops, a dataset version with a model, captures: five rows and a prediction of anna."""
    shop = Shop()
    shop.accept_contract()
    shop.add_drop("d1", ["anna", "bert", "anna"], ["cleo", "cleo"])
    shop.add_drop("d2", ["bert"])
    shop.add_dataset("v1", train=["anna", "bert", "anna"], test=["anna", "cleo"])
    shop.add_dataset("v2", train=["bert"], test=["cleo"])
    shop.add_model(1, "v1")
    shop.add_model(2, "v2")
    shop.registry.promote("shop", 1, "best")
    shop.add_capture("2026/11/01/00/a.jsonl.gz", {"id": "anna", "value": 1.0}, {"id": "bert"})
    shop.add_capture("2026/11/01/00/b.jsonl.gz", {"id": "cleo", "value": 1.0})
    return shop


@pytest.fixture
def shop() -> Shop:
    return filled()


@pytest.fixture
def bare_shop() -> Shop:
    made = Shop()
    made.accept_contract()
    return made
