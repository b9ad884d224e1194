# ruff: noqa: T201 - a container's output is its log
"""A processing container in miniature: says what it was given, waits, ends as it is told."""

import json
import os
import sys
import time
from pathlib import Path

import boto3

wish = json.loads(sys.argv[1])
print(f"given {sys.argv[2:]} part_mb={os.environ['TIDEMILL_PART_MB']}", flush=True)
(Path(os.environ["SAGEMAKER_BASE_DIR"]) / "output" / "message").write_text(wish.get("say", ""))
if "write" in wish:
    boto3.client("s3").put_object(Bucket="tests-local", Key=wish["write"], Body=b"done")
time.sleep(wish.get("seconds", 0))
sys.exit(wish.get("code", 0))
