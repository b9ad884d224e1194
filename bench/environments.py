"""What the benchmarks compare with, each in an environment of its own, made on first use."""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCKS = Path(__file__).parent / "peers"
BUILT = ROOT / ".build" / "bench"


def environment(name: str) -> Path:
    """The Python of a virtual environment that holds what `peers/<name>.txt` says, compiled."""
    lock, folder = _place(name, "venv")
    if not (folder / ".done").exists():
        _uv("venv", "--clear", "--python", sys.executable, str(folder))
        python = str(folder / "bin" / "python")
        _uv("pip", "install", "--compile-bytecode", "--python", python, "-r", str(lock))
        (folder / ".done").touch()
    return folder / "bin" / "python"


def folder_of(name: str, platform: str, *, compiled: bool = False) -> Path:
    """What `peers/<name>.txt` says as a function's package for a platform of uv's."""
    lock, folder = _place(name, f"{platform}{'-compiled' if compiled else ''}")
    if not (folder / ".done").exists():
        options = ["--compile-bytecode"] if compiled else []
        target = ["--python-platform", platform, "--python-version", "3.13"]
        _uv("pip", "install", *options, *target, "--only-binary", ":all:",
            "--target", str(folder), "-r", str(lock))  # fmt: skip
        (folder / ".done").touch()
    return folder


def _place(name: str, kind: str) -> tuple[Path, Path]:
    lock = LOCKS / f"{name}.txt"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    BUILT.mkdir(parents=True, exist_ok=True)
    return lock, BUILT / f"{name}-{kind}-{digest}"


def _uv(*arguments: str) -> None:
    """RuntimeError with what uv says."""
    command = [str(Path(sys.executable).with_name("uv")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own tool
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr.strip()}")
