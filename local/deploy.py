"""Brings the unmodified CDK application onto the local cloud with the real CDK command line."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from local.errors import DeployError
from local.settings import ACCESS_KEY, ACCOUNT, REGION, SECRET_KEY
from local.toolchain import Toolchain

type Report = Callable[[str], None]

_EVENT = re.compile(r"^(?P<stack>\S+) \|\s*(?P<done>\d+)/(?P<total>\d+) \|")
_ERROR = re.compile(r"error|fail|❌|exception", re.IGNORECASE)
_TAIL = 12


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of the application in `root` to `endpoint`, logged under `state_dir`.

    `choices` are what a deployment decides itself, by the names of `infra.settings.CHOICES`.
    """

    root: Path
    state_dir: Path
    endpoint: str
    choices: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, report: Report) -> None:
        """Synthesise once, bootstrap meanwhile, deploy all; raises DeployError with the reason."""
        assembly = str(self.state_dir / "cdk.out")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.write_bytes(b"")
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir()
        # Away from cdk.json, or bootstrapping would synthesise the application for itself.
        with self._cdk(["bootstrap", f"aws://{ACCOUNT}/{REGION}"], self.state_dir) as bootstrap:
            report("synthesise")
            chosen = [f"--context={name}={value}" for name, value in self.choices.items()]
            arguments = ["synth", "--quiet", "--output", assembly, *chosen]
            with self._cdk(arguments, self.root) as synth:
                self._follow("synthesise", synth, report)
            report("bootstrap")
            self._follow("bootstrap", bootstrap, report)
        report("deploy")
        arguments = [
            *("deploy", "--all", "--app", assembly, "--require-approval", "never"),
            *("--concurrency", "4", "--progress", "events", "--asset-parallelism"),
        ]
        with self._cdk(arguments, self.root) as deploy:
            self._follow("deploy", deploy, report)

    @property
    def _scratch(self) -> Path:
        """Where the CDK's programs leave what they forget when they are interrupted."""
        return self.state_dir / "tmp"

    @property
    def _log(self) -> Path:
        return self.state_dir / "logs" / "deploy.log"

    @contextmanager
    def _cdk(self, arguments: list[str], folder: Path) -> Iterator[subprocess.Popen[str]]:
        """A CDK command that is running, and has ended with all it started afterwards."""
        process = subprocess.Popen(
            [*Toolchain(self.root).cdk(), *arguments, "--no-notices"],
            cwd=folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        with process:
            try:
                yield process
            except BaseException:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise

    def _follow(self, name: str, process: subprocess.Popen[str], report: Report) -> None:
        lines: list[str] = []
        with self._log.open("a", encoding="utf-8") as file:
            for line in process.stdout or ():
                file.write(line)
                lines.append(line.rstrip())
                event = _EVENT.match(line)
                if event:
                    report("{stack} {done}/{total}".format(**event.groupdict()))
        if process.wait() != 0:
            raise DeployError(f"Could not {name} the application ({self._log}):\n{_reason(lines)}")

    def _environment(self) -> dict[str, str]:
        tools = Toolchain(self.root)
        # Everything of the user's but AWS: layers are installed through their proxy and index.
        inherited = {name: v for name, v in os.environ.items() if not name.startswith("AWS_")}
        return inherited | {
            "PATH": f"{tools.bin_dir}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "LANG": "C.UTF-8",
            "TMPDIR": str(self._scratch),
            "CI": "true",
            "NO_COLOR": "1",
            "TIDEMILL_STAGE": "local",
            "CDK_DEFAULT_ACCOUNT": ACCOUNT,
            "CDK_DEFAULT_REGION": REGION,
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def _reason(lines: list[str]) -> str:
    """The lines that say what went wrong, or the last ones when none does."""
    telling = [line for line in lines if _ERROR.search(line)]
    return "\n".join((telling or lines)[-_TAIL:])
