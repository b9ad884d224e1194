"""Explanations of one model's answers."""

from collections.abc import Mapping
from functools import cache
from math import isfinite
from typing import Any, NamedTuple

from tidemill.artifact.explanation.building import Builder
from tidemill.artifact.explanation.sources import follow
from tidemill.artifact.prediction import label_text
from tidemill.artifact.reading import READERS
from tidemill.artifact.signature import Header, Scalar
from tidemill.artifact.steps import build_all
from tidemill.errors import ArtifactError

MOST_ROWS = 1000
MOST_WORK = 12_000_000


class Explanation(NamedTuple):
    """`base` and `contributions`, by field, add up to what the model adds up, on the scale `of`.

    `label` is the class that they are for: of two the second, of more the one that was answered.
    """

    of: str
    base: float
    contributions: dict[str, float]
    label: str | None


class Explainer:
    """Says what each field adds to an answer; safe to share between threads.

    Of trees these are path-dependent Shapley values; of linear models weights times distances from
    the average of training. What the cells made of a field add is summed up, a product's is shared
    equally. NotExplainableError names what stands in the way.
    """

    def __init__(self, header: Header, graph: dict[str, Any], *, compiled: bool) -> None:
        self._names = header.signature.names
        self._classes = header.classes
        self._inputs = [(str(name), READERS[kind]) for name, kind in graph["inputs"]]
        reading, count = graph.get("reading", ()), len(self._inputs)
        self._read, _ = build_all(reading, count)
        cells = follow(reading, [(k,) for k in range(count)])
        self._model = Builder(cells, count, compiled=compiled).build(graph["model"])
        self._base = cache(self._model.base)

    @property
    def most_rows(self) -> int:
        """How many rows are explained within a second, by a function that has half a processor."""
        return rows_for(self._model.work)

    def explain(self, row: Mapping[str, Scalar | None], value: Scalar) -> Explanation:
        """Why a row, as `Artifact.predict` takes it, was answered with a value.

        ArtifactError where that is in numbers beyond all floats.
        """
        output = self._output(value)
        cells = self._read([read(row.get(name)) for name, read in self._inputs])
        contributions = dict.fromkeys(self._names, 0.0)
        for (name, _), gain in zip(self._inputs, self._model.gains(cells, output), strict=True):
            contributions[name] += gain
        base = self._base(output)
        if not isfinite(base) or not all(map(isfinite, contributions.values())):
            raise ArtifactError("a prediction is made of numbers that are not finite")
        label = label_text(self._classes[output]) if self._classes else None
        return Explanation(self._model.scale, base, contributions, label)

    def _output(self, value: Scalar) -> int:
        if not self._classes:
            return 0
        return 1 if len(self._classes) == 2 else self._classes.index(value)


def rows_for(work: int) -> int:
    """How many rows to explain at once, of which each visits so many nodes."""
    return max(1, min(MOST_ROWS, MOST_WORK // max(work, 1)))
