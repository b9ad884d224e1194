"""What the server of the local cloud is told when it starts, spelt once for both sides."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

ACCOUNT = "000000000000"
REGION = "us-east-1"
ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105 - the local cloud takes any key; this is no secret
_VARIABLE = "TIDEMILL_LOCAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """Where the server listens and keeps its state, and the interpreters it starts jobs with."""

    port: int
    state_dir: Path
    lambda_python: Path
    node: Path
    training_python: Path
    training_dir: Path
    core_dir: Path
    native_dir: Path
    tabular_dir: Path
    account: str = ACCOUNT
    region: str = REGION
    grace_seconds: float = 20.0
    sync_seconds: float = 1.0
    capacity_seconds: float = 1.0
    minute_seconds: float = 60.0

    @property
    def endpoint(self) -> str:
        """The address every AWS client of this cloud is pointed at."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def scratch_dir(self) -> Path:
        """Holds everything that must not outlive the server."""
        return self.state_dir / f"run-{self.port}"

    def to_env(self) -> dict[str, str]:
        """The server's whole environment: nothing of the user's own is passed on."""
        return {
            _VARIABLE: json.dumps(asdict(self), default=str),
            "PATH": os.defpath,
            "HOME": str(self.scratch_dir),
            "TMPDIR": str(self.scratch_dir),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(self.core_dir),
            "PYTHONUNBUFFERED": "1",
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_ACCOUNT_ID": self.account,
            "MINISTACK_REGION": self.region,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent",
            "LOG_LEVEL": "INFO",
            "AUTH": "true",
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Self:
        """Read back what `to_env` wrote; raises KeyError outside the server."""
        values: dict[str, Any] = json.loads(environment[_VARIABLE])
        paths = {field.name for field in fields(cls) if field.type is Path}
        for name in paths:
            values[name] = Path(values[name])
        return cls(**values)
