"""What a record has counted, by name: a delivery that comes again adds nothing."""

from collections.abc import Mapping
from typing import Any


def is_counted(record: Mapping[str, Any], name: str) -> bool:
    """Whether the record remembers the name."""
    return name in record.get("seen", [])


def counting(record: Mapping[str, Any], name: str, most: int) -> list[str]:
    """What the record is to remember as `seen`: the newest names, the last of them this one."""
    return [*record.get("seen", []), name][-most:]
