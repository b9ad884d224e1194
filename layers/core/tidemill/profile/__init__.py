"""What a table looks like: mergeable counts per column, and what can be read from them."""

from tidemill.profile.buckets import (
    GAMMA,
    LOG_GAMMA,
    RELATIVE_ERROR,
    SMALLEST,
    bucket_of,
    bucket_value,
)
from tidemill.profile.column import QUANTILES, ColumnProfile, Kind
from tidemill.profile.keeping import MAX_VALUES
from tidemill.profile.reading import Cell
from tidemill.profile.sketch import Sketch
from tidemill.profile.table import Profile

__all__ = [
    "GAMMA",
    "LOG_GAMMA",
    "MAX_VALUES",
    "QUANTILES",
    "RELATIVE_ERROR",
    "SMALLEST",
    "Cell",
    "ColumnProfile",
    "Kind",
    "Profile",
    "Sketch",
    "bucket_of",
    "bucket_value",
]
