"""From a prediction's model back to the files, over HTTP, and the pages of what the files hold."""

import json
from typing import Any

import pytest

from inference.describe import handler as api
from inference.describe.handler import get_drops, get_lineage, get_profile
from tests.functions.inference.conftest import Service
from tidemill.errors import UnknownDropError
from tidemill.records import (
    Boundaries,
    DatasetRecord,
    DropRecord,
    ForgetRecord,
    Layout,
    Part,
    Rows,
)

DROP = "0123456789abcdef"


@pytest.fixture(autouse=True)
def wired(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The API over the service's registry and store."""
    monkeypatch.setattr(api, "registry", lambda: service.registry)
    monkeypatch.setattr(api, "S3Store", lambda _: service.store)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def drop(**changes: Any) -> DropRecord:  # noqa: ANN401 - any field
    found = DropRecord(
        drop_id=DROP,
        pipeline="shells",
        source="rows",
        uri="s3://landing/shells/rows/a.csv",
        version_id="v1",
        etag="e1",
        sequencer="1",
        size=10,
        landed_at="2026-11-01T00:00:00Z",
        recorded_at="2026-11-01T00:00:05Z",
        state="accepted",
        rows=Rows(read=3, accepted=2, quarantined=1),
        content="sha",
        layout=Layout(format="csv", delimiter=";", columns=("Jane Doe", "1.5")),
        parts=(Part(uri="s3://data/p0", rows=1), Part(uri="s3://data/p1", rows=1, first_row=1)),
        profile_page_uri="s3://data/profile.html",
    )
    return found.model_copy(update=changes)


def dataset(**changes: Any) -> DatasetRecord:  # noqa: ANN401 - any field
    found = DatasetRecord(
        dataset_version="d",
        contract_version="c",
        code_version="0.1.0",
        drops=(DROP, "fedcba9876543210"),
        split={"by": "time", "column": "at", "validation": 0.15, "test": 0.15},
        boundaries=Boundaries(column="at", type="int", validation="1", test="2"),
        channels={},
        rows={"train": 1, "validation": 1, "test": 0},
        profile_uri="s3://data/profile.json",
        contract_uri="s3://data/contract.json",
        created_at="2026-11-01",
    )
    return found.model_copy(update=changes)


def test_a_model_leads_back_to_its_drops(service: Service) -> None:
    """Run, dataset, contract, code, split and each object with its version, in one answer."""
    service.model(3)
    service.registry.put_drop(drop())
    service.registry.put_dataset("shells", dataset())
    found = get_lineage("shells", "3")
    assert found == {
        "model": "shells/3",
        "run": "r",
        "dataset_version": "d",
        "contract_version": "c",
        "code_version": "0.1.0",
        "split": {"by": "time", "column": "at", "validation": 0.15, "test": 0.15},
        "boundaries": {"column": "at", "type": "int", "validation": "1", "test": "2"},
        "profile_uri": "s3://data/profile.json",
        "rows": {"train": 1, "validation": 1, "test": 0},
        "forgotten_rows": 0,
        "forgotten": [],
        "drops": [
            {
                "drop_id": DROP,
                "source": "rows",
                "uri": "s3://landing/shells/rows/a.csv",
                "version_id": "v1",
                "etag": "e1",
                "landed_at": "2026-11-01T00:00:00Z",
                "rows": {
                    "read": 3, "accepted": 2, "quarantined": 1, "duplicate": 0, "forgotten": 0
                },
                "content": "sha",
            },
            {
                "drop_id": "fedcba9876543210",
                **dict.fromkeys(
                    ("source", "uri", "version_id", "etag", "landed_at", "rows", "content")
                ),
            },
        ],
    }  # fmt: skip


def test_who_was_forgotten_is_counted_not_named(service: Service) -> None:
    """The requests that took rows out of the dataset, and no others."""
    service.model(1)
    service.registry.put_dataset("shells", dataset(forgotten_rows=2))
    for request, datasets in {"r1": ("d",), "r2": ("other",)}.items():
        report = ForgetRecord(
            request_id=request,
            state="done",
            requested_at="2026-11-02",
            finished_at="2026-11-03",
            datasets=datasets,
        )
        service.registry.put_forget_report("shells", report)
    found = get_lineage("shells", "1")
    assert found["forgotten_rows"] == 2
    assert found["forgotten"] == [{"request_id": "r1", "finished_at": "2026-11-03"}]


def test_what_is_not_known_any_more_is_null(service: Service) -> None:
    """A model whose dataset has no record still says what its own record knows."""
    service.model(1)
    found = get_lineage("shells", "1")
    known = {name for name, value in found.items() if value is not None}
    assert known == {"model", "run", "dataset_version", "contract_version"}


def test_drops_show_how_they_were_read_and_no_cell(service: Service) -> None:
    """Layout, number of parts, path of the page; not what may be a row of data read as names."""
    service.registry.put_drop(drop())
    (found,) = get_drops("shells")["drops"]
    assert (found["parts"], found["layout"]["delimiter"]) == (2, ";")
    assert found["profile"] == f"/v1/pipelines/shells/drops/{DROP}/profile"
    assert found["rows"]["duplicate"] == 0
    assert "Jane Doe" not in json.dumps(found)


def test_a_profile_is_a_page_that_needs_nothing_else(service: Service) -> None:
    """As ingestion wrote it, and the browser is told to fetch and run nothing."""
    service.registry.put_drop(drop())
    service.store.write("s3://data/profile.html", b"<html>")
    page = get_profile("shells", DROP)
    assert (page.status_code, page.body) == (200, "<html>")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("drop_id", "says"),
    [
        ("fedcba9876543210", "pipeline 'shells' has no drop 'fedcba9876543210'"),
        ("x" * 5_000, "has no drop 'xxx"),
        (DROP, f"drop '{DROP}' has no profile: it was rejected"),
    ],
)
def test_a_profile_that_is_not_there_is_a_problem(
    service: Service, drop_id: str, says: str
) -> None:
    """An unknown drop, one that nobody can have, one that could not be read."""
    service.registry.put_drop(drop(state="rejected", profile_page_uri=None))
    with pytest.raises(UnknownDropError, match=says):
        get_profile("shells", drop_id)
