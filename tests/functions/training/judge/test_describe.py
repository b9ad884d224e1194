"""What the registry gets of a judged model: its card, its lineage, and where they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from local.validation import errors
from tests.statemachines.arguments import shape_of
from tidemill.evaluation import Evaluation
from tidemill.records import DatasetRecord, Verdict
from tidemill.store import InMemoryStore
from training.judge.card import card
from training.judge.describe import describe
from training.judge.lineage import Making, lineage
from training.judge.unpack import UnpackedModel

SCHEMA = json.loads(Path(__file__).with_name("model-card.schema.json").read_text())
COMPARISON = {
    "difference": 0.25,
    "low": 0.1,
    "high": 0.4,
    "probability_better": 0.99,
    "resamples": 100,
}
MAKING = Making(
    pipeline="shells",
    run="shells-v1",
    dataset_version="v1",
    job="tidemill-dev-shells-v1-s0",
    code_version="0.1.0+0123456789abcdef",
    dependency_lock="a" * 64,
)
DATASET = DatasetRecord(
    dataset_version="v1",
    contract_version="c1",
    drops=("d1", "d2"),
    channels={},
    rows={"train": 60, "validation": 20, "test": 20},
    profile_uri="s3://data/profile.json",
    contract_uri="s3://data/contract.json",
    created_at="2026-11-01",
)
VERDICT = Verdict(passed=True, reasons=("beats the constant prediction",))


def evaluated(**more: Any) -> Evaluation:  # noqa: ANN401 - parts of an evaluation
    return Evaluation.model_validate(
        {
            "task": "regression",
            "metric": "rmse",
            "target": "rings",
            "seed": 7,
            "versions": {"python": "3.13.0"},
            "rows": DATASET.rows,
            "models": {
                "challenger": {"test": {"rmse": 2.1, "r2": float("nan")}},
                "baseline": {"test": {"rmse": 3.2}},
                "champion": None,
            },
            "comparisons": {"champion": None, "baseline": COMPARISON},
            "chosen": {"name": "trees", "members": [{"trial": 1, "params": {"depth": 3}}], "x": ""},
        }
        | more
    )


def described(**more: Any) -> tuple[dict[str, Any], InMemoryStore]:  # noqa: ANN401
    uris = {
        name: f"s3://models/{name}"
        for name in ("artifact.tidemill", "evaluation.json", "report.html")
    }
    store = InMemoryStore()
    model = UnpackedModel(evaluated(**more), uris, "0" * 64)
    return describe(model, VERDICT, MAKING, DATASET, store), store


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"notes": ["a note that is long " * 200]},
        {"chosen": {f"setting {k}": "x" * 999 for k in range(150)}},
        {"chosen": {}},
    ],
    ids=["as it is", "long notes", "many settings", "nothing chosen"],
)
def test_a_card_is_as_the_registry_wants_it(more: dict[str, Any]) -> None:
    """By SageMaker's schema of model cards, and within its length, whatever was evaluated."""
    known = lineage(MAKING, DATASET, evaluated(**more))
    text = card(evaluated(**more), VERDICT, known, "s3://models/a.tidemill")
    assert list(Draft7Validator(SCHEMA).iter_errors(json.loads(text))) == []
    assert len(text) <= 100_000


def test_a_card_says_what_a_person_asks_first() -> None:
    """What for, how well, against whom, from which data; no number that is none."""
    found = json.loads(described()[0]["card"])
    assert "Predict rings" in found["intended_uses"]["purpose_of_model"]
    (tested,) = found["evaluation_details"]
    assert tested["evaluation_observation"] == "may serve: beats the constant prediction"
    assert [group["name"] for group in tested["metric_groups"]] == ["challenger", "baseline"]
    assert [metric["name"] for metric in tested["metric_groups"][0]["metric_data"]] == ["rmse"]
    assert found["additional_information"]["custom_details"]["dataset_version"] == "v1"


def test_lineage_fits_a_model_package() -> None:
    """Data, contract, code, dependencies, seed and job, as its service model takes properties."""
    odd = MAKING.model_copy(update={"job": "naïve, #1; " + "x" * 400})
    for making in (MAKING, odd):
        known = lineage(making, DATASET, evaluated())
        request = {"ModelPackageGroupName": "g", "CustomerMetadataProperties": known}
        assert errors(request, shape_of("sagemaker", "createModelPackage")) == []
        assert all(len(value) <= 256 for value in known.values())
    assert lineage(MAKING, DATASET, evaluated()) == {
        "pipeline": "shells",
        "run": "shells-v1",
        "dataset_version": "v1",
        "job": "tidemill-dev-shells-v1-s0",
        "code_version": "0.1.0+0123456789abcdef",
        "dependency_lock": "a" * 64,
        "contract_version": "c1",
        "drops": "2",
        "rows": "100",
        "seed": "7",
        "delivered": "complete",
    }


def test_the_document_of_the_lineage_names_every_drop() -> None:
    """It lies beside the model, where the package's property says."""
    handed, store = described()
    document = json.loads(store.read(handed["lineage"]["lineage_uri"]))
    assert document["drops"] == ["d1", "d2"]
    assert document["versions"] == {"python": "3.13.0"}


@pytest.mark.parametrize(
    ("comparisons", "improvement"),
    [
        ({"champion": None, "baseline": COMPARISON}, 0.25),
        ({"champion": COMPARISON | {"difference": -0.1}, "baseline": COMPARISON}, -0.1),
        ({"baseline": None}, None),
    ],
    ids=["the first model", "a champion", "nothing to compare with"],
)
def test_the_improvement_is_over_the_champion_or_else_the_baseline(
    comparisons: dict[str, Any], improvement: float | None
) -> None:
    """In the metric's unit; what a point of it cost is counted from this."""
    assert described(comparisons=comparisons)[0]["improvement"] == improvement


def test_a_search_that_was_cut_short_is_marked() -> None:
    """In the payload, the lineage and the card."""
    handed, _ = described(delivered="best so far")
    assert handed["delivered"] == handed["lineage"]["delivered"] == "best so far"
    assert "best so far" in handed["card"]
