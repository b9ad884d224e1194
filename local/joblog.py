"""A job's output, followed from its file into CloudWatch Logs."""

import re
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

TRAINING = "/aws/sagemaker/TrainingJobs"
PROCESSING = "/aws/sagemaker/ProcessingJobs"
_BATCH = 500


class JobLog:
    """Follows the file at `path` into the stream SageMaker would write."""

    def __init__(
        self,
        logs: Any,  # noqa: ANN401 - a boto3 client
        path: Path,
        job: str,
        group: str = TRAINING,
    ) -> None:
        self._logs = logs
        self._group = group
        self.path = path
        self._stream = f"{job}/algo-1-{int(time.time())}"
        self._offset = 0
        self._opened = False
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")

    def push(self, *, last: bool = False) -> None:
        """Send the lines written since the last call; the `last` may lack its line end."""
        with self.path.open("rb") as file:
            file.seek(self._offset)
            fresh = file.read()
        if not last:
            fresh = fresh[: fresh.rfind(b"\n") + 1]
        self._offset += len(fresh)
        lines = [line for line in fresh.decode("utf-8", "replace").splitlines() if line.strip()]
        for start in range(0, len(lines), _BATCH):
            self._send(lines[start : start + _BATCH])

    def _send(self, lines: list[str]) -> None:
        if not self._opened:
            self._open()
        moment = int(time.time() * 1000)
        self._logs.put_log_events(
            logGroupName=self._group,
            logStreamName=self._stream,
            logEvents=[{"timestamp": moment, "message": line} for line in lines],
        )

    def _open(self) -> None:
        exists = self._logs.exceptions.ResourceAlreadyExistsException
        with suppress(exists):
            self._logs.create_log_group(logGroupName=self._group)
        self._logs.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        self._opened = True

    def metrics(self, definitions: list[dict[str, str]]) -> list[dict[str, Any]]:
        """The last value each metric definition's expression finds in the output."""
        text = self.path.read_text("utf-8", "replace")
        found = []
        for definition in definitions:
            values = re.findall(definition["Regex"], text)
            if values:
                found.append(
                    {
                        "MetricName": definition["Name"],
                        "Value": float(values[-1]),
                        "Timestamp": time.time(),
                    }
                )
        return found
