"""The tables of a contract: how a file is written, and what each of its columns must be."""

import codecs
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from tidemill.contract.patterns import pattern_fault
from tidemill.contract.section import Section, later
from tidemill.quantities import Duration, Fraction

ColumnType = Literal["int", "float", "bool", "category", "text", "timestamp", "id"]
Scalar = str | int | float | bool
TEXTS = frozenset({"category", "text", "id"})
WIDE_ENCODINGS = frozenset({"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"})
OTHER_NAMES = {"iso8859-1": "latin-1", "ascii": "utf-8"}


class Column(Section):
    """One column: its type, and what a value of it may be.

    `pattern` is matched by RE2 against the whole cell; `max_age` bounds how old the newest value
    of a drop may be when it lands. A column with `leakage: true` is checked and stored, never
    learnt from; with `leakage: false` a person vouches for it, and training does not doubt it.
    """

    type: ColumnType
    values: tuple[Scalar, ...] | None = None
    min: float | None = None
    max: float | None = None
    nullable: bool = True
    missing: tuple[str, ...] = ("",)
    description: str = ""
    pattern: str | None = later(None)
    unique: bool = later(default=False)
    unit: str = later("")
    leakage: bool | None = later(None)
    max_age: Duration | None = later(None)

    @model_validator(mode="after")
    def _bounds_fit(self) -> Self:
        numeric = self.type in {"int", "float"}
        if not numeric and (self.min is not None or self.max is not None):
            raise ValueError(f"min and max are for int and float columns, not for {self.type}")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        if self.values is not None and not self.values:
            raise ValueError("values is empty: name at least one, or leave it out")
        if strangers := [value for value in self.values or () if not _fits(value, self.type)]:
            raise ValueError(f"values: {strangers[0]!r} is no {self.type}")
        return self

    @model_validator(mode="after")
    def _rules_fit(self) -> Self:
        if self.pattern is not None and self.type not in TEXTS:
            raise ValueError(f"pattern is for category, text and id columns, not for {self.type}")
        if self.pattern is not None and (fault := pattern_fault(self.pattern)):
            raise ValueError(f"pattern: {fault}")
        if self.max_age is not None and self.type != "timestamp":
            raise ValueError(f"max_age is for timestamp columns, not for {self.type}")
        if self.max_age is not None and self.max_age <= timedelta(0):
            raise ValueError("max_age: write a duration above zero, such as 2d")
        return self


def _fits(value: Scalar, kind: ColumnType) -> bool:
    """Whether a listed value is of the column's type; any scalar is a category's text."""
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return kind != "float" or (isinstance(value, int | float) and not isinstance(value, bool))


class Tolerance(Section):
    """How much of a drop may be bad before the whole of it waits."""

    bad_rows: Fraction = 0.01


class Format(Section):
    """How the source's delimited files are written; what is left open is told from each file.

    Without a header the columns are bound in the contract's order.
    """

    delimiter: str | None = None
    encoding: str | None = None
    header: bool = True

    @field_validator("delimiter")
    @classmethod
    def _is_one_character(cls, delimiter: str | None) -> str | None:
        if delimiter is None:
            return None
        if len(delimiter) != 1 or delimiter.isalnum() or delimiter in "\"'\r\n\0.+-":
            raise ValueError(
                f"{delimiter!r} cannot part cells; write one character such as ',' or \"\\t\""
            )
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str | None) -> str | None:
        """The name in one spelling: utf-8, utf-16, latin-1, cp1252 and so on."""
        if encoding is None:
            return None
        name = _codec(encoding)
        if name not in WIDE_ENCODINGS and not _is_single_byte(name):
            raise ValueError(
                f"{encoding!r} cannot be read; write utf-8, utf-16, or an encoding of one byte a"
                " letter such as latin-1 or cp1252"
            )
        return OTHER_NAMES.get(name, name)


def _codec(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name.replace("_", "-")
    except (LookupError, ValueError):
        return ""


def _is_single_byte(name: str) -> bool:
    """Whether every byte is a letter of its own and the first 128 are ASCII's."""
    try:
        letters = bytes(range(256)).decode(name, "replace")
    except (LookupError, ValueError):
        return False
    ascii_first = letters[:128].encode("utf-8") == bytes(range(128))
    return len(letters) == 256 and ascii_first and name not in {"charmap", "raw-unicode-escape"}


def _null_is_a_word(raw: object) -> object:
    """YAML reads an unquoted `null` as nothing."""
    return "null" if raw is None else raw


MissingColumns = Annotated[
    Literal["refuse", "null"],
    BeforeValidator(_null_is_a_word, json_schema_input_type=Literal["refuse", "null"] | None),
]


class Source(Section):
    """One table of the pipeline; `join` names the columns it shares with the first source."""

    columns: dict[str, Column] = Field(min_length=1)
    join: tuple[str, ...] = ()
    tolerate: Tolerance = Tolerance()
    unknown_columns: Literal["ignore", "refuse"] = later("ignore")
    missing_columns: MissingColumns = later("refuse")
    format: Format = later(Format())
