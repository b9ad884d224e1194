"""A contract's text: a line for each column, aligned, with what is said of it behind it."""

import re
from collections.abc import Iterable, Mapping, Sequence

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
WIDEST_KEY, WIDEST_LINE = 32, 64
LONGEST_KEY = 120


def scalar(value: object) -> str:
    """A value as YAML 1.2 and 1.1 both read it."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    if PLAIN.fullmatch(value) and value.lower() not in WORDS:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    letters = (c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped)
    return f'"{"".join(letters)}"'


def flow(fields: Mapping[str, object]) -> str:
    """A mapping or a list on one line."""
    parts = (
        f"{name}: {_listed(value) if isinstance(value, list) else scalar(value)}"
        for name, value in fields.items()
    )
    return f"{{{', '.join(parts)}}}"


def table(lines: Sequence[tuple[str, Mapping[str, object], str]], indent: int) -> list[str]:
    """Lines of key, fields and comment, in columns as far as most of them need."""
    keys = [f"{scalar(name)}:" for name, _, _ in lines]
    values = [flow(fields) for _, fields, _ in lines]
    key_width = min(WIDEST_KEY, max(map(len, keys)))
    width = min(WIDEST_LINE, max(map(len, values)))
    margin = " " * indent
    return [
        comment(f"{_key(key, margin, key_width)} {value}", said, indent + key_width + 1 + width)
        for key, value, (_, _, said) in zip(keys, values, lines, strict=True)
    ]


def comment(line: str, said: str, width: int = 0) -> str:
    """The line with a comment behind it, from column `width` on."""
    return f"{line:{width}}  # {said}" if said else line


def block(said: Iterable[str]) -> list[str]:
    """Whole lines of comment."""
    return [f"# {line}".rstrip() for line in said]


def _key(key: str, margin: str, width: int) -> str:
    """YAML wants a long key announced."""
    if len(key) > LONGEST_KEY:
        return f"{margin}? {key[:-1]}\n{margin}:"
    return f"{margin}{key:{width}}"


def _listed(values: Iterable[object]) -> str:
    return f"[{', '.join(map(scalar, values))}]"
