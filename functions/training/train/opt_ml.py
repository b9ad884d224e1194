"""SageMaker's folder contract: where a training job finds its input and leaves its output."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tidemill.contract import Contract

FAILURE_LIMIT = 1024


@dataclass(frozen=True, slots=True)
class Hosts:
    """The hosts of a job by name, and which of them this is; the first one leads."""

    names: tuple[str, ...]
    own: str

    @property
    def leads(self) -> bool:
        """Whether this is the first."""
        return self.own == self.names[0]


@dataclass(frozen=True, slots=True)
class OptMl:
    """The /opt/ml tree of one job."""

    root: Path

    @classmethod
    def from_env(cls) -> Self:
        """The tree at SAGEMAKER_BASE_DIR, as SageMaker's own toolkit has it, or at /opt/ml."""
        return cls(Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")))

    def hyperparameters(self) -> dict[str, str]:
        """The job's hyperparameters, all strings."""
        path = self.root / "input/config/hyperparameters.json"
        parameters: dict[str, str] = json.loads(path.read_text())
        return parameters

    def contract(self) -> Contract:
        """The contract that the dataset version was frozen under, from its channel."""
        path = self.channel("contract") / "contract.json"
        return Contract.model_validate_json(path.read_bytes())

    def hosts(self) -> Hosts:
        """The job's hosts; this one alone where nothing is said of others."""
        path = self.root / "input/config/resourceconfig.json"
        said = json.loads(path.read_text()) if path.exists() else {}
        names = tuple(sorted(said.get("hosts", ["algo-1"])))
        return Hosts(names, said.get("current_host", names[0]))

    def channel(self, name: str) -> Path:
        """The folder of a channel; it does not exist when the job has none of that name."""
        return self.root / "input/data" / name

    @property
    def checkpoints(self) -> Path:
        """The folder kept across interruptions."""
        return self._made("checkpoints")

    @property
    def scratch(self) -> Path:
        """A folder that is neither kept nor delivered."""
        return self._made("scratch")

    @property
    def model(self) -> Path:
        """The folder that becomes model.tar.gz."""
        return self._made("model")

    def fail(self, error: Exception) -> None:
        """Leave the sentence that becomes the job's FailureReason."""
        sentence = f"{type(error).__name__}: {error}"
        (self._made("output") / "failure").write_text(sentence[:FAILURE_LIMIT])

    def _made(self, folder: str) -> Path:
        path = self.root / folder
        path.mkdir(parents=True, exist_ok=True)
        return path
