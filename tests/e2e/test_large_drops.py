"""Drops too large for one function, and people to be forgotten, by public interfaces alone."""

import csv
import gzip
import io
from typing import Any

import pytest
from rich.console import Console

from infra.forget import SUBJECT
from local.cloud import Cloud
from local.forget import forget_here
from local.journey import Journey, wait_for

pytestmark = pytest.mark.e2e

ROWS = 200_000
PEOPLE = 1_000
CONTRACT = """
pipeline: {name}
target: label
sources:
  orders:
    columns:
      order: {{type: id, unique: true}}
      person: {{type: text}}
      at: {{type: timestamp}}
      amount: {{type: float, min: 0}}
      note: {{type: text}}
      label: {{type: int, values: [0, 1]}}
privacy: {{pseudonymise: [person], subject: person}}
training: {{budget_usd: 0.0001}}
"""


def orders() -> bytes:
    """About 10 MB of rows: good ones, 200 bad ones, 100 repeated ones."""
    body = io.StringIO()
    writer = csv.writer(body, lineterminator="\n")
    writer.writerow(["order", "person", "at", "amount", "note", "label"])
    for number in range(ROWS):
        note = 'said "so",\nand went' if number % 50 == 0 else "nothing"
        order = number - 1 if number % 2_000 == 9 else number
        amount = -1 if order % 1_000 == 7 else order % 977 / 8
        row = [f"o-{order}", f"person-{order % PEOPLE}", f"2026-11-01T{order % 24:02}:00:00Z"]
        writer.writerow([*row, amount, note, order % 2])
    return body.getvalue().encode()


@pytest.fixture(scope="module")
def body() -> bytes:
    return orders()


@pytest.fixture(scope="module")
def large(journey: Journey, body: bytes) -> dict[str, Any]:
    """The record of a drop that the workflow read."""
    return ingested(journey, "large", "orders.csv", body)


def ingested(journey: Journey, pipeline: str, name: str, body: bytes) -> dict[str, Any]:
    journey.drop(f"{pipeline}/pipeline.yaml", CONTRACT.format(name=pipeline).encode())
    wait_for(lambda: journey.find(f"/pipelines/{pipeline}"), f"the contract of {pipeline}", 60)
    key = f"{pipeline}/orders/{name}"
    journey.drop(key, body)
    return wait_for(lambda: journey.drop_record(key), f"the record of {key}", 180)


def test_a_large_drop_is_read_by_many_workers(journey: Journey, large: dict[str, Any]) -> None:
    """It is cut, its parts are sorted side by side, and every row is counted once."""
    assert large["state"] == "accepted", large
    assert large["parts"] > 1
    assert large["rows"] == {
        "read": ROWS,
        "accepted": ROWS - 300,
        "quarantined": 200,
        "duplicate": 100,
        "forgotten": 0,
    }
    machines = journey.client("stepfunctions").list_state_machines()["stateMachines"]
    (arn,) = (found["stateMachineArn"] for found in machines if "Ingestion" in found["name"])
    found = journey.client("stepfunctions").list_executions(stateMachineArn=arn)
    (execution,) = found["executions"]
    assert execution["status"] == "SUCCEEDED"


def test_one_function_reads_the_same(journey: Journey, body: bytes, large: dict[str, Any]) -> None:
    """Packed, the file is small enough for one function: its rows and its profile are the same."""
    packed = ingested(journey, "packed", "orders.csv.gz", gzip.compress(body))
    assert (packed["state"], packed["rows"]) == ("accepted", large["rows"])
    assert packed["parts"] == 1
    pages = [journey.api.get(record["profile"]).text for record in (packed, large)]
    tables = [page.split("</header>", 1)[-1] for page in pages]
    assert tables[0] == tables[1]


def test_a_person_is_forgotten(journey: Journey, cloud: Cloud, large: dict[str, Any]) -> None:
    """One command takes a person's rows out of what was stored, and says what is left to do."""
    console = Console(file=io.StringIO(), width=200)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SUBJECT, "person-42")
        forget_here(cloud, "large", console)
    told = console.file.getvalue()
    assert f"s3://{journey.outputs['LandingBucket']}/large/orders/orders.csv" in told
    record = journey.drop_record("large/orders/orders.csv")
    assert record is not None
    assert record["rows"]["forgotten"] == ROWS // PEOPLE
    assert record["rows"]["accepted"] < large["rows"]["accepted"]
