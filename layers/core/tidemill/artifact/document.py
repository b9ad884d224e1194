"""The bytes of an artifact: gzip around two lines of JSON, a seal and the sealed document.

The first line names the format and the SHA-256 of the second, which holds header and graph; so
any altered byte of either is found before a number of it is used.
"""

import gzip
import hashlib
import json
import zlib
from typing import Any

from tidemill.errors import ArtifactError

FORMAT = "tidemill/1"
MAX_BYTES = 512 * 1024 * 1024


def pack(header: dict[str, Any], graph: dict[str, Any]) -> bytes:
    """Seal header and graph; equal content gives equal bytes."""
    document = json.dumps(
        {"header": header, "graph": graph}, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()
    seal = json.dumps({"format": FORMAT, "sha256": hashlib.sha256(document).hexdigest()}).encode()
    return gzip.compress(seal + b"\n" + document, compresslevel=6, mtime=0)


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and graph of sealed bytes; ArtifactError when unreadable, altered or too large."""
    seal_line, _, document = _inflate(data).partition(b"\n")
    seal = _object(seal_line, "seal")
    if seal.get("format") != FORMAT:
        raise ArtifactError(f"the artifact's format is {seal.get('format')!r}, not {FORMAT!r}")
    if seal.get("sha256") != hashlib.sha256(document).hexdigest():
        raise ArtifactError("the artifact's content does not match its SHA-256")
    content = _object(document, "document")
    header, graph = content.get("header"), content.get("graph")
    if not isinstance(header, dict) or not isinstance(graph, dict):
        raise ArtifactError("the artifact lacks its header or its graph")
    return header, graph


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        content = inflater.decompress(data, MAX_BYTES)
    except zlib.error as error:
        raise ArtifactError(f"the artifact is not gzip: {error}") from error
    if not inflater.eof or inflater.unused_data:
        raise ArtifactError(f"the artifact is cut short, padded or over {MAX_BYTES} bytes")
    return content


def _object(line: bytes, part: str) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"the artifact's {part} is not JSON") from error
    if not isinstance(value, dict):
        raise ArtifactError(f"the artifact's {part} is not a JSON object")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
