"""Lambda layers, built without Docker from locked requirements for the other architecture too."""

import compileall
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from fnmatch import fnmatch
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Literal

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.blocks import native
from infra.blocks.room import Room

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / ".build" / "layers"
PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}

# What no function needs: other languages' interfaces, tests, network file systems and Flight.
UNUSED = (
    "bin/*",
    "*.pyc",
    "*.pxd",
    "*.pxi",
    "*.pyx",
    "pyarrow/include/*",
    "pyarrow/includes/*",
    "pyarrow/src/*",
    "pyarrow/tests/*",
    "pyarrow/*flight*",
    "pyarrow/_substrait*",
    "pyarrow/*_s3*",
    "pyarrow/_azurefs*",
    "pyarrow/_gcsfs*",
    "pyarrow/_hdfs*",
    "pyarrow/_orc*",
    "pyarrow/_pyarrow_cpp_tests*",
    "pyarrow/libarrow_python*.so",
    "pyarrow/libarrow_python*.so.*.*",
)
RECIPE = f"1 {UNUSED}"
COMPILED = {"tabular", "inference"}  # come with `tidemill_native`
ALONE = {"inference"}  # come with `tidemill`, of which some modules need the core layer's packages
CORE = ROOT / "layers" / "core"
type Name = Literal["core", "tabular", "inference", "access"]


class LockedLayer(lambda_.LayerVersion):
    """The folder `layers/<name>`; a version in each room, for an exported one cannot be replaced.

    (CloudFormation refuses to change an export that another stack imports.)
    """

    def __init__(self, scope: Construct, name: Name) -> None:
        settings = Room.of_construct(scope).settings
        archive = built(name, settings.architecture)
        super().__init__(
            scope,
            f"{name.title()}Layer",
            code=lambda_.Code.from_asset(
                str(archive), asset_hash=archive.stem, asset_hash_type=AssetHashType.CUSTOM
            ),
            compatible_architectures=[settings.lambda_architecture],
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            removal_policy=settings.removal_policy,
        )


def built(name: str, architecture: str) -> Path:
    """The layer's archive, built unless an equal one is there."""
    source = ROOT / "layers" / name
    folders = [source, *_shared(name, architecture)]
    recipe = f"{RECIPE} {architecture}"
    for folder in folders:
        recipe = fingerprint(folder, recipe)
    archive = BUILT / f"{name}-{architecture}-{recipe}.zip"
    if not archive.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT) as scratch:
            python = Path(scratch) / "python"
            _install(source / "requirements.txt", python, PLATFORMS[architecture])
            for folder in folders:
                _copy_packages(folder, python)
            partial = Path(scratch) / "layer.zip"
            _archive(python, partial)
            partial.replace(archive)
    return archive


def _shared(name: str, architecture: str) -> list[Path]:
    """Folders beside the layer's own whose packages it brings."""
    shared = [CORE] if name in ALONE else []
    return [*shared, native.staged(architecture)] if name in COMPILED else shared


def fingerprint(folder: Path, salt: str = "") -> str:
    """Sixteen digits that change when a file of the folder does; caches do not count."""
    digest = hashlib.sha256(salt.encode())
    for file in _files(folder):
        digest.update(f"{file}\0".encode() + (folder / file).read_bytes())
    return digest.hexdigest()[:16]


def _files(folder: Path) -> list[Path]:
    found = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return [file.relative_to(folder) for file in found]


def _install(lock: Path, target: Path, platform: str) -> None:
    target.mkdir()
    if "==" not in lock.read_text():
        return
    command = [
        *(str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet"),
        *("--require-hashes", "--requirement", str(lock), "--target", str(target)),
        *("--python-platform", platform, "--python-version", "3.13"),
        *("--only-binary", ":all:", "--link-mode", "copy"),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode:
        raise RuntimeError(f"{lock}: {result.stderr.strip()}")


def _copy_packages(source: Path, target: Path) -> None:
    """Copy the packages that are in the folder, if there are any."""
    for package in (folder for folder in source.iterdir() if (folder / "__init__.py").exists()):
        for file in _files(package):
            copy = target / package.name / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((package / file).read_bytes())


def _archive(python: Path, archive: Path) -> None:
    """Zip what is needed, compiled; equal content gives an equal archive, whenever it is built."""
    for file in python.rglob("*"):
        name = file.relative_to(python).as_posix()
        if file.is_file() and any(fnmatch(name, pattern) for pattern in UNUSED):
            file.unlink()
    compileall.compile_dir(
        python,
        quiet=1,
        stripdir=str(python),
        prependdir="/opt/python",
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as layer:
        for file in sorted(python.rglob("*")):
            if file.is_file():
                inside = Path("python") / file.relative_to(python)
                entry = zipfile.ZipInfo(inside.as_posix())
                entry.external_attr = 0o100644 << 16
                layer.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
