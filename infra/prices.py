"""`make prices`: the price table, anew from the AWS Price List.

What spot capacity saves has no price list: a pipeline's own past runs tell, and its estimates use
that.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.serving_prices import refresh_serving
from tidemill import pricing

TABLE = Path(pricing.__file__).with_name("prices.json")
HOME = "us-east-1"  # one of the few regions that answer for all


class PriceListError(Exception):
    """The price list does not say what is asked, or two things at once; the table is unchanged."""


def main(regions: Sequence[str]) -> int:
    """Refresh these regions, or those of the table; 0 if done, 1 with the reason if not."""
    table = json.loads(TABLE.read_text())
    try:
        client = boto3.client("pricing", region_name=HOME)
        fresh, kept = refresh_serving(client, refresh(client, table, regions), regions)
    except (PriceListError, BotoCoreError, ClientError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    TABLE.write_text(json.dumps(fresh, indent=2) + "\n")
    for region in regions or fresh["regions"]:
        sys.stdout.write(f"{region}: {len(fresh['regions'][region])} instance types\n")
    if kept:
        sys.stdout.write(f"not in the price list, and kept as they were: {', '.join(kept)}\n")
    return 0


def refresh(client: Any, table: dict[str, Any], regions: Sequence[str]) -> dict[str, Any]:  # noqa: ANN401 - boto3's own
    """The table with these regions' training prices and memory, every other region as it was."""
    prices, memory = dict(table["regions"]), dict(table["memory_gib"])
    for region in regions or list(prices):
        found: dict[str, float] = {}
        for instance, usd, gib in _offers(client, region):
            if found.setdefault(instance, usd) != usd:
                raise PriceListError(
                    f"{instance} has two prices in {region}: {found[instance]} and {usd}"
                )
            memory[instance] = gib
        if not found:
            raise PriceListError(f"the price list has no training instance in {region!r}")
        prices[region] = dict(sorted(found.items()))
    return table | {
        "as_of": datetime.now(UTC).date().isoformat(),
        "regions": dict(sorted(prices.items())),
        "memory_gib": dict(sorted(memory.items())),
    }


def _offers(client: Any, region: str) -> Iterator[tuple[str, float, float]]:  # noqa: ANN401 - boto3's own
    """Every instance type to train on, its USD per hour on demand, and its memory in GiB.

    Warm pools, debuggers and the like are offered under the same types and other usages.
    """
    wanted = {"regionCode": region, "component": "Training"}
    filters = [{"Type": "TERM_MATCH", "Field": f, "Value": v} for f, v in wanted.items()]
    pages = client.get_paginator("get_products").paginate(
        ServiceCode="AmazonSageMaker", Filters=filters
    )
    for page in pages:
        for text in page["PriceList"]:
            offer = json.loads(text)
            said = offer["product"]["attributes"]
            instance = said.get("instanceName", "")
            usage = said.get("usagetype", "")
            if usage.endswith(f"Train:{instance}") and not pricing.accelerated(instance):
                yield instance, _usd(offer), _gib(said["memory"])


def _usd(offer: dict[str, Any]) -> float:
    dimensions = [
        dimension
        for term in offer["terms"]["OnDemand"].values()
        for dimension in term["priceDimensions"].values()
    ]
    if len(dimensions) != 1 or dimensions[0]["unit"].lower() not in {"hrs", "hours", "hour"}:
        raise PriceListError(f"no hourly price in {offer['product']['attributes']}")
    return float(dimensions[0]["pricePerUnit"]["USD"])


def _gib(memory: str) -> float:
    """`8 GiB` as 8, `1,024 GiB` as 1024."""
    number, _, unit = memory.replace(",", "").partition(" ")
    if unit != "GiB":
        raise PriceListError(f"memory in another unit: {memory!r}")
    return float(number) if "." in number else int(number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
