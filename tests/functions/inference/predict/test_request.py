"""What a request may hold, and the pointer to what it may not."""

import json
from typing import Any

import pytest

from inference.predict.predict import predict
from inference.predict.request import TooManyInstancesError, parse_request
from tidemill.artifact import Artifact
from tidemill.errors import RequestError

GOOD = {"length": 0.5, "ribs": 3, "wet": True, "sex/age": "M"}


def body_of(*instances: object, **more: object) -> str:
    return json.dumps({"instances": instances, **more})


def test_instances_are_scored_under_their_ids(artifact: Artifact) -> None:
    """In order; the target and absent nullable fields are no faults."""
    rows = [GOOD | {"rings": 9}, {"length": 1}, GOOD | {"ribs": 3.0, "wet": None}]
    request = parse_request(body_of(*rows, ids=["a", "b", "c"]), artifact)
    assert request.faults == []
    assert predict(request, artifact) == [
        {"id": "a", "value": 1.0},
        {"id": "b", "value": 2.0},
        {"id": "c", "value": 1.0},
    ]


def test_ids_are_made_where_none_are_given(artifact: Artifact) -> None:
    """Each another."""
    assert len(set(parse_request(body_of(*[GOOD] * 50), artifact).ids)) == 50


@pytest.mark.parametrize(
    ("field", "cell", "says"),
    [
        ("length", None, "is null, and may not be"),
        ("length", "0.5", "is a text where a number belongs"),
        ("length", True, "is a truth value where a number belongs"),
        ("length", [1], "is a list where a number belongs"),
        ("length", {}, "is an object where a number belongs"),
        ("length", 10**400, "is not a finite number"),
        ("ribs", 2.5, "is 2.5 where a whole number belongs"),
        ("ribs", False, "is a truth value where a number belongs"),
        ("wet", 1, "is a number where true or false belongs"),
        ("wet", "true", "is a text where true or false belongs"),
        ("sex/age", "X", "'X' is none of M, F"),
        ("sex/age", 1, "is a number where a text belongs"),
        ("sex/age", True, "is a truth value where a text belongs"),
        ("seen", "yesterday", "'yesterday' is no ISO 8601 timestamp, such as 2026-03-01T12:30"),
        ("seen", "2026-02-29", "'2026-02-29' is no ISO 8601 timestamp"),
        ("seen", "", "'' is no ISO 8601 timestamp"),
        ("seen", 1767225600, "is a number where a timestamp such as '2026-03-01T12:30:00+01:00'"),
        ("note", 7, "is a number where a text belongs"),
        ("note", "x" * 10_001, "has 10001 characters, and a text has at most 10000"),
        ("lenght", 1, "is no feature of this model; its features are length, ribs, wet, sex/age"),
        ("a~b/c", 1, "is no feature of this model"),
    ],
)
def test_a_bad_field_is_pointed_at(artifact: Artifact, field: str, cell: object, says: str) -> None:
    """The pointer names instance and field, escaped as RFC 6901 has it; the others are fine."""
    request = parse_request(body_of(GOOD, GOOD | {field: cell}), artifact)
    (fault,) = request.faults
    escaped = field.replace("~", "~0").replace("/", "~1")
    assert fault.pointer == f"/instances/1/{escaped}"
    assert fault.detail.startswith(says)
    assert request.invalid == 1


def test_moments_and_texts_stay_as_they_were_written(artifact: Artifact) -> None:
    """Any offset, any layout of ISO 8601; a text up to its limit, an empty one too."""
    rows = [
        GOOD | {"seen": "2026-03-01T12:30:00.5+05:45", "note": "x" * 10_000},
        GOOD | {"seen": "2026-03-01", "note": ""},
        GOOD | {"seen": None, "note": None},
    ]
    request = parse_request(body_of(*rows), artifact)
    assert request.faults == []
    assert request.rows == rows


def test_every_fault_of_every_instance_is_named(artifact: Artifact) -> None:
    """A missing field, an unknown one and an instance that is none."""
    request = parse_request(body_of({"x": 1}, "text", GOOD, None), artifact)
    assert [fault.pointer for fault in request.faults] == [
        "/instances/0/x",
        "/instances/0/length",
        "/instances/1",
        "/instances/3",
    ]
    assert request.invalid == 3


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("", ""),
        ("{", ""),
        ("[]", ""),
        ("null", ""),
        ("[" * 100_000, ""),
        ('{"instances": [{"length": NaN}]}', ""),
        ('{"instances": [{"length": -Infinity}]}', ""),
        ('{"instances": [{"length": ' + "9" * 5000 + "}]}", ""),
        ("{}", "/instances"),
        ('{"instances": []}', "/instances"),
        ('{"instances": {}}', "/instances"),
        ('{"instances": [{}], "instance": 1}', "/instance"),
        ('{"instances": [{}], "ids": "a"}', "/ids"),
        ('{"instances": [{}], "ids": []}', "/ids"),
        ('{"instances": [{}, {}], "ids": ["a", "a"]}', "/ids"),
        ('{"instances": [{}, {}], "ids": ["a", 1]}', "/ids/1"),
        ('{"instances": [{}], "ids": [""]}', "/ids/0"),
        ('{"instances": [{}], "ids": ["' + "a" * 129 + '"]}', "/ids/0"),
    ],
)
def test_a_body_of_another_form_is_refused(artifact: Artifact, body: str, pointer: str) -> None:
    """With a pointer to the member that is wrong, where it has got so far."""
    with pytest.raises(RequestError) as refused:
        parse_request(body, artifact)
    assert refused.value.pointer == pointer


def test_a_number_that_overflows_is_a_fault_of_its_field(artifact: Artifact) -> None:
    """`1e999` is JSON, and no number that a model takes."""
    request = parse_request('{"instances": [{"length": 1e999}]}', artifact)
    (fault,) = request.faults
    assert (fault.pointer, fault.detail) == ("/instances/0/length", "is not a finite number")


def test_a_request_has_a_limit(artifact: Artifact) -> None:
    """Ten thousand instances are taken, one more is too many."""
    instances: list[dict[str, Any]] = [{"length": 1}] * 10_000
    assert len(parse_request(body_of(*instances), artifact).rows) == 10_000
    with pytest.raises(TooManyInstancesError, match="10001 instances: at most 10000"):
        parse_request(body_of(*instances, {"length": 1}), artifact)
