"""What a request may hold, and the pointer to what it may not."""

import json
from typing import Any

import pytest

from inference.predict.cells import Instances
from inference.predict.predict import predict
from inference.predict.request import PredictionRequest, parse_form, read_instances
from tests.functions.inference.conftest import artifact_bytes, instances_of
from tidemill.artifact import Artifact, Feature, Rules, Signature
from tidemill.errors import LimitError, RequestError
from tidemill.problem import MOST_FAULTS

GOOD = {"length": 0.5, "ribs": 3, "wet": True, "sex/age": "M"}


def body_of(*instances: object, **more: object) -> str:
    return json.dumps({"instances": instances, **more})


def parse_request(body: str, instances: Instances) -> PredictionRequest:
    return read_instances(parse_form(body), instances)


def test_instances_are_scored_under_their_ids(artifact: Artifact) -> None:
    """In order; the target and absent nullable fields are no faults."""
    rows = [GOOD | {"rings": 9}, {"length": 1}, GOOD | {"ribs": 3.0, "wet": None}]
    request = parse_request(body_of(*rows, ids=["a", "b", "c"]), instances_of(artifact))
    assert request.faults == []
    assert predict(request, artifact) == [
        {"id": "a", "value": 1.0},
        {"id": "b", "value": 2.0},
        {"id": "c", "value": 1.0},
    ]


def test_ids_are_made_where_none_are_given(instances: Instances) -> None:
    """Each another."""
    assert len(set(parse_request(body_of(*[GOOD] * 50), instances).ids)) == 50


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
def test_a_bad_field_is_pointed_at(
    instances: Instances, field: str, cell: object, says: str
) -> None:
    """The pointer names instance and field, escaped as RFC 6901 has it; the others are fine."""
    request = parse_request(body_of(GOOD, GOOD | {field: cell}), instances)
    (fault,) = request.faults
    escaped = field.replace("~", "~0").replace("/", "~1")
    assert fault.pointer == f"/instances/1/{escaped}"
    assert fault.detail.startswith(says)
    assert request.invalid == 1


def test_moments_and_texts_stay_as_they_were_written(instances: Instances) -> None:
    """Any offset, any layout of ISO 8601; a text up to its limit, an empty one too."""
    rows = [
        GOOD | {"seen": "2026-03-01T12:30:00.5+05:45", "note": "x" * 10_000},
        GOOD | {"seen": "2026-03-01", "note": ""},
        GOOD | {"seen": None, "note": None},
    ]
    request = parse_request(body_of(*rows), instances)
    assert request.faults == []
    assert request.rows == rows


def test_every_fault_of_every_instance_is_named(instances: Instances) -> None:
    """A missing field, an unknown one and an instance that is none."""
    request = parse_request(body_of({"x": 1}, "text", GOOD, None), instances)
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
        ('{"' + "é" * 1_000_000 + '": []}', ""),
        ("{}", "/instances"),
        ('{"instances": []}', "/instances"),
        ('{"instances": {}}', "/instances"),
        ('{"instances": [{}], "instance": 1}', "/instance"),
        ('{"instances": [{}], "in/stance": 1}', "/in~1stance"),
        ('{"instances": [{"sex/age": "\\ud800"}]}', ""),
        ('{"instances": [{}], "ids": "a"}', "/ids"),
        ('{"instances": [{}], "ids": []}', "/ids"),
        ('{"instances": [{}, {}], "ids": ["a", "a"]}', "/ids/1"),
        ('{"instances": [{}, {}], "ids": ["a", 1]}', "/ids/1"),
        ('{"instances": [{}], "ids": [""]}', "/ids/0"),
    ],
)
def test_a_body_of_another_form_is_refused(body: str, pointer: str) -> None:
    """With a pointer to the member that is wrong, where it has got so far."""
    with pytest.raises(RequestError) as refused:
        parse_form(body)
    assert refused.value.pointer == pointer


def test_a_name_that_is_no_feature_is_not_repeated_at_any_length(instances: Instances) -> None:
    """Nor are more faults told than an answer names: the refusal fits what Lambda sends."""
    request = parse_request(body_of(GOOD | {"x" * 1_000_000: 1}), instances)
    (fault,) = request.faults
    assert fault.pointer == "/instances/0"
    assert fault.detail.startswith("a name of 1000000 characters is no feature of this model")
    row = GOOD | {f"x{n}": n for n in range(200)}
    many = parse_request(body_of(row, row, row), instances)
    assert (len(many.faults), many.invalid) == (MOST_FAULTS, 3)


