"""Prices of serving, from answers in the form that the AWS Price List gives."""

import json
from typing import Any

from infra.serving_prices import refresh_serving

TABLE: dict[str, Any] = {
    "serving": {"us-east-1": {"lambda_request": 1.0, "dynamodb_read": 1.0, "kms_request": 3e-6}},
    "hosting": {"us-east-1": {"ml.m5.large": 1.0}},
    "memory_gib": {"ml.m5.large": 8},
}


def offer(usage: str, *tiers: tuple[str, str]) -> str:
    dimensions = {
        str(n): {"beginRange": start, "pricePerUnit": {"USD": usd}}
        for n, (start, usd) in enumerate(tiers)
    }
    terms = {"OnDemand": {"t": {"priceDimensions": dimensions}}}
    return json.dumps({"product": {"attributes": {"usagetype": usage}}, "terms": terms})


class PriceList:
    """Lists these offers, by service."""

    def __init__(self, **offers: list[str]) -> None:
        self._offers = offers

    def get_paginator(self, _: str) -> "PriceList":
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - a request
        return [{"PriceList": self._offers.get(request["ServiceCode"], [])}]


def test_a_region_gets_its_own_prices_behind_its_prefix() -> None:
    """Of the first tier that costs anything; what the list has not is taken over and named."""
    client = PriceList(
        AWSLambda=[
            offer("EUC1-Request", ("1000000", "0.0000002"), ("0", "0.0000000")),
            offer("EUC1-Request-ARM", ("0", "9")),
            offer("EUC1-Lambda-GB-Second", ("0", "0.0000166667"), ("6000000000", "0.000015")),
        ],
        AmazonDynamoDB=[offer("EUC1-IA-ReadRequestUnits", ("0", "8"))],
        AmazonSageMaker=[offer("EUC1-Host:ml.m5.large", ("0", "0.138")),
                         offer("EUC1-Host:ml.p5.48xlarge", ("0", "99"))],
    )  # fmt: skip
    table, kept = refresh_serving(client, TABLE, ["eu-central-1"])
    assert table["serving"]["eu-central-1"] == {
        "dynamodb_read": 1.0,
        "kms_request": 3e-6,
        "lambda_gb_second_x86_64": 0.0000166667,
        "lambda_request": 2e-7,
    }
    assert table["hosting"]["eu-central-1"] == {"ml.m5.large": 0.138}
    assert kept == ["eu-central-1 dynamodb_read", "eu-central-1 kms_request"]
    assert table["serving"]["us-east-1"] == TABLE["serving"]["us-east-1"]


def test_a_name_without_prefix_is_preferred() -> None:
    """`IA-` of us-east-1 is another class of tables, and no region."""
    found = [offer("IA-ReadRequestUnits", ("0", "8")), offer("ReadRequestUnits", ("0", "2"))]
    table, _ = refresh_serving(PriceList(AmazonDynamoDB=found), TABLE, [])
    assert table["serving"]["us-east-1"]["dynamodb_read"] == 2
