"""The code of a verb as it is deployed: its own folder alone, compiled.

Lambda can write nothing beside it, so every cold start would compile it anew.
"""

import compileall
import shutil
import tempfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from py_compile import PycInvalidationMode

from aws_cdk import AssetHashType
from aws_cdk import aws_lambda as lambda_

from infra.blocks.layers import ROOT, fingerprint

FUNCTIONS = ROOT / "functions"
BUILT = ROOT / ".build" / "functions"


def code_of(room: str, verb: str) -> lambda_.Code:
    """The asset of a verb; another one only when a file in the verb's folder is."""
    folder = compiled(room, verb)
    return lambda_.Code.from_asset(
        str(folder), asset_hash=folder.name, asset_hash_type=AssetHashType.CUSTOM
    )


def compiled(room: str, verb: str) -> Path:
    """A folder that has the verb's under the path it is imported by, and nothing beside it."""
    source = FUNCTIONS / room / verb
    folder = BUILT / f"{room}-{verb}-{fingerprint(source, MAGIC_NUMBER.hex())}"
    if not folder.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=BUILT) as scratch:
            draft = Path(scratch) / "task"
            unwanted = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, draft / room / verb, ignore=unwanted)
            compileall.compile_dir(
                draft,
                quiet=1,
                stripdir=str(draft),
                prependdir="/var/task",
                invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
            )
            _settle(draft, folder)
    return folder


def _settle(draft: Path, folder: Path) -> None:
    """Give the folder its place, unless another process has just done so."""
    try:
        draft.rename(folder)
    except OSError:
        if not folder.exists():
            raise
