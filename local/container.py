"""The /opt/ml tree a training container sees, and what is taken out of it afterwards."""

import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

OPT_ML = "/opt/ml"


class DownloadError(Exception):
    """A channel could not be read from S3."""


def host_names(request: dict[str, Any]) -> list[str]:
    """The hosts of a job as SageMaker names them."""
    count = request["ResourceConfig"].get("InstanceCount", 1)
    return [f"algo-{number}" for number in range(1, count + 1)]


def split_uri(uri: str) -> tuple[str, str]:
    """`s3://bucket/some/key` as bucket and key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


class OptMl:
    """One attempt's tree below `root`, laid out as SageMaker lays out /opt/ml."""

    def __init__(self, root: Path, request: dict[str, Any], host: str = "algo-1") -> None:
        self.root = root
        self._host = host
        self._request = request
        self.model = root / "model"
        self.output = root / "output"
        local = request.get("CheckpointConfig", {}).get("LocalPath", f"{OPT_ML}/checkpoints")
        self.checkpoints = root / local.removeprefix(OPT_ML).lstrip("/")

    def prepare(self) -> None:
        """Make the folders and write the three configuration files."""
        config = self.root / "input" / "config"
        for folder in (config, self.model, self.output / "data", self.checkpoints):
            folder.mkdir(parents=True, exist_ok=True)
        (self.root / "tmp").mkdir(exist_ok=True)
        resources = self._request["ResourceConfig"]
        hosts = {
            "current_host": self._host,
            "current_instance_type": resources.get("InstanceType"),
            "current_group_name": "homogeneousCluster",
            "hosts": host_names(self._request),
            "network_interface_name": "lo",
        }
        _write(config / "hyperparameters.json", self._request.get("HyperParameters", {}))
        _write(config / "resourceconfig.json", hosts)
        _write(config / "inputdataconfig.json", self._channels())

    def _channels(self) -> dict[str, dict[str, Any]]:
        return {
            channel["ChannelName"]: {
                "TrainingInputMode": "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            }
            | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})
            for channel in self._request.get("InputDataConfig", [])
        }

    def download(self, s3: "S3Client") -> None:
        """Fetch every channel; raises DownloadError naming the one that has no objects."""
        for channel in self._request.get("InputDataConfig", []):
            uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
            folder = self.root / "input" / "data" / channel["ChannelName"]
            if not download(s3, uri, folder):
                raise DownloadError(f"No S3 objects found under S3 URL {uri!r} given in input data")

    def failure(self) -> str:
        """What the algorithm said of its failure, at most 1,024 characters."""
        file = self.output / "failure"
        return file.read_text("utf-8", "replace")[:1024] if file.is_file() else ""


def download(s3: "S3Client", uri: str, folder: Path) -> int:
    """Copy the objects under a prefix into `folder` and count them."""
    bucket, prefix = split_uri(uri)
    folder.mkdir(parents=True, exist_ok=True)
    base = prefix if prefix.endswith("/") or not prefix else prefix.rpartition("/")[0] + "/"
    count = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            relative = _relative(item["Key"], prefix, base)
            if not relative or item["Key"].endswith("/"):
                continue
            target = folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(bucket, item["Key"], str(target))
            count += 1
    return count


def _relative(key: str, prefix: str, base: str) -> str:
    if key.startswith(prefix.rstrip("/") + "/"):
        return key[len(prefix.rstrip("/")) + 1 :]
    return key.removeprefix(base).lstrip("/")


def pack(folder: Path, archive: Path) -> bool:
    """Tar the folder's content into `archive`; False when there was nothing in it."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for entry in entries:
            tar.add(entry, arcname=entry.name)
    return bool(entries)


def upload(s3: "S3Client", archive: Path, request: dict[str, Any]) -> str:
    """Store an archive below the job's output path, under its key, and give its address."""
    config = request["OutputDataConfig"]
    place = f"{config['S3OutputPath'].rstrip('/')}/{request['TrainingJobName']}"
    uri = f"{place}/output/{archive.name}"
    bucket, key = split_uri(uri)
    extra: dict[str, Any] = {}
    if config.get("KmsKeyId"):
        extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": config["KmsKeyId"]}
    s3.upload_file(str(archive), bucket, key, ExtraArgs=extra)
    return uri


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), "utf-8")
