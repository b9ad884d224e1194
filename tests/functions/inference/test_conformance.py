"""Whatever is asked, the answer is one that the OpenAPI document knows."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from inference.describe.openapi import openapi
from inference.predict import handler as api
from inference.predict.champions import Champions, Keeping
from inference.predict.predict import Predictor
from tests.functions.inference.conftest import CONTRACT, FEATURES, Service
from tidemill.contract import parse_contract

DOCUMENT = openapi([parse_contract(CONTRACT)])
RESPONSES = DOCUMENT["paths"]["/v1/pipelines/shells/predictions"]["post"]["responses"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["M", "F", "2026-03-01", "2026-03-01T12:30:00Z", "9" * 400, "\ud800"]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from([*(feature.name for feature in FEATURES), "rings", "x/~"])
ROUGH = st.dictionaries(FIELDS, JSON)
FINE = st.fixed_dictionaries(
    {"length": st.floats(allow_nan=False, allow_infinity=False)},
    optional={
        "ribs": st.integers() | st.none(),
        "wet": st.booleans() | st.none(),
        "sex/age": st.text() | st.none(),
        "seen": st.datetimes().map(lambda moment: moment.isoformat()),
        "note": st.text(),
    },
)
IDS = st.none() | st.lists(st.text(max_size=140) | SCALARS, max_size=4)
BODIES = st.one_of(
    st.fixed_dictionaries({"instances": st.lists(FINE | ROUGH | JSON, max_size=4)}),
    st.fixed_dictionaries({"instances": st.lists(FINE, min_size=1, max_size=4)}),
    st.fixed_dictionaries({"instances": st.lists(FINE, min_size=1, max_size=3), "ids": IDS}),
    JSON,
)
MEDIA = st.sampled_from(["application/json"] * 8 + ["text/plain", "", "application/JSON;a=b"])


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    service = Service()
    service.accept()
    service.model(1)

    class Nowhere:
        def post(self, pipeline: str, lines: list[bytes]) -> None:
            for line in b"".join(lines).splitlines():
                assert json.loads(line)["pipeline"] == pipeline

        def done(self) -> None:
            pass

    champions = Champions(service.loader, Keeping(1e9), lambda *_: None)
    return Predictor(champions, Nowhere(), lambda *_: None)


@given(
    body=st.one_of(BODIES.map(json.dumps), BODIES.map(json.dumps), st.text(max_size=40)),
    media=MEDIA,
    pipeline=st.sampled_from(["shells"] * 9 + ["stones", ""]),
)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_answer_is_documented(
    predictor: Predictor, body: str, media: str, pipeline: str
) -> None:
    """No 5xx; status, media type and body are as documented; what is sent out is UTF-8."""
    event = {
        "pathParameters": {"name": pipeline},
        "headers": {"Content-Type": media},
        "body": body,
        "isBase64Encoded": False,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "predictor", lambda: predictor)
        answer = api.handler(event, None)
    status = str(answer["statusCode"])
    assert status < "500"
    said = RESPONSES[status]["content"][answer["headers"]["Content-Type"]]["schema"]
    document = json.loads(answer["body"].encode())
    _validator(said).validate(document)
    if status != "200":
        assert document["status"] == answer["statusCode"]


def _validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})
