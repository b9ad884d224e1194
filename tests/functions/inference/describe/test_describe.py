"""What the API says of its pipelines, over HTTP as API Gateway has it."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from inference.describe import handler as api
from inference.describe.openapi import openapi
from inference.describe.schemas import outcomes_schema
from inference.predict.cells import Instances
from inference.predict.request import parse_form, read_instances
from tests.functions.inference.conftest import CONTRACT, Service
from tidemill.contract import parse_contract
from tidemill.records import ReleaseRecord, RetrainRecord
from tidemill.settings import DescribeSettings

EVENTS = Path(__file__).parents[3] / "events"


@pytest.fixture
def get(service: Service, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function
    """Ask for a path; its status, media type and body."""
    monkeypatch.setattr(api, "registry", lambda: service.registry)
    monkeypatch.setattr(api, "S3Store", lambda _: service.store)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name, value in DescribeSettings(stage="dev", registry_table="t").to_env().items():
        monkeypatch.setenv(name, value)

    def ask(path: str) -> tuple[int, str, str]:
        event = json.loads((EVENTS / "api_gateway_request.json").read_text())
        answer = api.handler(event | {"path": path, "httpMethod": "GET"}, None)  # type: ignore[arg-type]
        return answer["statusCode"], answer["multiValueHeaders"]["Content-Type"][0], answer["body"]

    return ask


def test_a_pipeline_is_described_whole(service: Service, get: Any) -> None:  # noqa: ANN401
    """Contract, champion, challenger, metrics, signature, runs and cost."""
    service.model(1)
    service.model(2)
    service.registry.promote("shells", 1, "rollback")
    service.run("01", 0.25)
    service.run("02", 0.5)
    status, media, body = get("/pipelines/shells")
    found = json.loads(body)
    assert (status, media) == (200, "application/json")
    assert found["contract_version"] == parse_contract(CONTRACT).version
    assert (found["champion"]["model_version"], found["challenger"]["model_version"]) == (1, 2)
    assert found["signature"] == {
        "length": "float", "ribs": "int", "wet": "bool", "sex/age": "category",
        "seen": "timestamp", "note": "text",
    }  # fmt: skip
    assert ([run["run"] for run in found["runs"]], found["cost_usd"]) == (["02", "01"], 0.75)


def test_what_was_decided_about_retraining_is_shown(service: Service, get: Any) -> None:  # noqa: ANN401
    """The newest first, each with its reason."""
    for number in (1, 2):
        known = {"trigger": "drift", "asked": number > 1, "reason": "data drifted in length"}
        named = {"request_id": f"drift-{number}", "at": f"2026-11-0{number}"}
        record = RetrainRecord.model_validate(known | named)
        service.registry.decide_retraining("shells", record)
    found = json.loads(get("/pipelines/shells")[2])["retraining"]
    assert [each["asked"] for each in found] == [True, False]
    assert found[0]["reason"] == "data drifted in length"


def test_outcomes_are_counted_beside_those_that_found_a_prediction(
    service: Service,
    get: Any,  # noqa: ANN401 - a function
) -> None:
    """None before any; how the count is kept is not shown."""
    assert json.loads(get("/pipelines/shells/quality")[2])["outcomes"] == {"told": 0, "joined": 0}
    counted = {"told": 400_000, "joined": 3, "seen": ["a"], "at": "2026-11-20T10:00:00Z"}
    service.registry.update_outcomes("shells", lambda _: counted)
    found = json.loads(get("/pipelines/shells/quality")[2])["outcomes"]
    assert found == {"told": 400_000, "joined": 3}


def test_lists_have_their_names(service: Service, get: Any) -> None:  # noqa: ANN401
    """Pipelines, runs, models, drops."""
    service.model(1)
    assert json.loads(get("/pipelines")[2]) == {"pipelines": ["shells"]}
    assert [m["model_version"] for m in json.loads(get("/pipelines/shells/models")[2])["models"]]
    assert json.loads(get("/pipelines/shells/drops")[2]) == {"drops": []}
    assert json.loads(get("/pipelines/shells/runs")[2]) == {"runs": []}


def test_releases_are_listed_the_newest_first(service: Service, get: Any) -> None:  # noqa: ANN401
    """Each with what became of it; the newest stands with the pipeline."""
    assert json.loads(get("/pipelines/shells")[2])["release"] is None
    for day, state in (("01", "promoted"), ("02", "running")):
        record = ReleaseRecord(
            release=f"r{day}", model_version=int(day), state=state, started_at=f"2026-11-{day}"
        )
        service.registry.claim_release("shells", record)
    releases = json.loads(get("/pipelines/shells/releases")[2])["releases"]
    assert [release["release"] for release in releases] == ["r02", "r01"]
    assert json.loads(get("/pipelines/shells")[2])["release"] == releases[0]
    assert get("/pipelines/stones/releases")[0] == 404


def test_a_report_is_a_page(service: Service, get: Any) -> None:  # noqa: ANN401
    """As the trainer wrote it."""
    service.model(1)
    service.store.write("s3://models/1.html", b"<html>")
    assert get("/pipelines/shells/models/1/report") == (
        200, "text/html; charset=utf-8", "<html>"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/pipelines/stones", "no pipeline 'stones': drop its pipeline.yaml first"),
        ("/pipelines/stones/drops", "no pipeline 'stones': drop its pipeline.yaml first"),
        ("/pipelines/stones/runs", "no pipeline 'stones': drop its pipeline.yaml first"),
        ("/pipelines/stones/models", "no pipeline 'stones': drop its pipeline.yaml first"),
        ("/pipelines/shells/models/7/report", "pipeline 'shells' has no model 7"),
        ("/pipelines/shells/models/x/report", "'x' is no model version"),
        ("/pipelines/shells/models/7/lineage", "pipeline 'shells' has no model 7"),
        ("/pipelines/shells/models/x/lineage", "'x' is no model version"),
        ("/pipelines/shells/drops/x/profile", "pipeline 'shells' has no drop 'x'"),
        ("/nowhere", "no such path; see /v1/openapi.json"),
    ],
)
def test_what_is_not_there_is_a_problem(get: Any, path: str, detail: str) -> None:  # noqa: ANN401
    """404 as RFC 9457 has it, in words."""
    status, media, body = get(path)
    assert (status, media) == (404, "application/problem+json")
    assert json.loads(body)["detail"] == detail


def test_the_openapi_document_is_valid() -> None:
    """The validator of the OpenAPI specification finds nothing wrong with it."""
    document = openapi([parse_contract(CONTRACT)])
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_a_pipeline_without_a_contract_is_shown_with_what_was_wrong(
    service: Service,
    get: Any,  # noqa: ANN401
) -> None:
    """It is listed and described, and no other page falls over it."""
    service.registry.put_contract_refusal("faulty", ("target: no source has a column 'x'",))
    found = json.loads(get("/pipelines/faulty")[2])
    assert (found["contract"], found["waiting_for"]) == (None, None)
    assert found["contract_refusal"]["problems"] == ["target: no source has a column 'x'"]
    assert json.loads(get("/pipelines")[2])["pipelines"] == ["faulty", "shells"]
    assert "shells-instance" in json.loads(get("/openapi.json")[2])["components"]["schemas"]
    assert "was refused" in json.loads(get("/pipelines/faulty/runs")[2])["detail"]


def test_the_openapi_document_knows_the_contract(get: Any) -> None:  # noqa: ANN401
    """Required fields, types, values and descriptions of each pipeline."""
    document = json.loads(get("/openapi.json")[2])
    schema = document["components"]["schemas"]["shells-instance"]
    assert schema["required"] == ["length"]
    assert schema["properties"]["length"] == {"type": "number", "description": "in mm"}
    assert schema["properties"]["ribs"] == {"type": ["integer", "null"]}
    assert schema["properties"]["sex/age"]["examples"] == ["M", "F"]
    assert schema["properties"]["seen"] == {"type": ["string", "null"], "format": "date-time"}
    assert schema["properties"]["note"] == {"type": ["string", "null"], "maxLength": 10_000}
    assert "/v1/pipelines/shells/predictions" in document["paths"]


def test_the_openapi_document_tells_what_is_refused() -> None:
    """Where the contract rejects, lists and bounds are rules; where it does not, they are told."""
    text = CONTRACT.replace("ribs: {type: int}", "ribs: {type: int, min: 0, max: 9}")
    schemas = {}
    for rule in ("impute", "reject"):
        rules = f"serving: {{unseen: {rule}, out_of_range: {rule}, missing: {rule}}}"
        document = openapi([parse_contract(f"{text}\n{rules}")])
        validate(document)
        schemas[rule] = document["components"]["schemas"]["shells-instance"]
    told, refused = (schemas[rule]["properties"] for rule in ("impute", "reject"))
    assert "minimum" not in told["ribs"]
    assert told["ribs"]["description"] == "taken as missing outside 0..9"
    assert refused["ribs"] == {"type": "integer", "minimum": 0, "maximum": 9}
    assert refused["sex/age"]["enum"] == ["M", "F"]
    assert set(schemas["reject"]["required"]) == set(refused) - {"rings"}


def test_the_openapi_document_tells_who_may_call() -> None:
    """With a key, signed or by a token, as deployed; what only operators may is signed always."""
    contract = parse_contract(CONTRACT)
    for access, scheme in {"key": "ApiKey", "iam": "Signature", "jwt": "Token"}.items():
        document = openapi([contract], access, "https://id.example/" if access == "jwt" else "")
        validate(document)
        assert document["security"] == [{scheme: []}]
        forget = document["paths"]["/v1/pipelines/{name}/forget"]["post"]
        assert forget["security"] == [{"Signature": []}]


def test_a_token_may_be_refused() -> None:
    """With 401, wherever one is asked for, and the document leads to who issues them."""
    document = openapi([parse_contract(CONTRACT)], "jwt", "https://id.example/")
    token = document["components"]["securitySchemes"]["Token"]
    assert token["openIdConnectUrl"] == "https://id.example/.well-known/openid-configuration"
    for operations in document["paths"].values():
        for operation in operations.values():
            signed = "security" in operation
            assert ("401" in operation["responses"]) != signed
            assert signed or "503" in operation["responses"]


def test_the_example_of_a_request_is_answered(instances: Instances) -> None:
    """What the document shows can be sent as it is."""
    document = openapi([parse_contract(CONTRACT)])
    post = document["paths"]["/v1/pipelines/shells/predictions"]["post"]
    example = post["requestBody"]["content"]["application/json"]["examples"]["one"]["value"]
    assert read_instances(parse_form(json.dumps(example)), instances).faults == []


def test_the_openapi_document_tells_units() -> None:
    """Beside the description, or alone."""
    text = CONTRACT.replace("description: in mm", "description: of the shell, unit: mm")
    text = text.replace("ribs: {type: int}", "ribs: {type: int, unit: ribs}")
    fields = openapi([parse_contract(text)])["components"]["schemas"]["shells-instance"]
    said = {name: fields["properties"][name].get("description") for name in ("length", "ribs")}
    assert said == {"length": "of the shell, mm", "ribs": "ribs"}


def test_what_an_outcome_may_be_is_in_the_document() -> None:
    """The bounds and the values that `read_outcomes` holds it to."""
    text = "pipeline: shells\ntarget: y\nsources: {rows: {columns: {x: {type: float}, y: %s}}}"
    found = []
    for column in ("{type: int, min: 0, max: 30}", "{type: category, values: [a, b]}"):
        schema = outcomes_schema(parse_contract(text % column))
        found.append(schema["properties"]["outcomes"]["items"]["properties"]["value"])
    assert found == [
        {"type": "integer", "minimum": 0, "maximum": 30},
        {"type": "string", "enum": ["a", "b"]},
    ]
