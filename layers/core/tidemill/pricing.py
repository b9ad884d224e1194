"""What a training run may cost, and what it did cost."""

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Estimate:
    """The most a run can cost, with the arithmetic in words."""

    usd: float
    arithmetic: str


@cache
def hourly_prices() -> dict[str, float]:
    """On-demand price of each instance type in USD per hour, from prices.json."""
    table = json.loads(files("tidemill").joinpath("prices.json").read_text())
    return {name: float(price) for name, price in table["instances"].items()}


def hourly_price(instance: str) -> float:
    """ValueError if the price table has no such instance type."""
    try:
        return hourly_prices()[instance]
    except KeyError:
        known = ", ".join(sorted(hourly_prices()))
        raise ValueError(f"no price is known for {instance!r}; use one of {known}") from None


def estimate(instance: str, max_runtime: timedelta, *, spot: bool) -> Estimate:
    """The worst case: the whole runtime at the on-demand price, on spot twice.

    A spot job may use up its runtime, lose its capacity, and be followed by one on demand.
    """
    price = hourly_price(instance)
    hours = max_runtime.total_seconds() / 3600
    usd = price * hours * (2 if spot else 1)
    twice = ", twice if spot capacity gives out," if spot else ""
    return Estimate(usd, f"{hours:g} h of {instance} at ${price:g}/h{twice} = ${usd:.4f} at most")


def bill(instance: str, billable_seconds: int) -> float:
    """USD for billable seconds, in which SageMaker counts the spot discount already."""
    return round(hourly_price(instance) * billable_seconds / 3600, 6)


def savings_percent(training_seconds: int, billable_seconds: int) -> float:
    """What spot capacity saved against the same seconds on demand.

    savings = (1 - billable / training) x 100:
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
    """
    return round((1 - billable_seconds / training_seconds) * 100, 1) if training_seconds else 0.0
