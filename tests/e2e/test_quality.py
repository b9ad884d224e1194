"""What came true, told by public interfaces alone, shows how good predictions were."""

import json
from pathlib import Path

import httpx
import pandas as pd
import pytest

from local.journey import Journey, wait_for

pytestmark = pytest.mark.e2e

SAMPLE = Path(__file__).parents[2] / "pipelines" / "abalone"
NAME = "told"
ROWS = 60


@pytest.fixture(scope="module")
def champion(journey: Journey) -> str:
    """The name of a model that serves."""
    body = (SAMPLE / "pipeline.yaml").read_bytes().replace(b"trials: 40", b"trials: 2")
    journey.drop(f"{NAME}/pipeline.yaml", body.replace(b"pipeline: abalone", b"pipeline: told"))
    wait_for(lambda: journey.find(f"/pipelines/{NAME}"), "the contract", 60)
    journey.drop(f"{NAME}/measurements/first.csv", (SAMPLE / "abalone.csv").read_bytes())

    def look() -> str | None:
        found = journey.get(f"/pipelines/{NAME}")["champion"]
        return found and f"{NAME}/{found['model_version']}"

    return wait_for(look, "a champion", 300)


def test_outcomes_become_quality(journey: Journey, champion: str) -> None:
    """Half told before the capture came, half by a file: all are joined, and shown by day."""
    rows = pd.read_csv(SAMPLE / "abalone.csv").head(ROWS)
    ids = [f"shell {number}" for number in range(ROWS)]
    instances = json.loads(rows.drop(columns="rings").to_json(orient="records"))
    assert journey.predict(NAME, instances, ids)["model"] == champion
    pairs = zip(ids[:30], rows["rings"].tolist()[:30], strict=True)
    told = [{"id": name, "value": value} for name, value in pairs]
    answer = journey.api.post(f"/pipelines/{NAME}/outcomes", json={"outcomes": told})
    assert (answer.status_code, answer.json()["taken"]) == (httpx.codes.ACCEPTED, 30)
    file = pd.DataFrame({"id": ids[30:], "rings": rows["rings"][30:]}).to_csv(index=False)
    journey.drop(f"{NAME}/_outcomes/late.csv", file.encode())

    def look() -> list[dict[str, object]] | None:
        days = journey.get(f"/pipelines/{NAME}/quality")["realised"]
        scores = [score for day in days for score in day["scores"] if score["slice"] is None]
        return scores if sum(score["rows"] for score in scores) == ROWS else None

    (score,) = wait_for(look, "realised quality", 360)
    assert (score["model"], score["variant"]) == (champion, "champion")
    quality = journey.get(f"/pipelines/{NAME}/quality")
    assert quality["promise"]["realised"]["rows"] == ROWS
    assert quality["harm"]["verdict"] in {"no harm", "not known"}
    assert quality["estimation"]["method"] == "direct loss estimation"
    (day,) = quality["estimated"]
    assert day["rows"] == ROWS
    assert day["low"] < day["value"] < day["high"]
    file_of = f"{NAME}/_outcomes/late.csv"  # is recorded when its outcomes are joined
    record = wait_for(lambda: journey.drop_record(file_of), "the file's record", 60)
    assert (record["state"], record["rows"]["accepted"]) == ("accepted", 30)
    wait_for(lambda: journey.metric("RealizedQuality", Pipeline=NAME), "the metric", 30)


def test_what_is_no_outcome_is_refused(journey: Journey, champion: str) -> None:
    """By its field, as a problem document."""
    assert champion
    body = {"outcomes": [{"id": "shell 1", "value": "many"}]}
    answer = journey.api.post(f"/pipelines/{NAME}/outcomes", json=body)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert answer.json()["errors"][0]["pointer"] == "/outcomes/0/value"
