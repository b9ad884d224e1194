"""What is to be done for one batch file: decided once, the same for whoever does it."""

from typing import Literal

from tidemill.contract import Column
from tidemill.records import Record
from tidemill_tabular.reading.file import CutFile

Output = Literal["csv", "jsonl", "parquet"]


class Identifier(Record):
    """The column that names rows; with a `key`, by that key's pseudonyms of its values."""

    column: str
    rules: Column
    key: int | None = None


class BatchPlan(CutFile):
    """A file whose rows one model scores, all of them the same one, `<pipeline>/<version>`.

    `columns` are the model's features as cells of text are read. Without an `identifier` rows are
    named by their number, from 1. The result goes to `result_uri`, what only the steps need to
    `work`, where it expires.
    """

    batch_id: str
    model: str
    columns: dict[str, Column]
    identifier: Identifier | None
    output: Output
    work: str
    result_uri: str

    @property
    def wanted(self) -> dict[str, int]:
        """Where in the file each column stands that is read; of JSON, where none has a place, 0."""
        names = list(self.columns)
        if self.identifier and self.identifier.column not in self.columns:
            names.append(self.identifier.column)
        if self.layout.format == "jsonl":
            return dict.fromkeys(names, 0)
        places = {name: place for place, name in enumerate(self.layout.columns)}
        return {name: places[name] for name in names if name in places}

    def part_uri(self, number: int) -> str:
        """Where the scores of a range go."""
        return f"{self.work}/part-{number:05d}.parquet"

    def outcome_uri(self, number: int) -> str:
        """Where it is said what became of a range."""
        return f"{self.work}/outcomes/{number:05d}.json"
