"""A feature's cells of a batch file: typed, and held to the rules that requests are held to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidemill.artifact import Feature, Rules
from tidemill.artifact.steps.texts import MOST_CHARACTERS
from tidemill.contract import Column
from tidemill_tabular.checking.checker import bounds, check

MICROSECONDS = 1_000_000
type Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Read:
    """Typed values, null where missing or not to be taken as they are, and as they `came`.

    `faults` are the cells that must not be answered, by rule; `unseen` and `out_of_range` count
    those that are, although training never saw their like.
    """

    values: pa.Array
    came: pa.Array
    faults: list[tuple[pa.Array, str]]
    unseen: int = 0
    out_of_range: int = 0


@dataclass(frozen=True)
class FeatureReader:
    """Reads one feature's cells of text; `column` says what is missing, `rules` what is refused."""

    feature: Feature
    column: Column
    rules: Rules

    def read(self, cells: pa.Array) -> Read:
        """The values of some rows, as a request with the same cells would be understood."""
        checked = check(cells, self.column)
        values, faults = checked.values, checked.broken
        beyond, strange = self._beyond(values), self._strange(values)
        far, unseen = _count(beyond), _count(strange)
        if far:
            values = pc.if_else(beyond, pa.scalar(None, values.type), values)
            if self.rules.out_of_range == "reject":
                faults, far = [*faults, (beyond, f"is outside {self._bounds}")], 0
        if unseen and self.rules.unseen == "reject":
            rules = f"is none of {', '.join(self.feature.values[:10])}"
            faults, unseen = [*faults, (strange, rules)], 0
        if self.feature.type == "text":
            long = pc.fill_null(pc.greater(pc.utf8_length(values), MOST_CHARACTERS), False)
            faults = [*faults, (long, f"has more than {MOST_CHARACTERS} characters")]
        return Read(values, checked.values, faults, unseen, far)

    def _beyond(self, values: pa.Array) -> pa.Array | None:
        feature = self.feature
        if feature.min is None and feature.max is None:
            return None
        column = Column(type=feature.type, min=feature.min, max=feature.max)
        return _any(values, column)

    def _strange(self, values: pa.Array) -> pa.Array | None:
        if feature := self.feature.values:
            return _any(values, Column(type=self.feature.type, values=feature))
        return None

    @property
    def _bounds(self) -> str:
        low, high = self.feature.min, self.feature.max
        return f"{'' if low is None else f'{low:g}'}..{'' if high is None else f'{high:g}'}"


def numbers_of(values: pa.Array) -> Floats:
    """Numbers, truth values or moments as the kernel has them: NaN is missing, moments seconds."""
    if pa.types.is_timestamp(values.type):
        whole = pc.fill_null(pc.cast(values, pa.int64()), 0).to_numpy(zero_copy_only=False)
        seconds: Floats = (whole // MICROSECONDS).astype(np.float64)
        seconds[pc.is_null(values).to_numpy(zero_copy_only=False)] = np.nan
        return seconds
    floats = pc.cast(values, pa.float64(), safe=False)
    found: Floats = pc.fill_null(floats, np.nan).to_numpy(zero_copy_only=False)
    return found


def codes_of(values: pa.Array, vocabulary: Mapping[str, int]) -> np.ndarray:
    """Categories as the kernel has them: -1 is missing, a code of nobody's unknown."""
    encoded = pc.dictionary_encode(pc.cast(values, pa.string()))
    unknown = len(vocabulary)
    known = [vocabulary.get(text, unknown) for text in encoded.dictionary.to_pylist()]
    table = np.array([*known, -1], dtype=np.int32)
    places = pc.fill_null(encoded.indices, len(known)).to_numpy(zero_copy_only=False)
    codes: np.ndarray = table[places]
    return codes


def scalars_of(values: pa.Array) -> list[Any]:
    """Values as an artifact reads them of rows: moments as texts in ISO 8601."""
    if pa.types.is_timestamp(values.type):
        return [moment and moment.isoformat() for moment in values.to_pylist()]
    scalars: list[Any] = values.to_pylist()
    return scalars


def _any(values: pa.Array, column: Column) -> pa.Array | None:
    """The values that break any bound of the column; None where none does."""
    masks = [mask for mask, _ in bounds(values, values, column) if pc.any(mask).as_py()]
    if not masks:
        return None
    return masks[0] if len(masks) == 1 else pc.or_(*masks)


def _count(mask: pa.Array | None) -> int:
    return 0 if mask is None else int(pc.sum(mask).as_py())
