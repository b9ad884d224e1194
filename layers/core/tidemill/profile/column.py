"""One column: counts that add up exactly, in any order and grouping of parts."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    SerializerFunctionWrapHandler,
    model_serializer,
)

from tidemill.profile import keeping, shape
from tidemill.profile.buckets import RELATIVE_ERROR, bucket_value
from tidemill.profile.reading import EPOCH, READERS, Cell
from tidemill.profile.sketch import Sketch

type Kind = Literal["number", "category", "timestamp", "text", "id"]

WIDTH = 2 * RELATIVE_ERROR
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def _sketch(value: object) -> Sketch:
    return value if isinstance(value, Sketch) else Sketch.decode(str(value))


class ColumnProfile(BaseModel):
    """What a column holds, by its kind.

    `counts` is by bucket for numbers, by value for categories and by period for timestamps; texts
    and ids are not named. `values` counts the numbers themselves while at most 256 differ.
    `minimum`, `maximum`, `total` and `squares` are of numbers and of the lengths of texts, in
    characters; the extremes of a timestamp are seconds since 1970. Of too many categories, one in
    2^`thinned` is named, and `others` counts the cells of the rest.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    count: int = 0
    nulls: int = 0
    counts: dict[str, int] = {}
    values: dict[float, int] | None = None
    others: int = 0
    thinned: int = 0
    minimum: float | None = None
    maximum: float | None = None
    total: Fraction = Fraction(0)
    squares: Fraction = Fraction(0)
    sketch: Annotated[Sketch, PlainValidator(_sketch), PlainSerializer(Sketch.encode)] = Sketch()

    @classmethod
    def of_cells(cls, kind: Kind, cells: Iterable[Cell]) -> Self:
        """Profile values as they come; None is missing."""
        seen = list(cells)
        present = [cell for cell in seen if cell is not None]
        nulls = len(seen) - len(present)
        return cls(kind=kind, count=len(seen), nulls=nulls, **READERS[kind](present))

    @property
    def present(self) -> int:
        return self.count - self.nulls

    @property
    def distinct(self) -> int:
        """How many values differ, within some 2 % where `counts_exactly` is false."""
        if self.values is not None:
            return len(self.values)
        if self.kind == "category" and not self.thinned:
            return len(self.counts)
        return min(self.sketch.estimate, self.present)

    @property
    def counts_exactly(self) -> bool:
        """Whether the different values are few enough to be counted one by one."""
        named = self.kind == "category" and not self.thinned
        return named or self.values is not None or not self.sketch.registers

    @property
    def mean(self) -> float | None:
        """Of the numbers, or of the lengths of the texts."""
        if self.kind not in {"number", "text"} or not self.present:
            return None
        return float(self.total / self.present)

    @property
    def deviation(self) -> float | None:
        """The population's standard deviation."""
        if self.mean is None:
            return None
        return shape.root(self.squares / self.present - (self.total / self.present) ** 2)

    def quantile(self, fraction: float) -> float | None:
        """Within 1 % of the exact quantile; None for other kinds and empty columns."""
        return self.quantiles([fraction])[0]

    def quantiles(self, fractions: Sequence[float] = QUANTILES) -> list[float | None]:
        """Several of them, in the order asked for."""
        if self.kind != "number" or self.minimum is None or self.maximum is None:
            return [None for _ in fractions]
        low, high = self.minimum, self.maximum
        found = shape.quantiles(list(self.ordered()), self.present, fractions)
        return [min(max(value, low), high) for value in found]

    def ordered(self) -> Iterable[tuple[float, int]]:
        """The numbers, or their buckets where they are many, and their counts, smallest first."""
        if self.values:
            return sorted(self.values.items())
        return sorted((bucket_value(name), count) for name, count in self.counts.items())

    def histogram(self, bins: int = 20) -> list[tuple[float, float, int]]:
        """Some `bins` bins (low, high, count) with round edges; the counts add up to `present`.

        They are of one width about the quantiles of 1 % and 99 %; where numbers lie beyond, one
        more on either side reaches to the extreme. A bin holds its lower edge, the last one its
        upper edge too. None is narrower than the buckets that many numbers are kept in.
        """
        low, high = self.quantiles([0.01, 0.99])
        if low is None or high is None or self.minimum is None or self.maximum is None:
            return []
        values = self.values or {}
        whole = bool(values) and all(value.is_integer() for value in values)
        narrowest = 1.0 if whole else 0.0
        if not values and (low > 0 or high < 0):
            narrowest = WIDTH * min(abs(low), abs(high))
        edges = shape.edges(self.minimum, self.maximum, (low, high), bins, narrowest)
        if values:
            return shape.fill_exactly(edges, values)
        return shape.fill(edges, self.counts, (self.minimum, self.maximum))

    def top(self, most: int = 10) -> list[tuple[str, int]]:
        """The most frequent of the values that are named."""
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:most]

    @property
    def oldest(self) -> datetime | None:
        """The first moment of a timestamp, in UTC."""
        return self._moment(self.minimum)

    @property
    def newest(self) -> datetime | None:
        """The last moment of a timestamp, in UTC."""
        return self._moment(self.maximum)

    def _moment(self, seconds: float | None) -> datetime | None:
        if self.kind != "timestamp" or seconds is None:
            return None
        return EPOCH + timedelta(seconds=seconds)

    def merge(self, other: "ColumnProfile", most: int = keeping.MAX_VALUES) -> "ColumnProfile":
        """The profile of both parts together; of categories, at most `most` values are named."""
        counts, thinned = self._counts_with(other, most)
        count, nulls = self.count + other.count, self.nulls + other.nulls
        return ColumnProfile.model_construct(
            kind=self.kind,
            count=count,
            nulls=nulls,
            counts=counts,
            values=keeping.add_few(self.values, other.values),
            others=count - nulls - sum(counts.values()) if thinned else 0,
            thinned=thinned,
            minimum=_pick(min, self.minimum, other.minimum),
            maximum=_pick(max, self.maximum, other.maximum),
            total=self.total + other.total,
            squares=self.squares + other.squares,
            sketch=self.sketch.merge(other.sketch),
        )

    def _counts_with(self, other: "ColumnProfile", most: int) -> tuple[dict[str, int], int]:
        if self.kind == "timestamp":
            return keeping.add_periods(self.counts, other.counts), 0
        if self.kind == "category":
            return keeping.add_values(
                (self.counts, self.thinned), (other.counts, other.thinned), most
            )
        return keeping.add(self.counts, other.counts), 0

    @model_serializer(mode="wrap")
    def _with_summary(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """What stands here, in a fixed order, and what is read from it, for other readers."""
        document: dict[str, Any] = handler(self)
        for name in ("counts", "values"):
            if document.get(name):
                document[name] = dict(sorted(document[name].items()))
        summary = {"distinct": self.distinct, "mean": self.mean, "deviation": self.deviation}
        named = zip(QUANTILES, self.quantiles(), strict=True)
        quantiles = {str(fraction): value for fraction, value in named if value is not None}
        return document | summary | {"quantiles": quantiles}


def _pick(choose: Callable[..., float], *values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return choose(known) if known else None
