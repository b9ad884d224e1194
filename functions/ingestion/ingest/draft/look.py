"""What a column's cells show: its type, what stands for a missing cell, what repeats."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.ingest.draft.people import people_in
from tidemill.contract import Column
from tidemill.references import NUMBERS
from tidemill_tabular.checking.checker import check

MARKERS = frozenset(
    ("?", "na", "n/a", "#n/a", "n.a.", "null", "none", "nil", "nan", "unknown", "missing")
) | {"undefined", "-", "--"}
CATEGORIES, FEW, OFTEN = 100, 0.5, 0.05
SURELY_FEW = 20
ID_WORDS = frozenset({"id", "uuid", "guid"})
ORDER_WORDS = frozenset({"index", "instant", "key", "no", "nr", "row", "rownum", "serial"})
LEAST = 20
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
KINDS = ("int", "float", "bool", "timestamp")
CODE = r"^[+-]?(0[0-9]+|[0-9]{19,})$"


@dataclass(frozen=True)
class Look:
    """A column as its sample shows it: typed values, null where a cell is missing.

    `codes` where digits are no number, `people` what its values say of people.
    """

    name: str
    kind: str
    values: pa.Array
    markers: tuple[str, ...] = ()
    codes: bool = False
    people: str = ""

    @property
    def rows(self) -> int:
        return len(self.values)

    @property
    def missing(self) -> int:
        return int(self.values.null_count)

    @cached_property
    def distinct(self) -> int:
        return int(pc.count_distinct(self.values).as_py())

    @property
    def never_twice(self) -> bool:
        """Whether every row has a value of its own, in rows enough to mean something."""
        return not self.missing and self.distinct == self.rows >= LEAST

    @cached_property
    def counts(self) -> list[tuple[object, int]]:
        """Each value and how often it comes, the most frequent first."""
        table = pc.value_counts(self.values.drop_null())
        pairs = zip(table.field(0).to_pylist(), table.field(1).to_pylist(), strict=True)
        return sorted(pairs, key=lambda pair: (-pair[1], str(pair[0])))

    @property
    def words(self) -> set[str]:
        """The words of its name: `customerId` and `customer_id` are both customer and id."""
        return words_of(self.name)

    @property
    def numbers(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """A number's or a bool's values, NaN where one is missing."""
        whole = pc.cast(self.values, pa.int8()) if self.kind == "bool" else self.values
        return np.asarray(pc.fill_null(pc.cast(whole, pa.float64(), safe=False), math.nan))


def words_of(name: str) -> set[str]:
    return {word.lower() for word in WORD.findall(name)}


def look(name: str, cells: pa.Array) -> Look:
    """Find the narrowest type that all present cells fit; ids are told by name and repetition.

    Digits that a number would lose, as in `007` or beyond 64 bits, make a column no number.
    """
    text = pc.fill_null(pc.utf8_trim_whitespace(cells), "")
    distinct = pc.unique(text).to_pylist()
    markers = tuple(sorted(t for t in distinct if t.lower() in MARKERS))
    present = [t for t in distinct if t and t not in markers]
    kind = next((k for k in KINDS if _fits(present, k)), "text")
    people = people_in(present, words_of(name), kind)
    codes = kind in NUMBERS and _any(pc.match_substring_regex(pa.array(present), CODE))
    if people or codes:
        kind = "text"
    column = Column.model_validate({"type": kind, "missing": ("", *markers)})
    seen = Look(name, kind, check(text, column).values, markers, codes, people)
    if kind == "text":
        return replace(seen, kind=_text_kind(seen))
    if kind == "int" and _is_number_id(seen):
        return replace(seen, kind="id", values=pc.cast(seen.values, pa.string()))
    return seen


def as_learnable(seen: Look) -> Look:
    """The same column as a target, which no id or text can be."""
    if seen.kind not in {"id", "text"}:
        return seen
    if not seen.codes and _fits(seen.values.drop_null().to_pylist(), "int"):
        return replace(seen, kind="int", values=pc.cast(seen.values, pa.int64()))
    return replace(seen, kind="category")


def _fits(distinct: Iterable[str], kind: str) -> bool:
    cells = pa.array(list(distinct), pa.string())
    broken = check(cells, Column.model_validate({"type": kind})).broken
    return bool(len(cells)) and not any(_any(mask) for mask, _ in broken)


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())


def _is_number_id(seen: Look) -> bool:
    """Whether whole numbers only name their rows, or things that come again."""
    if seen.never_twice:
        span = pc.min_max(seen.values).as_py()
        counted = span["max"] - span["min"] + 1 == seen.rows
        return counted or bool(seen.words & (ID_WORDS | ORDER_WORDS))
    return bool(seen.words & ID_WORDS) and seen.distinct > SURELY_FEW


def _text_kind(seen: Look) -> str:
    """Texts that repeat are a category; those that never do, in one word, are ids."""
    present = seen.rows - seen.missing
    if not present:
        return "text"
    if seen.people:
        return "text"
    few = seen.distinct <= min(CATEGORIES, max(2, FEW * present))
    if few or seen.distinct <= min(2 * CATEGORIES, OFTEN * present):
        return "category"
    spaced = _any(pc.match_substring(seen.values, " "))
    if not spaced and (seen.never_twice or seen.words & ID_WORDS):
        return "id"
    return "text"
