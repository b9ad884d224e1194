"""Rows dealt to channels, so that none goes from train to test as data grow."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.freeze.boundaries import first_moments, to_moments
from ingestion.freeze.fingerprint import fingerprint
from tidemill.contract import Contract
from tidemill.records import Boundaries

CHANNELS = ("train", "validation", "test")
TRAIN, VALIDATION, TEST = range(3)

type Places = npt.NDArray[np.int8]


class Dealer:
    """Deals rows to channels, each by itself, by the contract's split.

    By hash, a row's channel hangs on what the first source says in it, so that equal rows meet and
    news from a joined source moves none; by group, on its group; by time, on `boundaries`, and
    undated rows train.
    """

    def __init__(
        self, contract: Contract, content: Sequence[str], boundaries: Boundaries | None = None
    ) -> None:
        """`content` names the columns of the first source."""
        self._split = contract.split
        by_group = contract.split.by == "group"
        self._hashed = [str(contract.split.column)] if by_group else list(content)
        self._boundaries = boundaries

    def deal(self, batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        """The rows of each channel, in the order of CHANNELS and of the batch."""
        places = self.place(batch)
        return [batch.filter(pa.array(places == number)) for number in range(len(CHANNELS))]

    def place(self, batch: pa.RecordBatch) -> Places:
        """The number of each row's channel in CHANNELS."""
        return self._by_time(batch) if self._split.by == "time" else self._by_hash(batch)

    def _by_hash(self, batch: pa.RecordBatch) -> Places:
        """The lowest numbers test, the highest validate: neither share moves the other's rows."""
        numbers = fingerprint({name: batch.column(name) for name in self._hashed})
        share = (numbers >> np.uint64(11)) / 2.0**53
        return _channels(share < self._split.test, share >= 1 - self._split.validation)

    def _by_time(self, batch: pa.RecordBatch) -> Places:
        cells = batch.column(self._split.column)
        if self._boundaries is None:
            return np.full(len(cells), TRAIN, np.int8)
        validation, test = first_moments(self._boundaries)
        dated = np.asarray(pc.is_valid(cells))
        moments = to_moments(cells, self._boundaries.type)
        return _channels(dated & (moments >= test), dated & (moments >= validation))


def _channels(in_test: npt.NDArray[np.bool_], in_validation: npt.NDArray[np.bool_]) -> Places:
    found = np.where(in_validation, VALIDATION, TRAIN)
    return np.where(in_test, TEST, found).astype(np.int8)
