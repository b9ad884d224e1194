"""What a processing job runs: `python -m ingestion.ingest.job <plan>` sorts a plan's every part."""

import sys

from ingestion.ingest import stages
from ingestion.ingest.plan import Plan
from ingestion.ingest.tools import Tools
from ingestion.ingest.wiring import wire
from tidemill.settings import StepSettings


def sort_all(plan_uri: str, tools: Tools) -> None:
    """Sort the parts in order; what a job before this one has sorted is passed over."""
    plan = Plan.model_validate_json(tools.store.read(plan_uri))
    for number in range(len(plan.ranges)):
        stages.sort(plan_uri, number, tools)


if __name__ == "__main__":
    sort_all(sys.argv[1], wire(StepSettings.from_env()))
