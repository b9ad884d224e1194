"""What every part of a contract is, and how a field is added without making old contracts new."""

from pydantic import BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A part of a contract: immutable, without unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def later[T](default: T) -> T:
    """A field that came after contracts were in force: where it has its default, it is not written.

    So a contract that uses no such field keeps the version it had.
    """
    field: T = Field(default=default, exclude_if=lambda value: value == default)
    return field
