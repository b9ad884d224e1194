"""The compiled package: in the layer and the image that need it, for their own processor."""

import os
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.blocks import native
from infra.blocks.job_image import context
from infra.blocks.layers import built

MACHINES = {"x86_64": 0x3E, "arm64": 0xB7}
INSIDE = [f"python/{native.PACKAGE}/{name}" for name in native.LIBRARIES]


def machine(library: bytes) -> int:
    """The processor an ELF file is for."""
    assert library[:4] == b"\x7fELF"
    number: int = struct.unpack_from("<H", library, 18)[0]
    return number


@pytest.mark.parametrize("architecture", MACHINES)
@pytest.mark.parametrize("name", ["tabular", "inference"])
def test_layers_bring_it(name: str, architecture: str) -> None:
    """The package with its libraries, compiled for the layer's processor; no source of it."""
    layer = zipfile.ZipFile(built(name, architecture))
    for library in INSIDE:
        assert machine(layer.read(library)) == MACHINES[architecture]
    assert f"python/{native.PACKAGE}/__init__.py" in layer.namelist()
    assert not [file for file in layer.namelist() if file.endswith(".zig")]
    assert not {*INSIDE} & {*zipfile.ZipFile(built("core", architecture)).namelist()}


@pytest.mark.parametrize("architecture", MACHINES)
@pytest.mark.parametrize("name", native.LIBRARIES)
def test_it_needs_nothing_of_the_machine(name: str, architecture: str) -> None:
    """No library, and no version of one, is asked for."""
    library = (native.staged(architecture) / native.PACKAGE / name).read_bytes()
    assert b"GLIBC" not in library
    assert b".so." not in library


def test_no_product_and_sum_are_fused() -> None:
    """Each is rounded on its own, as on any processor: no instruction of arm64 does both.

    Encodings: Arm Architecture Reference Manual, C4.1, "Floating-point data-processing (3 source)"
    and the vector forms of FMLA and FMLS.
    """
    library = (native.staged("arm64") / native.PACKAGE / "scoring.abi3.so").read_bytes()
    words = memoryview(library[: len(library) // 4 * 4]).cast("I")
    assert any(word & 0xFFE0FC00 == 0x1E600800 for word in words)  # FMUL of doubles is there
    fused = [(0xFF000000, 0x1F000000), (0xBF20FC00, 0x0E20CC00), (0xBF80B400, 0x0F801000)]
    code = _text_of(library).cast("I")
    assert not [hex(word) for word in code for mask, bits in fused if word & mask == bits]


def _text_of(library: bytes) -> memoryview:
    """The executable section of a 64-bit ELF file."""
    start, size, count = (
        *struct.unpack_from("<Q", library, 40),
        *struct.unpack_from("<HH", library, 58),
    )
    for k in range(count):
        _, kind, flags, _, offset, length = struct.unpack_from("<IIQQQQ", library, start + k * size)
        if kind == 1 and flags & 4 and length > 1024:
            return memoryview(library)[offset : offset + length // 4 * 4]
    raise AssertionError("no code")


@pytest.mark.parametrize("name", native.LIBRARIES)
def test_compiling_it_again_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    """Elsewhere, with nothing left from the last time: a layer's address is its content's."""
    staged = native.staged("arm64") / native.PACKAGE / name
    again = tmp_path / name
    target = native.TARGETS["linux", "arm64"]
    native.compile_library(target, again, scratch=tmp_path, cache=tmp_path / "cache")
    assert again.read_bytes() == staged.read_bytes()


def test_what_it_is_made_of_is_in_its_address(tmp_path: Path) -> None:
    """A change of any source, of the compiler or of the target is another layer."""
    target = native.TARGETS["linux", "x86_64"]
    first = native.recipe(target)
    assert native.recipe(native.TARGETS["linux", "arm64"]) != first
    assert native.recipe(target, compiler="0.0.1") != first
    source = tmp_path / "native"
    shutil.copytree(native.SOURCE, source)
    assert native.recipe(target, source=source) == first
    for file in [*source.glob("*.zig"), source / native.PACKAGE / "__init__.py"]:
        before = native.recipe(target, source=source)
        file.write_text(f"{file.read_text()}\n")
        assert native.recipe(target, source=source) != before


def test_a_source_that_does_not_compile_says_why(tmp_path: Path) -> None:
    """With the compiler's own words."""
    with pytest.raises(RuntimeError, match="abacus"):
        native.compile_library(
            native.Target("x86_64-linux-gnu.2.28", "abacus"),
            tmp_path / "kernels.so",
            scratch=tmp_path,
            cache=native.CACHE,
        )


def test_the_image_of_jobs_brings_it() -> None:
    """A job reads drops by the same code, on x86-64."""
    program = Path(context("ingestion/ingest")) / "program"
    for name in native.LIBRARIES:
        library = program / native.PACKAGE / name
        assert machine(library.read_bytes()) == MACHINES["x86_64"]


@pytest.mark.skipif(sys.platform != "linux", reason="layers are for Linux")
def test_a_layer_alone_can_be_imported(tmp_path: Path) -> None:
    """Of this machine's processor, with nothing of the development environment."""
    architecture = "arm64" if os.uname().machine == "aarch64" else "x86_64"
    with zipfile.ZipFile(built("tabular", architecture)) as layer:
        layer.extractall(tmp_path)
    program = f"""
import sys; sys.path.append("{tmp_path}/python")
import pyarrow, tidemill_native.texts as native
tokens = native.hmac_tokens(pyarrow.array(["Hi There"]), bytes([11]) * 20)
print(native.__file__, tokens.hex())
"""
    done = subprocess.run(  # noqa: S603 - the program above
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [
        f"{tmp_path}/python/{native.PACKAGE}/texts.py",
        "b0344c61d8db38535ca8afceaf0bf12b",
    ], done.stderr
