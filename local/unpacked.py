"""Code and layer archives, unpacked once and shared by every worker that uses them."""

import hashlib
import threading
import zipfile
from io import BytesIO
from pathlib import Path


class Unpacked:
    """Folders named by their archive's digest, below one root."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()

    def folder(self, archive: bytes) -> Path:
        """The folder holding the archive's content; raises ValueError on a path outside it."""
        target = self._root / hashlib.sha256(archive).hexdigest()[:32]
        with self._lock:
            if not target.exists():
                self._extract(archive, target)
        return target

    def _extract(self, archive: bytes, target: Path) -> None:
        partial = target.with_suffix(".partial")
        with zipfile.ZipFile(BytesIO(archive)) as content:
            for name in content.namelist():
                if not (partial / name).resolve().is_relative_to(partial.resolve()):
                    raise ValueError(f"archive entry {name!r} leaves its folder")
            content.extractall(partial)
        partial.rename(target)
