"""A graph's model node as what explains it, or the reason why nothing does."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tidemill.artifact.explanation import trees
from tidemill.artifact.explanation.members import Forested, Linear, Member, Prepared, Spread, Vote
from tidemill.artifact.explanation.sources import Sources, follow
from tidemill.artifact.forest import Forest
from tidemill.artifact.steps import build_all
from tidemill.errors import ArtifactError, NotExplainableError

LINKED = {"identity": "value", "exp": "log_value", "logistic": "log_odds", "softmax": "score"}
AVERAGED = ("value", "probability")

type Spec = dict[str, Any]


class Builder:
    """Builds members over a graph's cells; `compiled` says whether trees are left to the kernel."""

    def __init__(self, cells: Sources, inputs: int, *, compiled: bool) -> None:
        self._cells = cells
        self._inputs = inputs
        self._compiled = compiled

    def build(self, spec: Spec) -> Member:
        """The member that a node describes; NotExplainableError where it has no exact parts."""
        builders: dict[str, Callable[[Spec], Member]] = {
            "linear": self._linear,
            "boosting": self._boosting,
            "mean": self._mean,
            "vote": self._vote,
            "calibrated": self._calibrated,
            "threshold": lambda node: self.build(node["model"]),
        }
        return builders[spec["kind"]](spec)

    def _linear(self, spec: Spec) -> Member:
        if "background" not in spec:
            raise NotExplainableError(
                "it does not say what training rows are on the average: train it again"
            )
        prepared, width = self._prepared(spec)
        background = [float(mean) for mean in spec["background"]]
        if len(background) != width:
            raise ArtifactError("a linear model's averages do not fit its inputs")
        coefficients = [[float(c) for c in row] for row in spec["coefficients"]]
        intercepts = [float(i) for i in spec["intercepts"]]
        return Linear(prepared, coefficients, intercepts, background, LINKED[spec["link"]])

    def _boosting(self, spec: Spec) -> Member:
        prepared, width = self._prepared(spec)
        found = self._trees(spec, width)
        starts = [float(start) for start in spec["baseline"]]
        work = found.work // len(starts)
        return Forested(prepared, found, starts, 1.0, LINKED[spec["link"]], work)

    def _mean(self, spec: Spec) -> Member:
        prepared, width = self._prepared(spec)
        found, outputs = self._trees(spec, width), spec["forest"]["outputs"]
        divisor = float(len(spec["forest"]["starts"]) - 1)
        scale = "value" if outputs == 1 else "probability"
        return Forested(prepared, found, [0.0] * outputs, divisor, scale, found.work)

    def _vote(self, spec: Spec) -> Member:
        members = [self.build(member) for member in spec["members"]]
        scales = sorted({member.scale for member in members})
        if len(scales) > 1:
            raise NotExplainableError(
                f"it is a vote of models on different scales: {', '.join(scales)}"
            )
        scale = scales[0] if scales[0] in AVERAGED else f"mean_{scales[0]}"
        return Vote(members, [float(weight) for weight in spec["weights"]], scale)

    def _calibrated(self, spec: Spec) -> Member:
        model: Any = self.build(spec["model"])
        explained: Member = replace(model, scale=f"uncalibrated_{model.scale}")
        return explained

    def _prepared(self, spec: Spec) -> tuple[Prepared, int]:
        step, width = build_all(spec["steps"], len(self._cells))
        sources = follow(spec["steps"], self._cells)
        return Prepared(step, Spread.of(sources, self._inputs)), width

    def _trees(self, spec: Spec, width: int) -> trees.Trees:
        return trees.read(
            spec["forest"], Forest.read(spec["forest"], width), compiled=self._compiled
        )
