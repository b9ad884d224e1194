"""JSON as answers and captures spell it.

The fast library is imported by what needs it: it brings more modules than a cold start does.
"""

import json
from functools import lru_cache


def parsed(text: str) -> object:
    """What a document says; ValueError where it is none."""
    import orjson  # noqa: PLC0415 - most requests are read by the kernel

    value: object = orjson.loads(text)
    return value


def spelt(value: object) -> bytes:
    """A value without any space."""
    import orjson  # noqa: PLC0415 - most answers are spelt by the kernel

    return orjson.dumps(value)


@lru_cache(maxsize=256)
def quoted(text: str) -> str:
    """A text, as `spelt` spells it."""
    return json.dumps(text, ensure_ascii=False)
