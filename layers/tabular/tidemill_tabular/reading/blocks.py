"""A stream of lines cut into blocks that end where a line does, in bounded memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

BLOCK_BYTES = 4 << 20
LONGEST_ROW = 1 << 20
EXCERPT = 200
TOO_LONG = f"is longer than {LONGEST_ROW >> 20} MiB; is a line end or a quote missing?"


@dataclass(frozen=True)
class Block:
    """Whole lines; `last` where none that follow may belong to them.

    `overlong` is the beginning of a single line that is longer than a row may be, instead.
    """

    data: bytes
    last: bool = False
    overlong: bytes | None = None


def cut(stream: BinaryIO, size: int = BLOCK_BYTES, longest: int = LONGEST_ROW) -> Iterator[Block]:
    """Blocks of about `size` bytes; the last one may end without a line end.

    A read of fewer bytes than asked for is taken for the stream's end.
    """
    rest = b""
    while chunk := stream.read(size):
        data = rest + chunk
        if len(chunk) < size:
            yield Block(data, last=True)
            return
        end = block_end(data, longest)
        if end:
            yield Block(data[:end])
        rest = data[end:]
        if len(rest) > longest and not _last_end(rest, len(rest)):
            yield Block(b"", overlong=rest[:EXCERPT])
            rest = _after_line(stream, size)
    if rest:
        yield Block(rest, last=True)


def block_end(data: bytes, longest: int) -> int:
    """Where to cut: behind the last line end outside quotes, as far as their number tells; or 0."""
    end = _last_end(data, len(data))
    quotes = data.count(b'"', 0, end)
    lines = b"\r" not in data
    at = end
    while quotes % 2 and at > max(0, end - longest):
        before = data.rfind(b"\n", 0, at - 1) + 1 if lines else _last_end(data, at - 1)
        quotes -= data.count(b'"', before, at)
        at = before
    return end if quotes % 2 else at


def _last_end(data: bytes, limit: int) -> int:
    return max(data.rfind(b"\n", 0, limit), data.rfind(b"\r", 0, limit)) + 1


def _after_line(stream: BinaryIO, size: int) -> bytes:
    """Read on to the next line end; what was read behind it."""
    while chunk := stream.read(size):
        ends = [at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0]
        if ends:
            return chunk[min(ends) + 1 :]
    return b""
