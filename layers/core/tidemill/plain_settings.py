"""Settings of functions that do not wait for pydantic, or for `dataclasses`, to be imported."""

import os
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Self, dataclass_transform, get_type_hints

PREFIX = "TIDEMILL_"


@dataclass_transform(kw_only_default=True, frozen_default=True)
class PlainSettings(SimpleNamespace):
    """The base of theirs, which travel as those of the other functions do.

    A class declares its settings as a dataclass does: texts and numbers, given by name.
    """

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - declared by each class
        kinds = get_type_hints(type(self))
        if strangers := given.keys() - kinds:
            raise TypeError(f"there are no such settings: {', '.join(sorted(strangers))}")
        if absent := [name for name in kinds if name not in given and not hasattr(self, name)]:
            raise ValueError(f"settings are missing: {', '.join(absent)}")
        super().__init__(**{name: given.get(name, getattr(self, name, None)) for name in kinds})

    def __hash__(self) -> int:  # type: ignore[override] # its base may change, and this may not
        return hash(tuple(vars(self).items()))

    def to_env(self) -> dict[str, str]:
        """The environment variables that carry these settings."""
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in vars(self).items()}

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings; ValueError names each one that is missing, or the one malformed."""
        environ = os.environ if environ is None else environ
        found = {
            name: (kind, environ.get(f"{PREFIX}{name.upper()}"))
            for name, kind in get_type_hints(cls).items()
        }
        return cls(**{name: kind(text) for name, (kind, text) in found.items() if text is not None})
