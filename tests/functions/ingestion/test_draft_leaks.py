"""What gives the target away, and what only foretells it well."""

import random

import numpy as np
import pytest

from ingestion.ingest.draft.draft import draft
from tidemill.contract import Contract, parse_contract

from .conftest import Shore

SIZE = 1200


def drafted(columns: dict[str, list[object]], target: str) -> tuple[Contract, dict[str, str]]:
    """The draft of a file of these columns, and its lines by column."""
    rows = zip(*columns.values(), strict=True)
    body = "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows), ""])
    shore = Shore()
    landed = shore.put("shells/rows/a.csv", body)
    shore.store.tags[landed.uri] = {"target": target}
    text = draft(landed, shore.store).text
    lines = {line.split(":")[0].strip(): line for line in text.splitlines()}
    return parse_contract(text, "shells"), lines


def leaks(contract: Contract) -> set[str]:
    return {name for name, column in contract.columns().items() if column.leakage}


@pytest.fixture
def chance() -> random.Random:
    return random.Random(7)  # noqa: S311 - a table, not a secret


def test_what_gives_classes_away_is_marked(chance: random.Random) -> None:
    """A bound on a number, a map of categories, and a reason that only one class has."""
    left = [chance.random() < 0.3 for _ in range(SIZE)]
    columns: dict[str, list[object]] = {
        "age": [chance.randint(18, 90) for _ in range(SIZE)],
        "refund": [chance.uniform(5, 90) if gone else chance.uniform(-9, 4.9) for gone in left],
        "state": [chance.choice(["gone", "moved"] if gone else ["here", "new"]) for gone in left],
        "reason": [chance.choice(["price", "service"]) if gone else "" for gone in left],
        "left": ["yes" if gone else "no" for gone in left],
    }
    contract, lines = drafted(columns, "left")
    assert leaks(contract) == {"refund", "state", "reason"}
    assert list(contract.feature_columns()) == ["age"]
    assert "gives left away: right in 100 % of rows it was not fitted to" in lines["state"]


def test_what_gives_a_number_away_is_marked(chance: random.Random) -> None:
    """A copy, its logarithm, and it with a little noise, however long its tail."""
    price = [chance.lognormvariate(3, 2) for _ in range(SIZE)]
    columns: dict[str, list[object]] = {
        "rooms": [chance.randint(1, 6) for _ in range(SIZE)],
        "copy": [f"{p:.4f}" for p in price],
        "log": [f"{np.log(p):.6f}" for p in price],
        "taxed": [p * 1.19 + chance.gauss(0, 0.01) for p in price],
        "price": [f"{p:.4f}" for p in price],
    }
    contract, lines = drafted(columns, "price")
    assert leaks(contract) == {"copy", "log", "taxed"}
    assert "gives price away: the same in every row" in lines["copy"]
    assert "gives price away: R² 0.99" in lines["log"]


def test_a_strong_predictor_is_a_question_and_no_leak(chance: random.Random) -> None:
    """At an R² of 0.95 a person decides; at 0.7 nobody is asked."""
    size = [chance.gauss(0, 1) for _ in range(SIZE)]
    columns: dict[str, list[object]] = {
        "weak": [s + chance.gauss(0, 0.65) for s in size],
        "strong": [s + chance.gauss(0, 0.22) for s in size],
        "size": size,
    }
    contract, lines = drafted(columns, "size")
    assert leaks(contract) == set()
    assert "predicts size almost alone (R² 0.9" in lines["strong"]
    assert "known only afterwards?" in lines["strong"]
    assert "almost alone" not in lines["weak"]


def test_a_strong_predictor_of_classes_is_no_leak(chance: random.Random) -> None:
    """Nine rows in ten right is skill, not foreknowledge."""
    left = [chance.random() < 0.5 for _ in range(SIZE)]
    columns: dict[str, list[object]] = {
        "sign": ["a" if gone == (chance.random() < 0.9) else "b" for gone in left],
        "other": [chance.random() for _ in range(SIZE)],
        "left": ["yes" if gone else "no" for gone in left],
    }
    assert leaks(drafted(columns, "left")[0]) == set()


def test_ids_are_no_leaks(chance: random.Random) -> None:
    """A file sorted by its classes numbers them, and every id knows its row; both stay ids."""
    columns: dict[str, list[object]] = {
        "row": list(range(SIZE)),
        "code": [f"k{n:05}" for n in range(SIZE)],
        "x": [chance.random() for _ in range(SIZE)],
        "kind": [n * 3 // SIZE for n in range(SIZE)],
    }
    contract, _ = drafted(columns, "kind")
    assert leaks(contract) == set()
    types = {name: column.type for name, column in contract.columns().items()}
    assert (types["row"], types["code"]) == ("id", "id")


def test_few_rows_prove_nothing(chance: random.Random) -> None:
    """What is always right in a handful of rows may be chance."""
    left = [chance.random() < 0.5 for _ in range(60)]
    columns: dict[str, list[object]] = {
        "sign": ["a" if gone else "b" for gone in left],
        "x": [chance.random() for _ in left],
        "left": [int(gone) for gone in left],
    }
    assert leaks(drafted(columns, "left")[0]) == set()


def test_something_is_left_to_learn_from() -> None:
    """Where every column gives the target away, a person is told and none is marked."""
    columns: dict[str, list[object]] = {
        "half": [n % 50 / 2 for n in range(SIZE)],
        "whole": [n % 50 for n in range(SIZE)],
    }
    contract, lines = drafted(columns, "whole")
    assert leaks(contract) == set()
    assert "gives whole away" in lines["half"]
