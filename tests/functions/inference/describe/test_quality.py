"""The route of quality says how it is estimated, or why not, and what no estimate can see."""

import pytest

from inference.describe.quality import BLIND, UNSEEN, list_quality
from tidemill.contract import parse_contract
from tidemill.records import ModelRecord, Verdict
from tidemill.registry import Registry
from tidemill.registry.qualities import ESTIMATED
from tidemill.table import InMemoryTable

CONTRACT = """
pipeline: shells
target: old
sources: {rows: {columns: {length: {type: float}, old: {type: bool}}}}
"""


def registry() -> Registry:
    """A pipeline whose first model serves."""
    found = Registry(InMemoryTable())
    found.put_contract(parse_contract(CONTRACT))
    nothing = ("package_arn", "run", "dataset_version", "contract_version", "artifact_sha256")
    nothing += ("report_uri", "profile_uri", "created_at", "artifact_uri")
    verdict = Verdict(passed=True, reasons=())
    for version in (1, 2):
        model = ModelRecord(
            model_version=version, metrics={}, verdict=verdict, **dict.fromkeys(nothing, "")
        )
        found.put_model("shells", model)
    found.promote("shells", 1, "approved")
    return found


def test_a_pipeline_without_predictions_says_so() -> None:
    """And that a change of concept cannot be seen without outcomes."""
    found = list_quality("shells", registry())
    assert found["estimation"] == {"model": "shells/1", "method": None, "reason": UNSEEN}
    assert found["not_seen"] == BLIND
    assert "not detectable" in BLIND


def test_the_method_is_named_and_what_limits_it() -> None:
    """Of this champion; what was said of the one before it counts no more."""
    own = registry()
    said = {"model": "shells/1", "method": None, "reason": "train it again"}
    own.put_estimation("shells", said)
    assert list_quality("shells", own)["estimation"] == said
    own.put_estimation("shells", {"model": "shells/1", "method": "a method", "reason": ""})
    assert list_quality("shells", own)["estimation"]["method"] == "a method"
    assert list_quality("shells", own)["estimation"]["reason"] is None
    own.promote("shells", 2, "approved")
    assert list_quality("shells", own)["estimation"]["reason"] == UNSEEN


LOSS = {"value": 0.3, "low": 0.28, "high": 0.32, "rows": 900}


def test_before_any_champion_that_is_said() -> None:
    """It is no fault of a test's."""
    own = Registry(InMemoryTable())
    own.put_contract(parse_contract(CONTRACT))
    harm = list_quality("shells", own)["harm"]
    assert (harm["verdict"], harm["reason"]) == ("not known", "no model serves yet")


@pytest.mark.parametrize(
    ("model", "promised", "change"),
    [
        ("shells/1", {"value": 0.2, "low": 0.18, "high": 0.22, "rows": 500}, "concept"),
        ("shells/1", {"value": 0.5, "low": 0.4, "high": 0.6, "rows": 500}, None),
        ("shells/2", {"value": 0.2, "low": 0.18, "high": 0.22, "rows": 500}, None),
    ],
)
def test_a_change_that_was_told_is_shown(
    model: str, promised: dict[str, float], change: str | None
) -> None:
    """Of the champion alone, and not where there is no harm any more."""
    own = registry()
    kept = {"model": model, "promised": promised, "realised": LOSS, "change": "concept"}
    own.update_promise("shells", lambda _: kept)
    assert list_quality("shells", own)["harm"]["change"] == change


def test_days_are_told_without_what_is_kept_to_add_to_them() -> None:
    """The estimate and its bounds, newest first, and no counts of cells or names of objects."""
    own = registry()
    for day in ("2026-11-20", "2026-11-21"):
        kept = {"window": day, "value": 0.8, "low": 0.7, "high": 0.9, "counted": {}, "seen": []}
        own.put_quality("shells", ESTIMATED, day, kept)
    newest, _ = list_quality("shells", own)["estimated"]
    assert newest == {"window": "2026-11-21", "value": 0.8, "low": 0.7, "high": 0.9}
