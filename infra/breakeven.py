"""From which steady rate of requests an endpoint is cheaper than a function, at a region's prices.

    python -m infra.breakeven FUNCTION_MS SERVER_MS [INSTANCE [REGION]]

The milliseconds are those that the function is billed for a request, and those of a processor that
the server takes for one; `make breakeven` measures both. Captures cost the same either way, and
are left out.
"""

import math
import re
import sys
from dataclasses import dataclass

from tidemill.pricing import HOME, hosting_price, unit_price

FUNCTION_GB = 1.0
# What an instance is kept at: it takes minutes until there is another.
BUSY_SHARE = 0.6
MONTH_HOURS = 730
RATES = (1, 10, 100, 1_000)
INSTANCE = "ml.m5.large"


@dataclass(frozen=True, slots=True)
class Request:
    """What a request takes: billed seconds of the function, or a processor's of the server."""

    function_seconds: float
    server_seconds: float


@dataclass(frozen=True, slots=True)
class Prices:
    """USD for a request of each, the API's included only in its own, and for an instance's hour."""

    request: float
    gb_second: float
    api: float
    hour: float

    @classmethod
    def of(cls, instance: str, region: str) -> "Prices":
        """UnknownPriceError where the table does not have the region or the instance."""
        return cls(
            request=unit_price("lambda_request", region),
            gb_second=unit_price("lambda_gb_second_arm64", region),
            api=unit_price("api_gateway_request", region),
            hour=hosting_price(instance, region),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One request, one type of instance, and what both cost."""

    asked: Request
    prices: Prices
    processors: int

    @property
    def function_usd(self) -> float:
        """A request of the function, in whole milliseconds as it is billed."""
        seconds = math.ceil(round(self.asked.function_seconds * 1_000, 6)) / 1_000
        return self.prices.request + seconds * FUNCTION_GB * self.prices.gb_second

    @property
    def most(self) -> float:
        """Requests a second that an instance is given."""
        return BUSY_SHARE * self.processors / self.asked.server_seconds

    def instances(self, rate: float) -> int:
        """As many as the rate keeps busy enough, and one at least."""
        return max(1, math.ceil(rate / self.most))

    def breakeven(self, *, with_api: bool) -> float | None:
        """The least rate at which instances are no dearer; None if they are at any.

        With the API before both, its requests cancel out; without, callers sign and ask the
        endpoint themselves.
        """
        saved = self.function_usd + (0 if with_api else self.prices.api)
        rate = self.prices.hour / 3_600 / saved
        return rate if rate <= self.most else None

    def monthly(self, rate: float) -> tuple[float, float, float]:
        """USD a month: function behind the API, endpoint behind the API, endpoint alone."""
        requests = rate * 3_600 * MONTH_HOURS
        hosted = self.instances(rate) * self.prices.hour * MONTH_HOURS
        api = requests * self.prices.api
        return requests * self.function_usd + api, hosted + api, hosted


def processors(instance: str) -> int:
    """How many an instance of the common families has: two of `large`, four of `xlarge`.

    ValueError for a type whose name does not say.
    """
    size = re.fullmatch(r"ml\.\w+\.(medium|large|(\d*)xlarge)", instance)
    if size is None:
        raise ValueError(f"{instance!r} does not say how many processors it has")
    return 4 * int(size[2] or 1) if size[1].endswith("xlarge") else 2


def report(asked: Request, instance: str = INSTANCE, region: str = HOME) -> str:
    """The two break-even rates and the monthly costs, as lines to print."""
    choice = Choice(asked, Prices.of(instance, region), processors(instance))
    lines = [
        (
            f"{instance} in {region} at ${choice.prices.hour:g} an hour, "
            f"{choice.most:,.0f} requests/s each; a million requests: function "
            f"${choice.function_usd * 1e6:.3f}, API ${choice.prices.api * 1e6:.2f}"
        ),
        f"cheaper than the function, API before both: {_rate(choice.breakeven(with_api=True))}",
        f"cheaper than function and API, asked directly: {_rate(choice.breakeven(with_api=False))}",
        (
            f"{'USD a month at requests/s':>26}{'function + API':>16}{'endpoint + API':>16}"
            f"{'endpoint alone':>16}{'instances':>11}"
        ),
    ]
    for rate in RATES:
        costs = "".join(f"{usd:16,.2f}" for usd in choice.monthly(rate))
        lines.append(f"{rate:>26,}{costs}{choice.instances(rate):>11}")
    return "\n".join(lines)


def _rate(rate: float | None) -> str:
    return "never" if rate is None else f"from {rate:,.1f} requests/s on"


def main(arguments: list[str]) -> int:
    """Print the report; 2 with how it is called where the milliseconds are missing."""
    try:
        function, server = (float(text) / 1_000 for text in arguments[:2])
    except ValueError:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    sys.stdout.write(report(Request(function, server), *arguments[2:4]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
