"""The steps of an artifact, one by one: what they make of a row, and what they refuse."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from tidemill.artifact.predictors import build as build_model
from tidemill.artifact.steps import build
from tidemill.errors import ArtifactError
from tidemill.moments import read_moment, whole_seconds

ALL_PARTS = ["elapsed", "month", "day", "weekday", "hour"]
NAN = float("nan")


def seconds(text: str) -> float:
    moment = read_moment(text)
    assert moment is not None
    return whole_seconds(moment)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1970-01-01", [0.0, 1, 1, 3, 0]),
        ("1969-12-31T23:59:59.999Z", [-1 / 86_400, 12, 31, 2, 86_399 / 3600]),
        ("2024-02-29T12:30:00+01:00", [19_782 + 11.5 / 24, 2, 29, 3, 11.5]),
        ("0001-01-01T00:00:00Z", [-719_162.0, 1, 1, 0, 0]),
        ("9999-12-31T23:00:00Z", [2_932_896 + 23 / 24, 12, 31, 4, 23]),
    ],
)
def test_a_moment_is_taken_apart_in_utc(text: str, parts: list[float]) -> None:
    """Days since 1970, month, day, weekday and hour are those of the calendar, before 1970 too."""
    step, width = build({"kind": "calendar", "columns": [ALL_PARTS]}, 1)
    assert width == 5
    assert step([seconds(text)]) == parts


def test_parts_of_a_missing_moment_are_missing() -> None:
    """A moment that is not there has no month either; only the parts asked for are made."""
    step, width = build({"kind": "calendar", "columns": [["hour", "month"], ["day"]]}, 2)
    made = step([NAN, seconds("2026-11-22")])
    assert width == len(made) == 3
    assert [math.isnan(part) for part in made] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T10:00:00+05:45", datetime(2026, 11, 22, 4, 15, tzinfo=UTC)),
        ("2026-11-22 10", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22t1000Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00,123456789", datetime(2026, 11, 22, 10, 0, 0, 123456, UTC)),
        ("2023-02-29", None),
        ("2026-11-22T24:00", None),
        ("0001-01-01T00:00:00+01:00", None),
        ("22.11.2026", None),
        ("2026-W47-7", None),
        (" 2026-11-22", None),
        ("", None),
    ],
)
def test_only_iso_8601_is_a_moment(text: str, moment: datetime | None) -> None:
    """Any offset leads to UTC, fractions are cut to microseconds, all else is no moment."""
    assert read_moment(text) == moment


def test_words_are_counted_as_a_vocabulary_has_them() -> None:
    """Words of two letters and more count in any case; others, and no text, count nothing."""
    step, width = build({"kind": "words", "words": ["tide", "übel", "42"], "idf": None}, 1)
    assert width == 3
    assert step(["Tide, tide and ÜBEL... a 42!"]) == [2.0, 1.0, 1.0]
    assert step([""]) == [0.0, 0.0, 0.0]


def test_weighted_words_have_the_norm_one() -> None:
    """TF-IDF is of logarithmic counts, and a text without known words stays zero."""
    step, _ = build({"kind": "words", "words": ["mill", "tide"], "idf": [2.0, 3.0]}, 1)
    made = step(["tide tide mill"])
    assert math.hypot(*made) == pytest.approx(1.0, rel=1e-15)
    assert made[1] / made[0] == pytest.approx((1 + math.log(2)) * 3 / 2, rel=1e-15)
    assert step(["nothing known"]) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("spec", "width"),
    [
        ({"kind": "calendar", "columns": [["century"]]}, 1),
        ({"kind": "calendar", "columns": [["hour"]]}, 2),
        ({"kind": "words", "words": ["a", "a"], "idf": None}, 1),
        ({"kind": "words", "words": ["ab"], "idf": [1.0, 2.0]}, 1),
        ({"kind": "words", "words": ["ab"], "idf": None}, 2),
        (
            {
                "kind": "onehot",
                "columns": [{"codes": [["a", 3]], "missing": None, "unknown": 0, "size": 3}],
            },
            1,
        ),
    ],
)
def test_a_description_that_fits_no_row_is_refused(spec: dict[str, Any], width: int) -> None:
    """Unknown parts, repeated words and positions outside a row are found before any row comes."""
    with pytest.raises(ArtifactError):
        build(spec, width)


def test_a_logarithmic_link_answers_above_zero_and_finitely() -> None:
    """What boosting adds up is an exponent; however large, the answer is a number."""
    spec = {
        "kind": "linear",
        "steps": [],
        "coefficients": [[1.0]],
        "intercepts": [0],
        "link": "exp",
    }
    model = build_model(spec, 1)
    for raw, value in ((0.0, 1.0), (2.5, math.exp(2.5)), (-800.0, 0.0)):
        assert model.predict([raw]).outputs == [value]
    assert math.isfinite(model.predict([1e4]).outputs[0])
