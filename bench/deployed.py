"""A model on a local cloud, as the platform registers it, without the platform's deployment."""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import boto3

from bench.fitted import Fitted
from local.settings import ACCESS_KEY, REGION, SECRET_KEY
from tidemill.aws import DynamoTable
from tidemill.predict_settings import PredictSettings
from tidemill.signing import ALGORITHM, statement

PIPELINE = "bench"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the model lies, and the environment in which programs find it."""

    bucket: str
    environment: dict[str, str]


def deploy(endpoint: str, model: Fitted) -> Place:
    """Register a model of `bench` as its champion, in a table and a bucket of its own."""
    session: Any = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)
    s3, kms, table, firehose = (
        session.client(name, endpoint_url=endpoint)
        for name in ("s3", "kms", "dynamodb", "firehose")
    )
    bucket = f"models-{model.slug}"
    s3.create_bucket(Bucket=bucket)
    artifact = model.artifact.read_bytes()
    s3.put_object(Bucket=bucket, Key=f"{model.slug}.tidemill", Body=artifact)
    s3.upload_file(str(model.joblib), bucket, f"{model.slug}.joblib")
    made = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    key = made["KeyMetadata"]["KeyId"]
    digest = sha256(artifact).hexdigest()
    said = statement(PIPELINE, 1, digest)
    mac = kms.generate_mac(KeyId=key, Message=said, MacAlgorithm=ALGORITHM)["Mac"]
    _register(
        table,
        bucket,
        {
            "artifact_uri": f"s3://{bucket}/{model.slug}.tidemill",
            "artifact_sha256": digest,
            "artifact_mac": b64encode(mac).decode(),
        },
    )
    _stream(firehose, bucket)
    settings = PredictSettings(
        stage="dev", registry_table=bucket, capture_stream=bucket, signing_key=key
    )
    aws = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
    }
    return Place(bucket, settings.to_env() | aws)


def _register(dynamo: Any, name: str, model: dict[str, Any]) -> None:  # noqa: ANN401 - boto3
    keys = ("pipeline", "record")
    dynamo.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=True)
        ],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    table = DynamoTable(dynamo, name)
    table.put(PIPELINE, "contract", {}, expect=0)
    table.put(PIPELINE, "champion", {"model_version": 1}, expect=0)
    table.put(PIPELINE, "model#000001", model, expect=0)


def _stream(firehose: Any, name: str) -> None:  # noqa: ANN401 - boto3
    place = {
        "BucketARN": f"arn:aws:s3:::{name}",
        "RoleARN": "arn:aws:iam::000000000000:role/capture",
    }
    firehose.create_delivery_stream(
        DeliveryStreamName=name, ExtendedS3DestinationConfiguration=place
    )
