"""Loops over whole columns of text, compiled from Zig: keyed tokens and 64-bit hashes.

A column is an Arrow array of type `string` or `binary`, or a slice of one, read where it lies: this
package needs no pyarrow. What stands for a null is that of some text: callers mask it. The GIL is
released while a column is worked off.
"""

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

TOKEN_BYTES = 16
HASH_BYTES = 8
LIBRARY = Path(__file__).with_name("kernels.so")
_OFFSET_BYTES = 4


class Buffer(Protocol):
    """A run of bytes in memory."""

    @property
    def address(self) -> int: ...


class Texts(Protocol):
    """An Arrow array of texts, such as pyarrow's StringArray and BinaryArray."""

    @property
    def type(self) -> object: ...
    @property
    def offset(self) -> int: ...
    def __len__(self) -> int: ...
    def buffers(self) -> Sequence[Buffer | None]: ...


class _Texts(ctypes.Structure):
    """As `texts.zig` declares it."""

    _fields_ = (
        ("offsets", ctypes.c_void_p),
        ("data", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
    )


def hmac_tokens(texts: Texts, key: bytes) -> bytearray:
    """16 bytes a text: the first half of its HMAC-SHA256 (RFC 2104), under a key of any length.

    TypeError where the array's type is another.
    """
    tokens = bytearray(TOKEN_BYTES * len(texts))
    if tokens:
        _KERNELS.hmac_tokens(_laid_out(texts), key, len(key), _writable(tokens))
    return tokens


def hash_texts(texts: Texts, seed: int = 0) -> bytearray:
    """8 bytes a text, an uint64 of this machine: its XXH3, seeded with up to 64 bits.

    TypeError where the array's type is another.
    """
    hashes = bytearray(HASH_BYTES * len(texts))
    if hashes:
        _KERNELS.hash_texts(_laid_out(texts), seed, _writable(hashes))
    return hashes


def _laid_out(texts: Texts) -> _Texts:
    """Where the texts are; there is at least one."""
    if str(texts.type) not in {"string", "binary"}:
        raise TypeError(f"texts are an array of {texts.type}: cast it to string or binary")
    _, offsets, data = texts.buffers()
    if offsets is None:
        raise TypeError("texts are an array without offsets: validate it where it is made")
    first = offsets.address + texts.offset * _OFFSET_BYTES
    return _Texts(first, data.address if data else first, len(texts))


def _writable(array: bytearray) -> ctypes.Array[ctypes.c_char]:
    return (ctypes.c_char * len(array)).from_buffer(array)


def _load(library: Path) -> ctypes.CDLL:
    """The compiled kernels; ImportError that says how to come by them."""
    try:
        kernels = ctypes.CDLL(str(library))
    except OSError as error:
        raise ImportError(f"{error}: `make setup` compiles it for this machine") from error
    texts, size, out = ctypes.POINTER(_Texts), ctypes.c_size_t, ctypes.c_void_p
    for tokens in (kernels.hmac_tokens, kernels.hmac_tokens_baseline):
        tokens.argtypes, tokens.restype = (texts, ctypes.c_char_p, size, out), None
    kernels.hash_texts.argtypes = (texts, ctypes.c_uint64, out)
    kernels.hash_texts.restype = None
    return kernels


_KERNELS = _load(LIBRARY)
