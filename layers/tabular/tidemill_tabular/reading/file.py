"""A file that is to be read: which object, how it is written, and which ranges it has."""

from tidemill.landing import LandedObject
from tidemill.records import Layout, Record


class Range(Record):
    """Bytes of a file that are read apart, and which row groups they are where it is Parquet."""

    start: int
    end: int
    groups: tuple[int, int] | None = None


class CutFile(Record):
    """One landed file, the same for whoever reads a range of it; its rows begin at `start`."""

    landed: LandedObject
    layout: Layout
    start: int
    ranges: tuple[Range, ...]

    @property
    def pipeline(self) -> str:
        return self.landed.pipeline

    @property
    def splits(self) -> bool:
        return len(self.ranges) > 1
