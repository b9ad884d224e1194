"""Captured predictions as columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from monitoring.watch.baseline import compared
from monitoring.watch.columns import ANSWER
from monitoring.watch.season import Phases, phases_of
from tidemill.contract import Contract
from tidemill_tabular.captured import Lines, cells_of, read_lines

SHADOW = "shadow"
TYPES: dict[str, pa.DataType] = {
    "int": pa.float64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "category": pa.string(),
}
LABELS: dict[str, pa.DataType] = {**TYPES, "int": pa.int64()}


@dataclass(frozen=True)
class Captured:
    """Predictions in the order of their lines: keys, features, and what which model answered.

    A key is None, as a variant is, where the line has none; `phases` are None without a season.
    """

    keys: list[str | None]
    variants: list[str | None]
    features: pa.Table
    answers: pa.Table
    phases: Phases | None = None

    def take(self, places: Sequence[int]) -> "Captured":
        chosen = pa.array(places, pa.int64())
        return Captured(
            [self.keys[place] for place in places],
            [self.variants[place] for place in places],
            self.features.take(chosen),
            self.answers.take(chosen),
            None if self.phases is None else self.phases[chosen.to_numpy()],
        )

    def of_phase(self, phase: int) -> "Captured":
        """Those of one phase of the season."""
        assert self.phases is not None  # noqa: S101 - whoever asks knows of a season
        return self.take(np.flatnonzero(self.phases == phase).tolist())

    @property
    def served(self) -> "Captured":
        """Those that somebody was answered with."""
        return self.take([n for n, variant in enumerate(self.variants) if variant != SHADOW])

    @property
    def champions(self) -> pa.Table:
        """The champion's answers."""
        known = {None, "champion"}
        places = [n for n, variant in enumerate(self.variants) if variant in known]
        return self.answers.take(pa.array(places, pa.int64()))


def read_captured(lines: Lines, contract: Contract) -> Captured:
    """What is compared, of lines of one pipeline; what is of no such type is null."""
    features = {name: TYPES[column.type] for name, column in compared(contract).items()}
    answer = _answer_type(contract)
    shape = [(n, pa.string()) for n in ("key", "variant")]
    cells = {**features, **_clock(contract)}
    shape += [("at", pa.string()), ("value", answer), ("features", pa.struct(list(cells.items())))]
    schema = pa.schema(shape)
    table = read_lines(lines, schema)
    inside = table.column("features").combine_chunks()
    return Captured(
        table.column("key").to_pylist(),
        table.column("variant").to_pylist(),
        pa.table({name: cells_of(inside, name) for name in features}),
        pa.table({ANSWER: table.column("value")}),
        _phases(contract, table.column("at"), inside),
    )


def _clock(contract: Contract) -> dict[str, pa.DataType]:
    """The column that tells the season, where requests have it."""
    season = contract.monitor.drift.season
    known = season and season.column in contract.feature_columns()
    return {season.column: pa.string()} if season and known else {}


def _phases(contract: Contract, at: pa.ChunkedArray, inside: pa.StructArray) -> Phases | None:
    """By the column that tells, or else by the moment of the prediction."""
    season = contract.monitor.drift.season
    if season is None:
        return None
    told = _clock(contract)
    moments = cells_of(inside, season.column) if told else at
    return phases_of(moments, season.by)


def _answer_type(contract: Contract) -> pa.DataType:
    kind = contract.columns()[contract.target].type
    return (TYPES if contract.problem == "regression" else LABELS)[kind]
