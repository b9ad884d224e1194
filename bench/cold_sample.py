"""A fresh environment of the usual sample: its imports, its model out of S3, one request."""

import io
import json
import sys

sys.path[:0] = json.loads(sys.argv[1])

import boto3  # noqa: E402 - the paths come first
import joblib  # noqa: E402
import pandas as pd  # noqa: E402

bucket, key = sys.argv[3].split("/")
body = io.BytesIO()
boto3.client("s3").download_fileobj(bucket, key, body)
body.seek(0)
model = joblib.load(body)


def handler(event: dict[str, str], _context: object) -> dict[str, object]:
    """As the sample answers it."""
    frame = pd.DataFrame(json.loads(event["body"])["instances"])
    return {"statusCode": 200, "body": json.dumps(model.predict_proba(frame).tolist())}


print(json.dumps(handler({"body": sys.argv[2]}, None)))
