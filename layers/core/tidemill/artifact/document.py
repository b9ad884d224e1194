"""The bytes of an artifact: one flat file that can be mapped into memory, with no code in it.

    0  magic, `tidemill/2` and six zeros
    16 bytes in all, then bytes of the JSON document, both unsigned 64-bit integers
    32 SHA-256 of everything but itself
    64 the document: header, graph, and of each block its type, place and count

Blocks follow, each from a multiple of 64 bytes, little-endian. Where the graph says
`{"block": 3}`, the fourth block's numbers stand.
"""

import hashlib
import json
import math
import struct
import sys
from array import array
from typing import Any

from tidemill.errors import ArtifactError

FORMAT = "tidemill/2"
MAGIC = FORMAT.encode().ljust(16, b"\0")
GZIP = b"\x1f\x8b"
ALIGNMENT = 64
MAX_BYTES = 512 * 1024 * 1024
MAX_DOCUMENT = 64 * 1024 * 1024
LONG = 16
TYPES = {"f64": "d", "f32": "f", "i32": "i", "u32": "I", "u16": "H", "u8": "B"}
NAMES = {code: name for name, code in TYPES.items()}
WHOLE = (("B", 0, 0xFF), ("H", 0, 0xFFFF), ("i", -(2**31), 2**31 - 1))

type Buffer = bytes | bytearray | memoryview


def pack(header: dict[str, Any], graph: dict[str, Any]) -> bytes:
    """Seal header and graph; equal content gives equal bytes.

    Arrays, and lists of more than 16 numbers, become blocks.
    """
    blocks: list[array[Any]] = []
    lean = _without_arrays(graph, blocks)
    places: list[list[Any]] = []
    end = 0
    for block in blocks:
        start = _aligned(end)
        places.append([NAMES[block.typecode], start, len(block)])
        end = start + len(block) * block.itemsize
    content = {"header": header, "graph": lean, "blocks": places}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
    body = bytearray(text.ljust(_aligned(len(text)), b"\0"))
    first = len(body)
    for block, (_, start, _) in zip(blocks, places, strict=True):
        body += bytes(first + start - len(body)) + block.tobytes()
    lengths = struct.pack("<QQ", ALIGNMENT + len(body), len(text))
    return MAGIC + lengths + _digest(MAGIC + lengths, body) + bytes(body)


def unpack(data: Buffer, *, known: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and graph of sealed bytes, blocks as views into them; ArtifactError when unfit.

    Bytes `known` to be the registered ones, by a hash that the caller took, are not hashed again.
    """
    view = memoryview(data).cast("B")
    if view[:16] != MAGIC:
        raise ArtifactError(_foreign(bytes(view[:16])))
    if sys.byteorder != "little" or len(view) < ALIGNMENT:
        raise ArtifactError("the artifact is cut short, or this machine is not little-endian")
    total, length = struct.unpack("<QQ", view[16:32])
    if total != len(view) or total > MAX_BYTES or length > min(total - ALIGNMENT, MAX_DOCUMENT):
        raise ArtifactError(f"the artifact is cut short, padded or over {MAX_BYTES} bytes")
    if not known and view[32:64] != _digest(view[:32], view[64:]):
        raise ArtifactError("the artifact's content does not match its SHA-256")
    content = _document(view[ALIGNMENT : ALIGNMENT + length])
    header, graph = content.get("header"), content.get("graph")
    if not isinstance(header, dict) or not isinstance(graph, dict):
        raise ArtifactError("the artifact lacks its header or its graph")
    blocks = _blocks(content.get("blocks"), view[ALIGNMENT + _aligned(length) :])
    try:
        return header, _with_blocks(graph, blocks)
    except RecursionError as error:
        raise ArtifactError("the artifact's graph is too deep") from error


def _foreign(magic: bytes) -> str:
    if magic[:2] == GZIP:
        return f"the artifact's format is 'tidemill/1', not {FORMAT!r}: train the pipeline again"
    return f"the artifact's format is {magic.rstrip(b'\0')!r}, not {FORMAT!r}"


def _digest(head: Buffer, body: Buffer) -> bytes:
    digest = hashlib.sha256(head)
    digest.update(body)
    return digest.digest()


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _without_arrays(value: Any, blocks: list["array[Any]"]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _without_arrays(member, blocks) for key, member in sorted(value.items())}
    block = _array(value)
    if block is not None:
        blocks.append(block)
        return {"block": len(blocks) - 1}
    return [_without_arrays(v, blocks) for v in value] if isinstance(value, list) else value


def _array(value: object) -> "array[Any] | None":
    """The numbers of what is to become a block, in the smallest type that holds them exactly."""
    if isinstance(value, array):
        return value
    if isinstance(value, memoryview):
        return array(value.format, value.tobytes())
    if not isinstance(value, list) or len(value) <= LONG:
        return None
    kinds = set(map(type, value))
    if kinds == {int}:
        low, high = min(value), max(value)
        fitting = [code for code, least, most in WHOLE if least <= low and high <= most]
        return array(fitting[0], value) if fitting else None
    if kinds != {float}:
        return None
    if not all(map(math.isfinite, value)):
        raise ValueError("an artifact's numbers are finite")
    return array("d", value)


def _document(text: memoryview) -> dict[str, Any]:
    try:
        value = json.loads(bytes(text), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ArtifactError("the artifact's document is not JSON") from error
    if not isinstance(value, dict):
        raise ArtifactError("the artifact's document is not a JSON object")
    return value


def _blocks(places: object, body: memoryview) -> list[memoryview]:
    """Views of the blocks, which lie in order, apart, within the file."""
    if not isinstance(places, list):
        raise ArtifactError("the artifact has no list of blocks")
    blocks: list[memoryview[Any]] = []
    end = 0
    for place in places:
        match place:
            case [str(name), int(start), int(count)] if name in TYPES and count >= 0:
                code = TYPES[name]
            case _:
                raise ArtifactError(f"{place!r} describes no block")
        stop = start + count * struct.calcsize(code)
        if start != _aligned(end) or stop > len(body):
            raise ArtifactError(f"block {len(blocks)} lies outside the artifact or its order")
        block: memoryview[Any] = body[start:stop].cast(code)  # type: ignore[call-overload]
        if code in "df" and not all(map(math.isfinite, block)):
            raise ArtifactError(f"block {len(blocks)} holds a number that is not finite")
        blocks.append(block)
        end = stop
    return blocks


def _with_blocks(value: Any, blocks: list[memoryview]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_with_blocks(member, blocks) for member in value]
    if not isinstance(value, dict):
        return value
    if value.keys() != {"block"}:
        return {key: _with_blocks(member, blocks) for key, member in value.items()}
    number = value["block"]
    if type(number) is not int or not 0 <= number < len(blocks):
        raise ArtifactError(f"the artifact has no block {number!r}")
    return blocks[number]


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
