"""Contracts against the model in service: what its clients would have to follow, and what not."""

import pytest

from tidemill.contract import Contract, parse_contract, signature_breaks

SERVING = """
pipeline: shells
target: rings
sources:
  rows:
    columns:
      sex: {type: category, values: [M, F, I]}
      length: {type: float, min: 0, max: 2}
      weight: {type: int}
      colour: {type: category}
      note: {type: id}
      rings: {type: int}
"""


def breaks(old: str, new: str, more: str = "") -> tuple[str, ...]:
    """Against the contract with `old` written as `new`, and `more` behind it."""
    assert old in SERVING
    return signature_breaks(contract(SERVING), contract(SERVING.replace(old, new) + more))


def contract(text: str) -> Contract:
    return parse_contract(text)


FIELD = "sources.rows.columns"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("target: rings", "target: weight", "target: becomes 'weight', and clients of the model"),
        ("target: rings", "target: rings\ntask: multiclass", "task: becomes multiclass, and"),
        ("      weight: {type: int}\n", "", f"{FIELD}.weight: is no column any more, and clients"),
        ("weight: {type: int}", "weight: {type: bool}", f"{FIELD}.weight: becomes bool, and"),
        (
            "weight: {type: int}",
            "weight: {type: id}",
            f"{FIELD}.weight: becomes id, which is not learnt from, and",
        ),
        (
            "weight: {type: int}",
            "weight: {type: int, leakage: true}",
            f"{FIELD}.weight: is marked as leakage, so not learnt from, and",
        ),
        ("values: [M, F, I]", "values: [M, F]", f"{FIELD}.sex: no longer allows I, and clients"),
        (
            "colour: {type: category}",
            "colour: {type: category, values: [red]}",
            f"{FIELD}.colour: allows red only, and clients of the model in service may send other",
        ),
        ("min: 0", "min: 0.1", f"{FIELD}.length: min becomes 0.1, and clients of the model in se"),
        ("max: 2", "max: 1", f"{FIELD}.length: max becomes 1, and clients of the model in service"),
        ("{type: int}", "{type: int, max: 9}", f"{FIELD}.weight: max becomes 9, and clients of t"),
        (
            "colour: {type: category}",
            "colour: {type: category, pattern: '[a-z]+'}",
            f"{FIELD}.colour: must match '[a-z]+', and clients of the model in service may send",
        ),
        (
            "weight: {type: int}",
            "weight: {type: int, nullable: false}",
            f"{FIELD}.weight: may not be missing any more, and clients of the model in service",
        ),
        (
            "note: {type: id}",
            "note: {type: id}\n      width: {type: float, nullable: false}",
            f"{FIELD}.width: is a new feature that may not be missing, and clients of the model",
        ),
    ],
)
def test_what_clients_would_have_to_follow_is_told(old: str, new: str, told: str) -> None:
    """Each change is a sentence with the field, what changes, and why it breaks them."""
    assert breaks(old, new)[0].startswith(told)


@pytest.mark.parametrize(
    ("privacy", "told"),
    [
        ("privacy: {drop: [colour]}", "is dropped, and clients"),
        ("privacy: {pseudonymise: [colour]}", "is pseudonymised, so not learnt from, and clients"),
    ],
)
def test_a_hidden_feature_breaks_them(privacy: str, told: str) -> None:
    """A model learns from neither, and refuses the field."""
    (change,) = breaks("target: rings", f"target: rings\n{privacy}")
    assert change.startswith(f"{FIELD}.colour: {told}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("min: 0, max: 2", "min: -1, max: 3"),
        ("min: 0, max: 2", "unit: mm"),
        ("values: [M, F, I]", "values: [I, F, M, X]"),
        (", values: [M, F, I]", ""),
        ("weight: {type: int}", "weight: {type: float}"),
        ("weight: {type: int}", "weight: {type: int, missing: ['?'], unique: true}"),
        ("note: {type: id}", "note: {type: id}\n      width: {type: float}"),
        ("      note: {type: id}\n", ""),
        ("note: {type: id}", "note: {type: id}\n      at: {type: timestamp}"),
        ("rings: {type: int}", "rings: {type: float, min: 3, nullable: false}"),
        ("target: rings", "target: rings\nbudget: {monthly_usd: 1}\ntraining: {trials: 2}"),
    ],
)
def test_what_they_do_not_notice_is_harmless(old: str, new: str) -> None:
    """Allowing more, new nullable features, what is no feature, limits and words."""
    assert breaks(old, new) == ()


def test_labels_of_another_type_break_them() -> None:
    """An answer that was a number would be a text."""
    serving = SERVING.replace("rings: {type: int}", "rings: {type: int, values: [0, 1]}")
    proposed = SERVING.replace("rings: {type: int}", "rings: {type: category, values: [0, 1]}")
    (change,) = signature_breaks(contract(serving), contract(proposed))
    assert change.startswith(f"{FIELD}.rings.type: the target becomes category, and clients")
