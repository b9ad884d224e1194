"""A whole table: its rows, and each column's counts."""

from pydantic import BaseModel, ConfigDict

from tidemill.profile.column import ColumnProfile
from tidemill.profile.keeping import most_values


class Profile(BaseModel):
    """A table's profile: its number of rows and each column's counts."""

    model_config = ConfigDict(frozen=True)

    rows: int = 0
    columns: dict[str, ColumnProfile] = {}

    def merge(self, other: "Profile") -> "Profile":
        """The profile of both tables' rows; columns that only one of them has stay as they are."""
        names = {**self.columns, **other.columns}
        most = most_values(len(names))
        columns = {
            name: self.columns[name].merge(other.columns[name], most)
            if name in self.columns and name in other.columns
            else column
            for name, column in names.items()
        }
        return Profile.model_construct(rows=self.rows + other.rows, columns=columns)
