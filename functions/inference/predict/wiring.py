"""What answers, wired to the services of AWS."""

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from inference.predict.capture import DirectOutbox
from inference.predict.champions import MEGABYTE, Champions, Keeping
from inference.predict.loading import Loader
from inference.predict.log import log_fault
from inference.predict.predict import Predictor
from inference.predict.trials import Trials
from tidemill import metrics
from tidemill.direct import DirectMacs, DirectStore, DirectStream, DirectTable
from tidemill.predict_settings import PredictSettings
from tidemill.serving import ServingRecords

if TYPE_CHECKING:
    from inference.predict.extension import LaterOutbox

SERVERS_FAULT = 500
OF_VARIANTS = ("Predictions", "PredictionLatency", "InvalidPredictions")


@cache
def predictor() -> Predictor:
    """The one of this process; made while Lambda initialises, or for the first request."""
    settings = PredictSettings.from_env()

    def measure(pipeline: str, values: Mapping[str, float], feature: str = "") -> None:
        if feature:
            metrics.record(values, stage=None, Pipeline=pipeline, Feature=feature)
        else:
            metrics.record(values, stage=settings.stage, Pipeline=pipeline)

    def report(pipeline: str, fault: Exception) -> None:
        log_fault("a model of %s cannot be loaded", pipeline, fault=fault)
        measure(pipeline, {"ModelLoadFailures": 1})

    def lose(pipeline: str, lost: int) -> None:
        log_fault("%d predictions of %s were answered but not captured", lost, pipeline)
        measure(pipeline, {"CapturesLost": lost})

    def tally(pipeline: str, variant: str, model: str, values: Mapping[str, float]) -> None:
        metrics.record(values, stage=None, Pipeline=pipeline, Variant=variant, Model=model)
        public = {name: value for name, value in values.items() if name in OF_VARIANTS}
        metrics.record(public, stage=None, Pipeline=pipeline, Variant=variant)

    def refuse(pipeline: str, status: int) -> None:
        name = "RefusedRequests" if status < SERVERS_FAULT else "FailedRequests"
        if status < SERVERS_FAULT:  # of any name that a caller may think of
            metrics.record({name: 1}, stage=None, Stage=settings.stage)
        else:
            measure(pipeline, {name: 1})
        if version := os.environ.get("AWS_LAMBDA_FUNCTION_VERSION"):
            metrics.record({name: 1}, stage=None, Stage=settings.stage, Version=version)

    records = ServingRecords(DirectTable(settings.registry_table))
    loader = Loader(records, DirectStore(), DirectMacs(settings.signing_key))
    keeping = Keeping(settings.champion_seconds, settings.artifacts_mb * MEGABYTE)
    champions = Champions(loader, keeping, report)
    direct = DirectOutbox(DirectStream(settings.capture_stream), lose)
    later = _later(direct)
    if later is None:
        return Predictor(champions, direct, measure, Trials(champions, tally), refused=refuse)
    trials = Trials(champions, tally, later.defer)
    return Predictor(champions, later, measure, trials, refused=refuse)


def _later(direct: DirectOutbox) -> "LaterOutbox | None":
    """Captures are sent after the answer where the platform has a place for that.

    A restored snapshot has none that is sure: its connection to Lambda is of another life.
    """
    address = os.environ.get("AWS_LAMBDA_RUNTIME_API")
    if address is None or os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        return None
    from inference.predict.extension import (  # noqa: PLC0415 - of Lambda alone
        LaterOutbox,
        RuntimeApi,
    )

    later = LaterOutbox(direct, RuntimeApi(address))
    return later if later.start() else None
