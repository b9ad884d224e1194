"""What watching and measuring cost beside answering, in dollars at the region's list prices.

    python -m bench.monitoring

Captures are those of our own handler, in objects as Firehose delivers them; the deployed functions
work them off over clients of boto3 whose network is in memory, so that every request they make is
counted. Billed time is processor time at the function's share of a processor, what its requests
wait for, and imports, for those starts that the rate of invocations implies. At rest alarms and
dashboards are paid for, and nothing of that is counted on either side.
"""

import os
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from tempfile import TemporaryDirectory

from bench.cold import architecture, timed
from bench.fitted import ROOT, fitted
from bench.monitored import Room, Rows, Work
from bench.targets import BOARD
from infra.blocks.code import compiled
from infra.blocks.layers import built
from infra.settings import Environment
from local.toolchain import Toolchain
from tidemill.pricing import unit_prices

PRICES = unit_prices()
STAGE = Environment.of("dev", choices={})
HOUR, MONTH_HOURS = 3_600.0, 730
MOST_PERCENT = 2.0
# A function of 1,769 MB has a processor of its own.
SLOWER = 1_769 / 1_024
COMPUTE = "lambda_gb_second_arm64"
# What Lambda writes of an invocation into its log; how long an idle function stays, and any.
PLATFORM_LOG, IDLE_SECONDS, LIFE_HOURS = 900, 300, 2
# Firehose bills a record as a multiple of five kilobytes.
RECORD, GB = 5 * 1024, 2**30
# Within a region, from a function to the service and back.
WAITS = {"GetItem": 0.004, "PutItem": 0.006, "Query": 0.005, "PutEvents": 0.01}
S3_WAIT, FIREHOSE_WAIT = 0.02, 0.01
# A message is sent, received and deleted.
MESSAGE = 3
IMPORT = "import sys; sys.path[:0] = {paths}; import monitoring.{verb}.handler"
LAYERS, FUNCTIONS = ("core", "tabular"), ("watch", "measure")


@dataclass(frozen=True)
class Load:
    """So many requests a second, each of so many rows, of lines of so many bytes."""

    requests: int
    rows: int
    line: float

    @property
    def name(self) -> str:
        return f"{self.requests:,} requests/s of {self.rows:,} rows"

    @property
    def every(self) -> float:
        """Seconds between objects."""
        filled = STAGE.capture_mb * 2**20 / (self.requests * self.rows * self.line)
        return min(float(STAGE.capture_seconds), filled)

    def answering(self, seconds: float) -> float:
        """USD an hour for the API and the function, which takes so many seconds; no captures."""
        each = PRICES["api_gateway_request"] + PRICES["lambda_request"]
        return self.requests * HOUR * (each + seconds * SLOWER * PRICES[COMPUTE])

    def capturing(self) -> float:
        """USD an hour for Firehose, and for waiting for it when the answer is out."""
        billed = -(-self.rows * self.line // RECORD) * RECORD
        each = billed / GB * PRICES["firehose_gb"] + FIREHOSE_WAIT * PRICES[COMPUTE]
        return self.requests * HOUR * each

    def watching(self, work: Work, start: float) -> dict[str, float]:
        """USD an hour of one function, by what is billed; `start` is what its imports take."""
        objects = HOUR / self.every
        cold = 1.0 if self.every > IDLE_SECONDS else 1 / (objects * LIFE_HOURS)
        waits = sum(count * WAITS.get(call, S3_WAIT) for call, count in work.calls.items())
        units: Mapping[str, float] = {
            **{unit: count * objects for unit, count in work.used.items()},
            "lambda_request": objects,
            COMPUTE: objects * ((work.seconds + cold * start) * SLOWER + waits),
            "sqs_request": objects * MESSAGE,
            "logs_gb": objects * (work.log_bytes + PLATFORM_LOG) / GB,
            "cloudwatch_metric_month": work.metrics / MONTH_HOURS,
        }
        return {unit: count * PRICES.get(unit, 0.0) for unit, count in units.items()}


def main() -> None:
    """Print each load's costs by what is billed, and the share of monitoring."""
    rows = Rows(fitted()[1])
    starts = {verb: import_seconds(verb) for verb in FUNCTIONS}
    print(f"objects of {STAGE.capture_seconds} s or {STAGE.capture_mb} MB; imports", end="")
    print("".join(f", {verb} {seconds:.2f} s" for verb, seconds in starts.items()))

    @cache
    def worked(number: int) -> dict[str, Work]:
        return Room(rows).work(number)

    for requests, many in ((10, 1), (1_000, 1), (10, 100)):
        load = Load(requests, many, rows.line)
        found = worked(round(requests * many * load.every))
        spent = {
            f"{verb}, {unit}": usd
            for verb in FUNCTIONS
            for unit, usd in load.watching(found[verb], starts[verb]).items()
        }
        report(load, rows.seconds(many), spent)


def report(load: Load, seconds: float, spent: Mapping[str, float]) -> None:
    """Print one load: dollars a month, and each item's share of answering.

    What is held is the share of all that the bill counts as inference: captures are part of that.
    """
    answering, watching = load.answering(seconds), sum(spent.values())
    print(f"\n{load.name}, answered in {seconds * 1e3:.2f} ms of processor time: ", end="")
    print(f"${answering * MONTH_HOURS:,.2f} a month, an object every {load.every:.0f} s")
    for item, usd in sorted(spent.items(), key=lambda each: -each[1]):
        if usd > answering / 5_000:
            print(f"  {item:36} {100 * usd / answering:6.2f} %")
    capturing = load.capturing()
    share = 100 * watching / (answering + capturing)
    print(f"  {'all of it':36} {100 * watching / answering:6.2f} %", end="")
    print(f", ${watching * MONTH_HOURS:,.2f} a month; captures {100 * capturing / answering:.1f} %")
    print(f"  {'of answering and capturing':36} {share:6.2f} %")
    BOARD.hold(f"monitoring, {load.name}", share, MOST_PERCENT, unit="%", most=True)


def import_seconds(verb: str) -> float:
    """Processor time until a fresh process can handle an event, as deployed; the least of three."""
    with TemporaryDirectory() as scratch:
        for layer in LAYERS:
            zipfile.ZipFile(built(layer, architecture())).extractall(scratch)
        paths = [str(compiled("monitoring", verb)), f"{scratch}/python"]
        program = IMPORT.format(paths=paths, verb=verb)
        command = [str(Toolchain(ROOT).lambda_python), "-P", "-s", "-c", program]
        environment = {"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1"}
        return min(timed(command, environment)[0][1] for _ in range(3))


if __name__ == "__main__":
    main()
    sys.stdout.write(f"{BOARD.table()}\n")
