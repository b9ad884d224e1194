"""A large drop, a training run and a release, scripted task by task."""

from typing import Any

import pytest

from training.plan.plan import Channel, Job

PIPELINE = "p" * 39
DATASET = "0123456789abcdef"
RUN = f"{PIPELINE}-{DATASET}-0123456789ab"
REGION = "arn:aws:sagemaker:eu-central-1:123456789012"
MODEL_URI = "s3://models/jobs/output/model.tar.gz"
PACKAGE = f"{REGION}:model-package/tidemill-local-{PIPELINE}/3"
SUBSTITUTIONS = {
    "StepsFunction": "arn:aws:lambda:eu-central-1:123456789012:function:steps",
    "PartsAtOnce": "100",
    "JobImage": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/jobs:1",
    "JobRole": "arn:aws:iam::123456789012:role/processing",
    "JobEnvironment": "{'TIDEMILL_STAGE': 'local', 'TIDEMILL_PART_MB': '128'}",
    "PlanFunction": "arn:aws:lambda:eu-central-1:123456789012:function:plan",
    "JudgeFunction": "arn:aws:lambda:eu-central-1:123456789012:function:judge",
    "RecordFunction": "arn:aws:lambda:eu-central-1:123456789012:function:record",
    "AdvanceFunction": "arn:aws:lambda:eu-central-1:123456789012:function:advance",
    "CheckFunction": "arn:aws:lambda:eu-central-1:123456789012:function:check",
    "TickSeconds": "15",
    "EventBus": "tidemill-local",
    "TrainingImage": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/training:1",
    "TrainingRole": "arn:aws:iam::123456789012:role/training",
    "ModelsKey": "arn:aws:kms:eu-central-1:123456789012:key/1",
    "Stage": "local",
}


@pytest.fixture
def request_() -> dict[str, Any]:
    return {"pipeline": PIPELINE, "dataset_version": DATASET, "run": RUN}


@pytest.fixture
def planned() -> Job:
    """A plan with the longest names that a contract allows."""
    names = ("train", "validation", "test", "contract", "champion")
    return Job(
        group=f"tidemill-local-{PIPELINE}",
        instance="ml.m5.large",
        instances=1,
        spot=True,
        max_runtime_seconds=3600,
        max_wait_seconds=10_800,
        channels=tuple(Channel(name=name, uri=f"s3://data/{name}/") for name in names),
        hyperparameters={"trials": "40", "metric": "rmse"},
        checkpoints_uri=f"s3://models/jobs/{PIPELINE}/{RUN}/checkpoints/",
        output_uri=f"s3://models/jobs/{PIPELINE}/{RUN}/output/",
        estimate_usd=0.23,
        automatic=True,
    )
