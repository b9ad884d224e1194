"""The package `tidemill_native`, its libraries compiled by Zig for a system and a processor.

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
BUILT = ROOT / ".build" / "native"
CACHE = ROOT / ".build" / "zig-cache"
SHIPPED = {".py", ".pyi", ".typed"}
FLAGS = ("-O", "ReleaseFast", "-fstrip", "-fPIC")


@dataclass(frozen=True)
class Library:
    """A root source, and what is compiled once more for better processors of the architecture.

    An extension of Python finds its symbols in the program that loads it.
    """

    source: str
    accelerated: str
    processors: dict[str, str]
    is_extension: bool = False


@dataclass(frozen=True)
class Target:
    """What Zig calls a system and the least of its processors."""

    triple: str
    processor: str

    @property
    def architecture(self) -> str:
        """What Zig calls the architecture."""
        return self.triple.partition("-")[0]


# Without fused multiplication: what is rounded once on one processor is rounded twice on another.
AVX2 = "x86_64_v2+avx2+bmi+bmi2+lzcnt-slow_unaligned_mem_32"
LIBRARIES = {
    "kernels.so": Library("kernels.zig", "accelerated.zig", {"x86_64": "x86_64_v2+avx2+sha"}),
    "scoring.abi3.so": Library(
        "scoring.zig", "accelerated_scoring.zig", {"x86_64": AVX2}, is_extension=True
    ),
}
TARGETS = {
    ("linux", "x86_64"): Target("x86_64-linux-gnu.2.28", "x86_64_v2"),
    ("linux", "arm64"): Target("aarch64-linux-gnu.2.28", "neoverse_n1"),  # Graviton 2 and later
    ("darwin", "x86_64"): Target("x86_64-macos", "x86_64_v2"),
    ("darwin", "arm64"): Target("aarch64-macos", "apple_m1"),
}


def staged(architecture: str, system: str = "linux") -> Path:
    """A folder that holds the package with its libraries, built unless an equal one is there."""
    target = TARGETS[system, architecture]
    folder = BUILT / f"{system}-{architecture}-{recipe(target)}"
    if not folder.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT) as scratch:
            draft = Path(scratch) / folder.name
            (draft / PACKAGE).mkdir(parents=True)
            for file in _modules(SOURCE):
                shutil.copy(file, draft / PACKAGE / file.name)
            for name in LIBRARIES:
                compile_library(target, draft / PACKAGE / name, scratch=Path(scratch), cache=CACHE)
            _settle(draft, folder)
    return folder


def recipe(target: Target, *, source: Path = SOURCE, compiler: str | None = None) -> str:
    """Sixteen digits of all that the package is made of: sources, compiler, flags, target."""
    compiler = compiler or version("ziglang")
    digest = hashlib.sha256(f"2 {compiler} {FLAGS} {LIBRARIES} {target}".encode())
    for file in (*sorted(source.glob("*.zig")), *_modules(source)):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def compile_library(target: Target, library: Path, *, scratch: Path, cache: Path) -> None:
    """Compile what goes by the file's name: for Linux to the same bytes anywhere.

    RuntimeError with Zig's report.
    """
    recipe = LIBRARIES[library.name]
    objects = []
    if accelerated := recipe.processors.get(target.architecture):
        objects.append(str(scratch / f"{recipe.accelerated}.o"))
        source = (recipe.accelerated, f"-femit-bin={objects[0]}")
        _zig("build-obj", *source, *_flags(target, accelerated), cache=cache)
    emitted = ["-dynamic", f"-fsoname={library.name}", f"-femit-bin={library}"]
    if recipe.is_extension:
        emitted.append("-fallow-shlib-undefined")
    _zig("build-lib", recipe.source, *objects, *emitted, *_flags(target), cache=cache)


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
    return sorted(file for file in (source / PACKAGE).iterdir() if file.suffix in SHIPPED)


def _settle(draft: Path, folder: Path) -> None:
    """Put the draft in its place, unless another build was faster."""
    try:
        draft.rename(folder)
    except OSError:
        if not folder.exists():
            raise


def main() -> None:
    """Compile for this machine and put the libraries where the package looks for them."""
    machine = {"aarch64": "arm64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    if (sys.platform, machine) not in TARGETS:
        sys.exit(f"setup: {sys.platform} on {machine} is no target in infra/blocks/native.py")
    built = staged(machine, sys.platform) / PACKAGE
    for name in LIBRARIES:
        beside = SOURCE / PACKAGE / f"{name}.{os.getpid()}"
        shutil.copy(built / name, beside)
        beside.replace(SOURCE / PACKAGE / name)


if __name__ == "__main__":
    main()
