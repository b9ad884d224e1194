"""Where set-up puts the interpreters and tools the local cloud starts."""

import socket
from dataclasses import dataclass
from pathlib import Path

from local.errors import MissingToolError, PortInUseError

_HINT = "run `make setup` first"


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The tools of one checkout, by path; each raises MissingToolError when it is absent."""

    root: Path

    @property
    def cloud_python(self) -> Path:
        """Runs the server."""
        return self._python("cloud")

    @property
    def lambda_python(self) -> Path:
        """Runs functions: Python and boto3, as on Lambda."""
        return self._python("lambda")

    @property
    def training_python(self) -> Path:
        """Runs training: what the training image holds."""
        return self._python("training")

    @property
    def node(self) -> Path:
        """Runs the CDK, and the functions it brings for custom resources."""
        return _present(self.bin_dir / "node", "Node")

    @property
    def bin_dir(self) -> Path:
        """Holds the development environment's programs: python, node, uv."""
        return self.root / ".venv" / "bin"

    def cdk(self) -> list[str]:
        """The CDK command line, without npx and without a Node of the user's own."""
        cdk = _present(self.root / "node_modules" / "aws-cdk" / "bin" / "cdk", "The CDK")
        return [str(self.node), str(cdk)]

    def _python(self, name: str) -> Path:
        path = self.root / ".local" / "venvs" / name / "bin" / "python"
        return _present(path, f"The {name} environment")


def _present(path: Path, what: str) -> Path:
    if not path.exists():
        raise MissingToolError(f"{what} is missing ({path}): {_HINT}.")
    return path


def check_port(port: int) -> None:
    """Raise PortInUseError unless the port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise PortInUseError(
                f"Port {port} is in use by another program: "
                f"choose a free one, as in `make up PORT={port + 1}`."
            ) from error


def free_port() -> int:
    """A port nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
