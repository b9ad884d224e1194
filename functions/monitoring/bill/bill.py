"""Write down what a day cost, from what was used of everything."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from monitoring.bill.calendar import Month
from monitoring.bill.hosts import Endpoint, of_processing
from monitoring.bill.meter import Meter
from monitoring.bill.pipelines import of_metrics, weights
from monitoring.bill.rest import Standing, has_run, of_drawn, of_rest
from monitoring.bill.services import (
    Function,
    functions,
    of_api,
    of_buckets,
    of_functions,
    of_services,
)
from monitoring.bill.usage import Usage, Weights, price
from monitoring.bill.workflows import of_workflows
from tidemill.costs import STAGE, DayCost
from tidemill.pricing import unit_prices
from tidemill.registry import Registry

ROOMS = ("storage", "ingestion", "training", "release", "inference", "monitoring", "streaming")


@dataclass(frozen=True)
class Clients:
    """The services that know what was used; each is a boto3 client."""

    cloudwatch: Any
    functions: Any
    sagemaker: Any
    workflows: Any


@dataclass(frozen=True)
class Biller:
    """Bills the days of one stage in one region; billing a day again replaces it."""

    registry: Registry
    meter: Meter
    clients: Clients
    stage: str
    region: str
    standing: Standing
    endpoint: Endpoint | None = None

    def bill(self, day: date) -> None:
        """Write the day into the ledger; UnknownPriceError before anything is written."""
        pipelines = self.registry.pipelines()
        did = weights(pipelines, self.meter, day)
        priced = price(self._usages(pipelines, did, day), did, unit_prices(self.region))
        for pipeline in (*pipelines, STAGE):
            for room in ROOMS:
                lines = priced.get((pipeline, room), ())
                answered = any(line.answering for line in lines)
                predictions = int(did["predictions"].get(pipeline, 0)) if answered else 0
                cost = DayCost(lines=lines, predictions=predictions)
                self.registry.put_day_cost(pipeline, room, day.isoformat(), cost)

    def _usages(self, pipelines: Sequence[str], did: Weights, day: date) -> Iterator[Usage]:
        """All that was used; what is said to be of a pipeline that is not there is nobody's."""
        for usage in self._measured(pipelines, did, day):
            yield usage if usage.pipeline in {None, *pipelines} else replace(usage, pipeline=None)

    def _measured(self, pipelines: Sequence[str], did: Weights, day: date) -> Iterator[Usage]:
        month, deployed = Month.of(day), functions(self.clients.functions, self.stage)
        yield from of_functions(deployed, self.meter, day)
        yield from of_api(self.meter, self.stage, did, day)
        yield from of_services(self.meter, self.stage, day)
        yield from of_buckets(self.meter, self.stage, month, day)
        yield from of_metrics(self.meter, pipelines, self.stage, month, day)
        yield from of_workflows(self.clients.workflows, self.stage, day)
        yield from of_processing(self.clients.sagemaker, self.stage, self.region, day)
        if self.endpoint:
            yield from self.endpoint.of_day(self.clients.sagemaker, self.meter, self.region, day)
        yield from self._at_rest(deployed, month, day)

    def _at_rest(self, deployed: Sequence[Function], month: Month, day: date) -> Iterator[Usage]:
        """What stands, from the day on that a pipeline was known or something ran."""
        since = self.registry.pipelines_since()
        there = [pipeline for pipeline, moment in since.items() if moment[:10] <= day.isoformat()]
        cloudwatch = self.clients.cloudwatch
        if there or has_run(deployed, self.meter, day):
            yield from of_rest(self.standing, deployed, cloudwatch, self.stage, month)
        yield from of_drawn(cloudwatch, self.stage, there, month)