def test_a_refusal_lists_no_more_than_can_be_read() -> None:
    """Of very many features or categories the first ones."""
    names = tuple(f"v{n}" for n in range(1_000))
    features = (Feature("colour", "category", names), *(Feature(name, "float") for name in names))
    many = Instances(Signature(features, Rules(unseen="reject")), "rings")
    request = parse_request(body_of({"colour": "red", "x": 1}), many)
    for fault, left in zip(request.faults, (951, 950), strict=True):
        assert fault.detail.endswith(f"v{999 - left} and {left} more")


@pytest.mark.parametrize("other", ["1e999", "9" * 5000])
def test_whole_numbers_beyond_64_bits_are_floats(instances: Instances, other: str) -> None:
    """However the rest of the body is spelt, so that what is captured can be written."""
    request = parse_request(
        f'{{"instances": [{{"length": 1{"0" * 200}, "rings": {other}}}]}}', instances
    )
    assert request.faults == []
    assert request.asked[0]["length"] == 1e200
    assert type(request.asked[0]["length"]) is float


@pytest.mark.parametrize("spelling", ["1e999", "9" * 5000, "-" + "9" * 400])
def test_a_number_that_overflows_is_a_fault_of_its_field(
    instances: Instances, spelling: str
) -> None:
    """It is JSON, and no number that a model takes."""
    request = parse_request(f'{{"instances": [{{"length": {spelling}}}]}}', instances)
    (fault,) = request.faults
    assert (fault.pointer, fault.detail) == ("/instances/0/length", "is not a finite number")


def test_a_request_has_a_limit() -> None:
    """Ten thousand instances are taken, one more is too many."""
    instances: list[dict[str, Any]] = [{"length": 1}] * 10_000
    assert len(parse_form(body_of(*instances)).instances) == 10_000
    with pytest.raises(LimitError, match="10001 instances: at most 10000"):
        parse_form(body_of(*instances, {"length": 1}))


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ('{"instances": [{}], "ids": ["' + "a" * 129 + '"]}', "/ids/0"),
        ('{"instances": ' + "[" * 200_000 + "]" * 200_000 + "}", ""),
        ('{"instances": [{}]}' + " " * 6_000_000, ""),
    ],
)
def test_every_limit_is_told_from_a_mistake(body: str, pointer: str) -> None:
    """A longer id, a deeper or a larger body: found before a model is asked for."""
    with pytest.raises(LimitError) as refused:
        parse_form(body)
    assert refused.value.pointer == pointer


def ruled(**rules: Any) -> Instances:  # noqa: ANN401 - fields of Rules
    return instances_of(Artifact.load(artifact_bytes(rules=Rules(**rules))))


def test_what_training_never_saw_is_answered_and_counted() -> None:
    """By default: a category as it came, a number out of range as if it were missing."""
    good = GOOD | {"seen": "2026-03-01", "note": "fine"}
    strange = good | {"sex/age": "X", "ribs": 101}
    request = parse_request(body_of(good, strange, ids=["a", "b"]), ruled())
    assert request.faults == []
    assert request.rows[1] == strange | {"ribs": None}
    assert request.asked == [good, strange]
    assert dict(request.tally.unseen) == {"sex/age": 1}
    assert dict(request.tally.out_of_range) == {"ribs": 1}


@pytest.mark.parametrize(
    ("rule", "instance", "says"),
    [
        ("unseen", {"sex/age": "X"}, "'X' is none of M, F"),
        ("out_of_range", {"ribs": -1}, "is -1, outside 0..100"),
        ("missing", {"wet": None}, "is null, and may not be"),
    ],
)
def test_a_contract_may_have_it_refused(rule: str, instance: dict[str, Any], says: str) -> None:
    """With the field and what is wrong with it; nothing is counted as answered."""
    body = body_of(GOOD | {"seen": "2026-03-01", "note": "fine"} | instance)
    request = parse_request(body, ruled(**{rule: "reject"}))
    assert [fault.detail for fault in request.faults] == [says]
    assert parse_request(body, ruled()).faults == []


def test_no_rule_lets_an_infinite_number_in() -> None:
    """It is refused even where what is out of range is not."""
    body = '{"instances": [{"length": 1, "ribs": 1e999}]}'
    assert parse_request(body, ruled()).invalid == 1
