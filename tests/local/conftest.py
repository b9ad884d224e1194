# ruff: noqa: ANN401 - boto3 clients, and requests as JSON has them
"""One local cloud, without the application, for all tests of the local cloud."""

import io
import json
import shutil
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.cloud import ROOT, Cloud
from local.settings import ServerSettings
from local.toolchain import Toolchain, free_port

BUCKET = "tests-local"
ROLE = "arn:aws:iam::000000000000:role/training"
ENDED = {"Completed", "Failed", "Stopped"}


def small_settings(cloud: Cloud) -> ServerSettings:
    """A server whose training container is the miniature, and which waits for little."""
    tools = Toolchain(ROOT)
    return ServerSettings(
        port=cloud.port,
        state_dir=cloud.state_dir,
        lambda_python=tools.lambda_python,
        node=tools.node,
        training_python=tools.lambda_python,
        training_dir=Path(__file__).with_name("container"),
        core_dir=ROOT / "layers" / "core",
        native_dir=ROOT / "layers" / "native",
        tabular_dir=ROOT / "layers" / "tabular",
        grace_seconds=1.0,
        sync_seconds=0.1,
        capacity_seconds=0.1,
        minute_seconds=3.0,
    )


def policy(statement: dict[str, Any]) -> str:
    """An IAM policy document of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass(frozen=True)
class Here:
    """The running cloud and what tests do with it again and again."""

    cloud: Cloud
    session: boto3.Session = field(
        default_factory=lambda: boto3.Session("test", "test", region_name="us-east-1")
    )

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.cloud.endpoint)

    def allow(self, role: str, *resources: str) -> str:
        """Make a role for every service that may do all with S3, but only with these resources."""
        iam = self.client("iam")
        services = [f"{name}.amazonaws.com" for name in ("lambda", "sagemaker", "states")]
        trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
        allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": [*resources]}
        arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=role, PolicyName="s3", PolicyDocument=policy(allowed))
        return str(arn)

    def deploy(self, stack: str, resources: dict[str, Any], *, wait: bool = True) -> None:
        """Create the stack, or update it, of these resources."""
        cloudformation = self.client("cloudformation")
        known = [each["StackName"] for each in cloudformation.describe_stacks()["Stacks"]]
        change = "update" if stack in known else "create"
        put = getattr(cloudformation, f"{change}_stack")
        put(StackName=stack, TemplateBody=json.dumps({"Resources": resources}))
        if wait:
            config = {"Delay": 1, "MaxAttempts": 60}
            waiter = cloudformation.get_waiter(f"stack_{change}_complete")
            waiter.wait(StackName=stack, WaiterConfig=config)

    def stack(self, name: str) -> str:
        """The stack's status."""
        (found,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        return str(found["StackStatus"])

    def request(self, name: str, hyperparameters: dict[str, str], **more: Any) -> dict[str, Any]:
        """A CreateTrainingJob request; `more` overrides its members."""
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": f"s3://{BUCKET}/in/train",
            "S3DataDistributionType": "FullyReplicated",
        }
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "HyperParameters": hyperparameters,
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 1,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        } | more

    def spot(self, name: str, max_wait: int = 60) -> dict[str, Any]:
        """The members that make a request one for checkpointed spot training."""
        return {
            "EnableManagedSpotTraining": True,
            "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/checkpoints/{name}"},
            "StoppingCondition": {
                "MaxRuntimeInSeconds": min(60, max_wait),
                "MaxWaitTimeInSeconds": max_wait,
            },
        }

    def until(self, name: str, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The job's description, once it is as wished."""
        sagemaker = self.client("sagemaker")
        end = time.monotonic() + 20
        while time.monotonic() < end:
            job: dict[str, Any] = sagemaker.describe_training_job(TrainingJobName=name)
            if done(job):
                return job
            time.sleep(0.05)
        raise AssertionError(f"{name} is still {job['SecondaryStatus']}")

    def training(self, name: str) -> dict[str, Any]:
        """Wait until the container runs."""
        return self.until(name, lambda job: job["SecondaryStatus"] == "Training")

    def ended(self, name: str) -> dict[str, Any]:
        """Wait until the job is at its end."""
        return self.until(name, lambda job: job["TrainingJobStatus"] in ENDED)

    def train(self, name: str, hyperparameters: dict[str, str], **more: Any) -> dict[str, Any]:
        """Create a job and wait for its end."""
        request = self.request(name, hyperparameters, **more)
        self.client("sagemaker").create_training_job(**request)
        return self.ended(name)

    def seen(self, job: dict[str, Any]) -> dict[str, Any]:
        """What the container saw, from the model it left."""
        key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix(f"s3://{BUCKET}/")
        body = self.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            file = archive.extractfile("seen.json")
            assert file is not None
            document: dict[str, Any] = json.load(file)
            return document


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    cloud = Cloud(free_port(), tmp_path_factory.mktemp("cloud"))
    cloud.start(small_settings(cloud))
    here = Here(cloud)
    try:
        here.client("s3").create_bucket(Bucket=BUCKET)
        here.allow("training", f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*")
        here.client("s3").put_object(Bucket=BUCKET, Key="in/train/rows.csv", Body=b"1,2\n")
        yield here
    finally:
        cloud.stop()
        shutil.rmtree(cloud.state_dir, ignore_errors=True)


@pytest.fixture(scope="session")
def settings_of() -> Callable[[Cloud], ServerSettings]:
    return small_settings


@pytest.fixture
def faults(here: Here) -> Iterator[Cloud]:
    yield here.cloud
    here.cloud.control("DELETE", "training/faults")
