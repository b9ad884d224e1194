"""What a training run may cost, and what it did cost."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from tidemill.errors import UnknownPriceError

HOME = "us-east-1"
_ACCELERATED = re.compile(r"ml\.(g|p|inf|trn)\d[a-z]*\.")


@dataclass(frozen=True)
class Hosts:
    """What a run runs on: so many instances of a type, in a region."""

    instance: str
    count: int = 1
    region: str = HOME

    @property
    def usd_per_hour(self) -> float:
        """Of all of them; UnknownPriceError where the region's price is not in the table."""
        return self.count * hourly_price(self.instance, self.region)

    def __str__(self) -> str:
        return f"{self.count} x {self.instance}" if self.count > 1 else self.instance


@dataclass(frozen=True)
class Likely:
    """Seconds that a run probably takes, the share of them that is billed, and why so."""

    seconds: float
    billed_share: float
    because: str


@dataclass(frozen=True)
class Estimate:
    """The most a run can cost and what it probably costs, in USD, with the arithmetic in words."""

    usd: float
    likely_usd: float
    arithmetic: str


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(files("tidemill").joinpath("prices.json").read_text())
    return table


def accelerated(instance: str) -> bool:
    """Whether the type has a GPU or the like, as its family says."""
    return _ACCELERATED.match(instance) is not None


def require_instance(instance: str) -> None:
    """ValueError for a type that no model here can use, or that has a price nowhere."""
    if accelerated(instance):
        raise ValueError(
            f"{instance} has an accelerator that no candidate uses, and it would be paid for; "
            f"use one of {', '.join(_known())}"
        )
    if instance not in _known():
        raise ValueError(
            f"no price is known for {instance!r}; use one of {', '.join(_known())}, or refresh the "
            "price table with `make prices`"
        )


def require_region(region: str) -> None:
    """UnknownPriceError where no price of the region is known, and so nothing may be spent."""
    if region not in _table()["regions"] or region not in _table()["serving"]:
        raise UnknownPriceError(
            f"no price in {region} is known; run `make prices REGION={region}` first"
        )


def hourly_price(instance: str, region: str = HOME) -> float:
    """On demand, in USD per hour; UnknownPriceError names what to do where it is not known."""
    return _price("regions", instance, region)


def unit_price(name: str, region: str = HOME) -> float:
    """USD for one unit of what serving is billed by, such as `lambda_request` or `s3_gb_month`.

    UnknownPriceError where the region's price is not in the table.
    """
    return _price("serving", name, region)


def hosting_price(instance: str, region: str = HOME) -> float:
    """USD per hour of an instance behind an endpoint; UnknownPriceError where it is not known."""
    return _price("hosting", instance, region)


def unit_prices(region: str = HOME) -> dict[str, float]:
    """Everything that `unit_price` knows of the region; UnknownPriceError if that is nothing."""
    prices: dict[str, float] | None = _table()["serving"].get(region)
    if prices is None:
        raise UnknownPriceError(
            f"no price in {region} is known; run `make prices REGION={region}` and deploy again"
        )
    return prices


def memory_bytes(instance: str) -> int | None:
    """What one instance of the type has; None where the table does not say."""
    gib = _table()["memory_gib"].get(instance)
    return None if gib is None else int(gib * 2**30)


def estimate(hosts: Hosts, max_runtime: timedelta, likely: Likely, *, spot: bool) -> Estimate:
    """At most the whole runtime at the on-demand price, on spot twice; and what is likely.

    A spot job may use up its runtime, lose its capacity, and be followed by one on demand.
    """
    price = hosts.usd_per_hour
    hours = max_runtime.total_seconds() / 3600
    most = price * hours * (2 if spot else 1)
    seconds = min(likely.seconds, max_runtime.total_seconds())
    probable = min(most, price * seconds * likely.billed_share / 3600)
    twice = ", twice if spot capacity gives out," if spot else ""
    each = " each" if hosts.count > 1 else ""
    return Estimate(
        most,
        probable,
        f"{hours:g} h of {hosts} at ${price / hosts.count:g}/h{each}{twice} = ${most:.4f} at most "
        f"(likely ${probable:.4f}: {seconds:.0f} s, {likely.because})",
    )


def bill(hosts: Hosts, billable_seconds: int) -> float:
    """USD for billable seconds, in which SageMaker counts the spot discount already.

    SageMaker tells the seconds of one host, and bills those of all:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html
    """
    return round(hosts.usd_per_hour * billable_seconds / 3600, 6)


def savings_percent(training_seconds: int, billable_seconds: int) -> float:
    """What spot capacity saved against the same seconds on demand.

    savings = (1 - billable / training) x 100:
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
    """
    return round((1 - billable_seconds / training_seconds) * 100, 1) if training_seconds else 0.0


def _price(section: str, name: str, region: str) -> float:
    prices = _table()[section].get(region, {})
    if name not in prices:
        raise UnknownPriceError(
            f"no price of {name} in {region} is known; run `make prices REGION={region}` and "
            "deploy again"
        )
    return float(prices[name])


@cache
def _known() -> tuple[str, ...]:
    """Every type that has a price somewhere."""
    return tuple(sorted({name for prices in _table()["regions"].values() for name in prices}))
