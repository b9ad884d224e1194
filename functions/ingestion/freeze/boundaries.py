"""Where a split by time cuts: by the shares asked for, exactly, and never back in time."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.freeze.join import Joined
from tidemill.contract import Contract
from tidemill.errors import ContractError
from tidemill.records import Boundaries, DatasetRecord

type Moment = int | float
type Moments = npt.NDArray[np.int64] | npt.NDArray[np.float64]

NUMBERS = {"timestamp": pa.int64(), "int": pa.int64(), "float": pa.float64()}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def find_boundaries(
    contract: Contract, rows: Joined, floor: Boundaries | None
) -> Boundaries | None:
    """The first moments of validation and test; None where nothing is split by time, or dated.

    The newest rows test and those before them validate. Equal moments go together, so the shares
    are met as nearly as that allows. Test begins no earlier than `floor` has it.
    """
    if contract.split.by != "time":
        return None
    column, kind = time_column(contract)
    total, dated = 0, [np.empty(0, NUMBERS[kind].to_pandas_dtype())]
    for array in rows.column(column):
        total += len(array)
        dated.append(to_moments(array.drop_null(), kind))
    moments = np.sort(np.concatenate(dated))
    cut = _cut(moments, round(contract.split.test * total))
    if cut is None:
        return floor
    test = cut if floor is None else max(cut, _parse(floor.test, kind))
    earlier = moments[: np.searchsorted(moments, test)]
    validation = _cut(earlier, round(contract.split.validation * total))
    return Boundaries(
        column=column,
        type=kind,
        validation=_text(test if validation is None else validation, kind),
        test=_text(test, kind),
    )


def newest_boundaries(contract: Contract, datasets: Iterable[DatasetRecord]) -> Boundaries | None:
    """Those of the dataset version whose test begins last, of all that this contract's column cut.

    None where the contract does not split by time.
    """
    if contract.split.by != "time":
        return None
    column, kind = time_column(contract)
    known = [dataset.boundaries for dataset in datasets if dataset.boundaries]
    same = [b for b in known if (b.column, b.type) == (column, kind)]
    return max(same, key=lambda boundaries: _parse(boundaries.test, kind), default=None)


def first_moments(boundaries: Boundaries) -> tuple[Moment, Moment]:
    """The first moments of validation and test, as `to_moments` has them."""
    kind = boundaries.type
    return _parse(boundaries.validation, kind), _parse(boundaries.test, kind)


def to_moments(cells: pa.Array, kind: str) -> Moments:
    """Numbers in the order of time, microseconds for timestamps; a missing cell's means nothing."""
    moments: Moments = np.asarray(pc.fill_null(pc.cast(cells, NUMBERS[kind]), 0))
    return moments


def time_column(contract: Contract) -> tuple[str, str]:
    """The column that tells the time, and its type; ContractError if that has no order."""
    name = str(contract.split.column)
    kind = contract.columns()[name].type
    if kind not in NUMBERS:
        raise ContractError(
            [f"split.column: {name!r} is {kind}; time is a timestamp, an int or a float"]
        )
    return name, kind


def _cut(moments: Moments, wanted: int) -> Moment | None:
    """The moment from which there are nearest to `wanted` rows: not none, nor all if avoidable."""
    if not len(moments):
        return None
    tie = moments[max(0, len(moments) - max(1, wanted))]
    first, after = np.searchsorted(moments, tie), np.searchsorted(moments, tie, side="right")
    more, fewer = len(moments) - first, len(moments) - after
    if fewer and (not first or wanted - fewer < more - wanted):
        first = after
    found: Moment = moments[first].item()
    return found


def _text(moment: Moment, kind: str) -> str:
    if kind == "timestamp":
        return (EPOCH + moment * MICROSECOND).isoformat()
    return repr(moment)


def _parse(text: str, kind: str) -> Moment:
    if kind == "timestamp":
        return (datetime.fromisoformat(text) - EPOCH) // MICROSECOND
    return int(text) if kind == "int" else float(text)
