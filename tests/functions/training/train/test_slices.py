"""Where a model is weak is found, and what is chance is not called a weakness."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tidemill.contract import Contract
from training.train.examining.segments import Segment, segments
from training.train.examining.slices import Sliced, Slicer
from training.train.examining.uncertainty import Answers
from training.train.measuring.metrics import Scorer

type Vector = np.ndarray[Any, Any]
N = 1200
RNG = np.random.default_rng(4)
Y, NOISE, RIVALS = RNG.normal(size=(3, N))
REGIONS = RNG.choice(["north", "south", "east", "west"], N)


def parts(labels: Vector, *, gated: bool = False) -> list[Segment]:
    return [
        Segment("region", str(value), np.flatnonzero(labels == value), gated)
        for value in np.unique(labels)
    ]


def sliced(errors: Vector, cut: list[Segment], *, champion: bool = False) -> Sliced:
    scorer = Scorer("regression", [])
    models = {"challenger": Answers(Y + errors, scorer)}
    if champion:
        models["champion"] = Answers(Y + RIVALS, scorer)
    return Slicer("rmse", Y, models, seed=0).slice(cut)


def test_a_weak_slice_comes_first_and_is_named() -> None:
    """With its column, value, rows and score; the note says among how many."""
    errors = np.where(REGIONS == "east", 2.0, 1.0) * NOISE
    found = sliced(errors, parts(REGIONS))
    first, rows = found.kept[0], int(np.sum(REGIONS == "east"))
    assert (first.column, first.value, first.rows) == ("region", "east", rows)
    assert [one.value for one in found.worse] == ["east"]
    assert found.note("rmse") == (
        "4 slices of the test rows were looked at; surely worse than the whole: "
        f"region = east (rmse {first.scores['challenger']:.4g})"
    )


def test_noise_is_no_weakness() -> None:
    """Of ten times forty slices that differ by chance alone, hardly one is called worse."""
    named = 0
    for seed in range(10):
        labels = np.random.default_rng(seed).integers(0, 40, N)
        found = sliced(NOISE, parts(labels))
        assert found.looked_at == len([s for s in parts(labels) if len(s.rows) >= 30])
        named += len(found.worse)
    assert named <= 2


def test_both_models_are_scored_on_a_slice() -> None:
    """The comparison with the champion is on the slice's own rows."""
    errors = np.where(REGIONS == "east", 1.5, 0.5) * NOISE
    found = {s.value: s for s in sliced(errors, parts(REGIONS), champion=True).kept}
    assert set(found["east"].scores) == {"challenger", "champion"}
    assert found["east"].comparison.high < 0
    assert found["north"].comparison.low > 0


def test_small_slices_are_left_out_unless_the_gate_asks() -> None:
    """Then they are kept without a score, for the verdict to speak of."""
    labels = np.where(np.arange(N) < 20, "rare", "usual")
    assert [s.value for s in sliced(NOISE, parts(labels)).kept] == ["usual"]
    kept = sliced(NOISE, parts(labels, gated=True)).kept
    assert [(s.value, s.scores == {}) for s in kept] == [("usual", False), ("rare", True)]


def test_no_slice_is_no_praise() -> None:
    """Where none is large enough, the note does not say that none is worse."""
    assert "none is" not in sliced(NOISE, []).note("rmse")


def test_few_are_kept_but_for_gated_ones() -> None:
    """Thirty at most, the worst; all that the gate bounds."""
    labels = np.arange(N) % 40
    assert len(sliced(NOISE, parts(labels)).kept) == 30
    assert len(sliced(NOISE, parts(labels, gated=True)).kept) == 40


def test_a_rare_class_makes_no_slice_weak() -> None:
    """Average precision is lower where positives are few; slices are ordered by what is not."""
    truth = np.where(REGIONS == "east", Y > 1.3, Y > 0)
    signal = Y - np.where(REGIONS == "east", 1.3, 0.0) + NOISE / 2
    outputs = np.column_stack([-signal, signal])
    models = {"challenger": Answers(outputs, Scorer("binary", [False, True]))}
    found = Slicer("average_precision", truth, models, seed=0).slice(parts(REGIONS))
    assert not found.worse


def frame() -> pd.DataFrame:
    days = pd.Timestamp("2026-01-15", tz="UTC") + pd.to_timedelta(np.arange(N) / 12, "D")
    return pd.DataFrame(
        {
            "size": np.arange(N, dtype=float),
            "count": np.where(np.arange(N) % 3, 1.0, np.nan),
            "flag": (np.arange(N) % 2).astype(float),
            "region": REGIONS.astype(object),
            "day": days,
            "owner": [bytes([k % 2] * 16) for k in range(N)],
        }
    )


def contract(more: dict[str, Any]) -> Contract:
    kinds = {"size": "float", "count": "int", "flag": "bool", "region": "category"}
    kinds |= {"day": "timestamp", "owner": "id", "y": "float"}
    columns = {name: {"type": kind} for name, kind in kinds.items()}
    document = {"pipeline": "p", "target": "y", "sources": {"rows": {"columns": columns}}}
    return Contract.model_validate(document | more)


def named(more: dict[str, Any], **importances: float) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in segments(frame(), contract(more), importances):
        found.setdefault(one.column, []).append(one.value)
    return {column: sorted(values) for column, values in found.items()}


def test_segments_are_what_people_would_ask_about() -> None:
    """Categories and truth values by value, important numbers by quarters, time by months."""
    found = named({"split": {"by": "time", "column": "day"}}, size=1.0, count=0.5)
    assert found["region"] == ["east", "north", "south", "west"]
    assert found["flag"] == ["false", "true"]
    assert found["count"] == ["1", "missing"]
    assert len(found["size"]) == 4
    assert "up to 299.75" in found["size"]
    assert found["day"][:2] == ["2026-01", "2026-02"]
    assert "owner" not in found


def test_what_groups_or_bounds_is_a_segment_too_but_never_people() -> None:
    """Pseudonyms are spelt as hexadecimal digits; the column that names people is left out."""
    group = {"split": {"by": "group", "column": "owner"}, "gate": {"slices": {"day": 0.1}}}
    assert named(group)["owner"] == ["00" * 8, "01" * 8]
    assert "day" in named(group)
    assert "owner" not in named(group | {"privacy": {"subject": "owner"}})


@pytest.mark.parametrize(("years", "first"), [(1, "2026-01"), (5, "2026 Q1"), (30, "2026")])
def test_long_times_are_cut_more_coarsely(years: int, first: str) -> None:
    """Months, quarters or years, so that a slice has rows enough."""
    days = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(
        np.linspace(0, 364 * years, N), "D"
    )
    by_time = contract({"split": {"by": "time", "column": "day"}})
    found = [s.value for s in segments(pd.DataFrame({"day": days}), by_time, {})]
    assert first in found
