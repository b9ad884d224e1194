"""The package `tidemill_native`, its kernels compiled by Zig for a system and a processor.

`python -m infra.blocks.native` compiles it for this machine, beside its own source.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "layers" / "native"
PACKAGE = "tidemill_native"
LIBRARY = "kernels.so"
BUILT = ROOT / ".build" / "native"
CACHE = ROOT / ".build" / "zig-cache"
FLAGS = ("-O", "ReleaseFast", "-fstrip", "-fPIC")


@dataclass(frozen=True)
class Target:
    """What Zig calls a system and the least of its processors, with what better ones add."""

    triple: str
    processor: str
    accelerated: str | None = None


SHA = "x86_64_v2+avx2+sha"
TARGETS = {
    ("linux", "x86_64"): Target("x86_64-linux-gnu.2.28", "x86_64_v2", SHA),
    ("linux", "arm64"): Target("aarch64-linux-gnu.2.28", "neoverse_n1"),  # Graviton 2 and later
    ("darwin", "x86_64"): Target("x86_64-macos", "x86_64_v2", SHA),
    ("darwin", "arm64"): Target("aarch64-macos", "apple_m1"),
}


def staged(architecture: str, system: str = "linux") -> Path:
    """A folder that holds the package with its library, built unless an equal one is there."""
    target = TARGETS[system, architecture]
    folder = BUILT / f"{system}-{architecture}-{recipe(target)}"
    if not folder.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT) as scratch:
            draft = Path(scratch) / folder.name
            (draft / PACKAGE).mkdir(parents=True)
            for file in _modules(SOURCE):
                shutil.copy(file, draft / PACKAGE / file.name)
            compile_kernels(target, draft / PACKAGE / LIBRARY, scratch=Path(scratch), cache=CACHE)
            _settle(draft, folder)
    return folder


def recipe(target: Target, *, source: Path = SOURCE, compiler: str | None = None) -> str:
    """Sixteen digits of all that the package is made of: sources, compiler, flags, target."""
    compiler = compiler or version("ziglang")
    digest = hashlib.sha256(f"1 {compiler} {FLAGS} {target}".encode())
    for file in (*sorted(source.glob("*.zig")), *_modules(source)):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def compile_kernels(target: Target, library: Path, *, scratch: Path, cache: Path) -> None:
    """Compile the kernels: for Linux to the same bytes anywhere. RuntimeError with Zig's report."""
    objects = []
    if target.accelerated:
        objects.append(str(scratch / "accelerated.o"))
        source = ("accelerated.zig", f"-femit-bin={objects[0]}")
        _zig("build-obj", *source, *_flags(target, target.accelerated), cache=cache)
    emitted = ("-dynamic", "-fsoname=kernels.so", f"-femit-bin={library}")
    _zig("build-lib", "kernels.zig", *objects, *emitted, *_flags(target), cache=cache)


def _flags(target: Target, processor: str | None = None) -> tuple[str, ...]:
    return (*FLAGS, "-target", target.triple, "-mcpu", processor or target.processor)


def _zig(*arguments: str, cache: Path) -> None:
    result = subprocess.run(  # noqa: S603 - the compiler that requirements.txt pins
        [sys.executable, "-m", "ziglang", *arguments],
        cwd=SOURCE,
        env={**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(cache), "ZIG_LOCAL_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(f"zig {' '.join(arguments)}: {result.stderr.strip()}")


def _modules(source: Path) -> list[Path]:
    return sorted(file for file in (source / PACKAGE).iterdir() if file.suffix in {".py", ".typed"})


def _settle(draft: Path, folder: Path) -> None:
    """Put the draft in its place, unless another build was faster."""
    try:
        draft.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def main() -> None:
    """Compile for this machine and put the library where the package looks for it."""
    machine = {"aarch64": "arm64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    if (sys.platform, machine) not in TARGETS:
        sys.exit(f"setup: {sys.platform} on {machine} is no target in infra/blocks/native.py")
    built = staged(machine, sys.platform) / PACKAGE / LIBRARY
    beside = SOURCE / PACKAGE / f"{LIBRARY}.{os.getpid()}"
    shutil.copy(built, beside)
    beside.replace(SOURCE / PACKAGE / LIBRARY)


if __name__ == "__main__":
    main()
