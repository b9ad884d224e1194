"""Unzipped megabytes: the function that answers with its layers, and the usual sample's packages.

    python -m bench.packages

Both for either processor; the sample's as uv installs them, without compiled modules, ours with.
"""

import zipfile
from pathlib import Path

from bench.environments import folder_of
from bench.targets import BOARD
from infra.blocks.layers import PLATFORMS, ROOT, built

LAYERS = ("inference",)
FUNCTION = ROOT / "functions" / "inference" / "predict"
MOST_MB = 15.0


def main() -> None:
    """Print a line per processor."""
    print("package, unzipped")
    for architecture, platform in PLATFORMS.items():
        mine, theirs = ours(architecture), sample(platform)
        both = f"sample {theirs:7.1f} MB   ours {mine:5.2f} MB"
        print(f"  {architecture:8} {both} {theirs / mine:6.0f} x")
        BOARD.hold(f"package on {architecture}", mine, MOST_MB, unit="MB", most=True)


def ours(architecture: str) -> float:
    """Megabytes of the function's folder and of its layers."""
    layers = (zipfile.ZipFile(built(name, architecture)) for name in LAYERS)
    unpacked = sum(file.file_size for layer in layers for file in layer.filelist)
    return (unpacked + _bytes(FUNCTION, "*.py")) / 1e6


def sample(platform: str) -> float:
    """Megabytes of pandas, scikit-learn and joblib with all that they need."""
    return _bytes(folder_of("sample", platform), "*") / 1e6


def _bytes(folder: Path, pattern: str) -> int:
    return sum(file.stat().st_size for file in folder.rglob(pattern) if file.is_file())


if __name__ == "__main__":
    main()
    print(BOARD.table())
