"""The price table, refreshed from answers in the form that the AWS Price List gives."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra import prices

TABLE: dict[str, Any] = {
    "as_of": "2020-01",
    "currency": "USD",
    "regions": {"us-east-1": {"ml.m5.large": 1.0}, "eu-west-1": {"ml.m5.large": 2.0}},
    "memory_gib": {"ml.m5.large": 8},
}


def offer(instance: str, usd: str, usage: str = "", **said: str) -> str:
    """One product with its terms, as GetProducts has it: a document in a text."""
    attributes = {
        "servicecode": "AmazonSageMaker",
        "regionCode": "us-east-1",
        "component": "Training",
        "instanceName": instance,
        "usagetype": usage or f"USE1-Train:{instance}",
        "memory": "8 GiB",
    }
    dimension = {"unit": "Hrs", "pricePerUnit": {"USD": usd}}
    terms = {"OnDemand": {"SKU.TERM": {"priceDimensions": {"SKU.TERM.RATE": dimension}}}}
    return json.dumps({"product": {"attributes": attributes | said}, "terms": terms})


def refresh(*pages: list[str], regions: tuple[str, ...] = ("us-east-1",)) -> dict[str, Any]:
    client = boto3.client(
        "pricing",
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106 - no secret
    )
    wanted: dict[str, Any] = {
        "ServiceCode": "AmazonSageMaker",
        "Filters": [
            {"Type": "TERM_MATCH", "Field": "regionCode", "Value": regions[0]},
            {"Type": "TERM_MATCH", "Field": "component", "Value": "Training"},
        ],
    }
    with Stubber(client) as stub:
        for number, page in enumerate(pages):
            token = {"NextToken": f"page {number}"} if number else {}
            more = {"NextToken": f"page {number + 1}"} if number + 1 < len(pages) else {}
            stub.add_response("get_products", {"PriceList": page} | more, wanted | token)
        return prices.refresh(client, TABLE, regions)


def test_a_region_is_refreshed_and_no_other() -> None:
    """Over every page of the answer; what the table knew of other regions stays."""
    found = refresh(
        [offer("ml.m5.large", "0.1150000000")],
        [offer("ml.m5.24xlarge", "5.53", memory="384 GiB")],
    )
    assert found["regions"] == {
        "eu-west-1": {"ml.m5.large": 2.0},
        "us-east-1": {"ml.m5.24xlarge": 5.53, "ml.m5.large": 0.115},
    }
    assert found["memory_gib"] == {"ml.m5.24xlarge": 384, "ml.m5.large": 8}
    assert found["as_of"] > "2026"


def test_only_what_a_job_may_run_on_is_kept() -> None:
    """No accelerators, and no warm pools under the same name."""
    found = refresh(
        [
            offer("ml.m5.large", "0.115"),
            offer("ml.g4dn.xlarge", "0.736"),
            offer("ml.m5.large", "0.9", "USE1-TrainWarmPool:ml.m5.large"),
        ]
    )
    assert found["regions"]["us-east-1"] == {"ml.m5.large": 0.115}


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ([], "no training instance in 'us-east-1'"),
        ([offer("ml.m5.large", "1"), offer("ml.m5.large", "2")], "two prices in us-east-1"),
        ([offer("ml.m5.large", "1", memory="8 MB")], "another unit: '8 MB'"),
    ],
)
def test_what_the_list_does_not_say_plainly_is_not_guessed(page: list[str], reason: str) -> None:
    """The reason is named and the table stays as it was."""
    with pytest.raises(prices.PriceListError, match=reason):
        refresh(page)


def test_the_table_in_the_repository_is_whole() -> None:
    """Every type with a price has its memory, sorted, so that a refresh makes a small change."""
    table = json.loads(Path(prices.TABLE).read_text())
    for types in table["regions"].values():
        assert list(types) == sorted(types)
        assert set(types) <= set(table["memory_gib"])
        assert all(usd > 0 for usd in types.values())
