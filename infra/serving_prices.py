"""What serving is billed by, from the AWS Price List: requests, GB-seconds, bytes, hosts."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

HOME = "us-east-1"
# By service: how the usage type of each unit ends, behind the region's own prefix.
LISTED: Mapping[str, Mapping[str, str]] = {
    "AWSLambda": {
        "lambda_gb_second_arm64": "Lambda-GB-Second-ARM",
        "lambda_gb_second_x86_64": "Lambda-GB-Second",
        "lambda_provisioned_gb_second_arm64": "Lambda-Provisioned-Concurrency-ARM",
        "lambda_provisioned_gb_second_x86_64": "Lambda-Provisioned-Concurrency",
        "lambda_request": "Request",
    },
    "AmazonApiGateway": {"api_gateway_request": "ApiGatewayRequest"},
    "AmazonCloudWatch": {
        "cloudwatch_alarm_month": "CW:AlarmMonitorUsage",
        "cloudwatch_metric_month": "CW:MetricMonitorUsage",
        "logs_gb": "DataProcessing-Bytes",
    },
    "AmazonDynamoDB": {"dynamodb_read": "ReadRequestUnits", "dynamodb_write": "WriteRequestUnits"},
    "AmazonKinesisFirehose": {"firehose_gb": "BilledBytes"},
    "AmazonS3": {
        "s3_gb_month": "TimedStorage-ByteHrs",
        "s3_get": "Requests-Tier2",
        "s3_put": "Requests-Tier1",
    },
    "AmazonStates": {"states_transition": "StateTransition"},
}
HOSTED = re.compile(r"(?:^|-)Host:(ml\.[a-z0-9]+\.[a-z0-9]+)$")


def refresh_serving(
    client: Any,  # noqa: ANN401 - boto3's own
    table: dict[str, Any],
    regions: Sequence[str],
) -> tuple[dict[str, Any], list[str]]:
    """The table with these regions' prices of serving, and the units that keep what they had.

    A unit that the list does not have under its name keeps the region's price or, where there was
    none, that of us-east-1.
    """
    serving, hosting = dict(table["serving"]), dict(table["hosting"])
    kept: list[str] = []
    for region in regions or list(serving):
        found = {
            unit: usd
            for service, units in LISTED.items()
            for unit, usd in _units(client, service, units, region)
        }
        known = {**serving[HOME], **serving.get(region, {})}
        kept += [f"{region} {unit}" for unit in known if unit not in found]
        serving[region] = dict(sorted({**known, **found}.items()))
        hosts = dict(_hosts(client, region, {*hosting[HOME], *table["memory_gib"]}))
        hosting[region] = dict(sorted({**hosting.get(region, {}), **hosts}.items()))
    ordered = {"serving": dict(sorted(serving.items())), "hosting": dict(sorted(hosting.items()))}
    return table | ordered, kept


def _units(
    client: Any,  # noqa: ANN401 - boto3's own
    service: str,
    units: Mapping[str, str],
    region: str,
) -> Iterator[tuple[str, float]]:
    """Each unit that the service lists, at the price of its first paid tier."""
    prices = {
        offer["product"]["attributes"].get("usagetype", ""): offer
        for offer in _offers(client, service, regionCode=region)
    }
    for unit, usage in units.items():
        behind_prefix = (name for name in prices if re.fullmatch(rf"[A-Z0-9]+-{usage}", name))
        name = usage if usage in prices else next(behind_prefix, None)
        usd = _first_paid(prices[name]) if name else None
        if usd is not None:
            yield unit, usd


def _hosts(client: Any, region: str, wanted: set[str]) -> Iterator[tuple[str, float]]:  # noqa: ANN401
    """The instance types behind endpoints that the table knows, by the hour."""
    for offer in _offers(client, "AmazonSageMaker", regionCode=region, component="Hosting"):
        named = HOSTED.search(offer["product"]["attributes"].get("usagetype", ""))
        usd = _first_paid(offer)
        if named and named[1] in wanted and usd is not None:
            yield named[1], usd


def _offers(client: Any, service: str, **wanted: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401
    filters = [{"Type": "TERM_MATCH", "Field": f, "Value": v} for f, v in wanted.items()]
    pages = client.get_paginator("get_products").paginate(ServiceCode=service, Filters=filters)
    for page in pages:
        yield from map(json.loads, page["PriceList"])


def _first_paid(offer: Mapping[str, Any]) -> float | None:
    """USD for one unit in the lowest tier that costs anything."""
    tiers = [
        (float(dimension["beginRange"]), float(dimension["pricePerUnit"]["USD"]))
        for term in offer["terms"].get("OnDemand", {}).values()
        for dimension in term["priceDimensions"].values()
        if "USD" in dimension["pricePerUnit"]
    ]
    return next((usd for _, usd in sorted(tiers) if usd), None)
