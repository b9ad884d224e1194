"""Settings of functions that do not wait for pydantic to be imported."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Self

PREFIX = "TIDEMILL_"


@dataclass(frozen=True, kw_only=True)
class PlainSettings:
    """The base of theirs, which travel as those of the other functions do."""

    stage: str

    def to_env(self) -> dict[str, str]:
        """The environment variables that carry these settings."""
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in asdict(self).items()}

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings; ValueError names each one that is missing, or the one malformed."""
        environ = os.environ if environ is None else environ
        found = {
            field.name: (field.type, environ.get(f"{PREFIX}{field.name.upper()}"), field.default)
            for field in fields(cls)
        }
        if absent := [n for n, (_, text, d) in found.items() if text is None and d is MISSING]:
            raise ValueError(f"settings are missing: {', '.join(absent)}")
        return cls(**{n: kind(text) for n, (kind, text, _) in found.items() if text is not None})  # type: ignore[operator]
