"""What is captured of files that are scored: as of requests, of a bounded size, once."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from inference.batch import captured
from inference.batch.journey import plan_batch
from inference.batch.part import score_part
from monitoring.measure.rows import read_predictions
from monitoring.watch.captured import read_captured
from tests.functions.inference.batch.conftest import Depot, artifact_bytes
from tests.functions.inference.batch.test_scoring import GOOD, INSTANCES
from tidemill.artifact import Rules
from tidemill.pseudonyms import InMemoryKeys, pseudonym
from tidemill_tabular.captured import Lines

FOLDER = "s3://capture/predictions/_batch/"


def objects(depot: Depot) -> list[str]:
    return list(depot.store.list(FOLDER))


def lines(depot: Depot) -> list[dict[str, Any]]:
    """Every captured line, in the order of objects and lines."""
    bodies = [gzip.decompress(depot.store.read(uri)) for uri in objects(depot)]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


def many(rows: int, first: int = 0) -> str:
    """A file of so many named rows."""
    body = "".join(f"r{n},{n % 9},{n % 50},true,M,2026-03-01\n" for n in range(first, first + rows))
    return f"id,length,ribs,wet,sex,seen\n{body}"


def test_a_row_is_captured_as_one_of_a_request_is(depot: Depot) -> None:
    """What came, typed, what was answered, by whom, and when its file landed."""
    batch = depot.drop("a.csv", GOOD)
    found = lines(depot)
    for line, answer, instance in zip(
        found, depot.ask(INSTANCES, ["a", "b"]), INSTANCES, strict=True
    ):
        assert {name: line[name] for name in answer} == answer
        assert line["features"] | {"seen": ""} == instance | {"seen": ""}
        assert (line["pipeline"], line["model"], line["variant"]) == (
            "shells",
            "shells/1",
            "champion",
        )
        assert line["key"] == f"shells/1/{batch.batch_id}/{line['id']}"
        assert line["at"] == batch.landed_at


def test_drift_and_quality_read_what_is_captured(depot: Depot) -> None:
    """Their readers find features, answers and chances in it."""
    depot.drop("a.csv", GOOD)
    (uri,) = objects(depot)
    found = Lines.of(gzip.decompress(depot.store.read(uri)))
    contract = depot.registry.contract("shells")
    seen = read_captured(found, contract)
    assert seen.features.column("length").to_pylist() == [1.5, 2.5]
    rows = read_predictions(found, contract)
    assert rows.column("id").to_pylist() == ["a", "b"]
    assert {"p:no", "p:yes"} <= set(rows.column_names)


def test_what_came_is_captured_even_where_the_model_may_not_see_it(depot: Depot) -> None:
    """A number out of range is taken as missing, and tells of drift all the same."""
    depot.drop("a.csv", GOOD.replace("1.5,3,", "1.5,400,"))
    assert [line["features"]["ribs"] for line in lines(depot)] == [400, None]


def test_rows_without_an_answer_are_not_captured(depot: Depot) -> None:
    """Nor is anything of a file that is refused."""
    depot.drop("a.csv", GOOD.replace("1.5", "long"))
    assert [line["id"] for line in lines(depot)] == ["b"]
    depot.drop("b.csv", "x\n1\n")
    assert len(objects(depot)) == 1


def test_rows_without_names_are_told_apart(by_workflow: Callable[[int], Depot]) -> None:
    """By their file, their part and their place in it, wherever it is cut."""
    depot = by_workflow(600)
    body = "".join(line.partition(",")[2] + "\n" for line in many(200).splitlines())
    batch = depot.drop("a.csv", body)
    found = [line["id"] for line in lines(depot)]
    assert len(set(found)) == len(found) == 200
    assert len(objects(depot)) == batch.parts.of > 1
    assert all(name.startswith(batch.batch_id) for name in found)


def test_a_share_is_captured_that_ids_decide(depot: Depot) -> None:
    """The contract's, as it travels with the model: the same rows however often they come."""
    depot.serve(artifact_bytes(rules=Rules(capture=0.25)), version=2)
    depot.drop("a.csv", many(2_000))
    depot.drop("b.csv", many(2_000))
    found = [line["id"] for line in lines(depot)]
    assert len(found) == 2 * len(set(found))
    assert 400 < len(set(found)) < 600


def test_a_part_of_many_rows_is_captured_in_part(
    depot: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most so many rows, spread over all of it, in one object."""
    monkeypatch.setattr(captured, "MOST_ROWS", 500)
    depot.drop("a.csv", many(5_000))
    found = [int(line["id"][1:]) for line in lines(depot)]
    assert (len(found), len(objects(depot))) == (500, 1)
    assert found == sorted(found)
    assert 1_800 < sum(found) / len(found) < 3_200


def test_a_part_that_is_scored_again_replaces_what_it_captured(depot: Depot) -> None:
    """The same object with the same bytes, so that who has seen it sees nothing new."""
    landed = depot.put("a.csv", GOOD)
    depot.score(landed)
    plan = plan_batch(landed, depot.tools)
    score_part(plan, 0, depot.tools)
    (uri,) = objects(depot)
    first, second = depot.store.objects[uri]
    assert first == second
    assert landed.identity in uri


def test_what_privacy_hides_is_captured_hidden(depot: Depot) -> None:
    """A name that is pseudonymised is captured as its pseudonym, and no column unread."""
    body = "person,shell,length,ribs,wet,sex,seen\nAnn,s1,1,2,true,M,2026-03-01\n"
    depot.drop("a.csv", body, id="person")
    (line,) = lines(depot)
    assert line["id"] == pseudonym("Ann", InMemoryKeys().key("shells", 1)).hex()
    assert set(line["features"]) == {"length", "ribs", "wet", "sex", "seen"}
