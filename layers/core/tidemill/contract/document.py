"""The whole contract: one supervised problem."""

import json
from hashlib import sha256
from typing import Annotated, Any, Self, cast

from pydantic import Field, StringConstraints, model_validator

from tidemill.contract.columns import Column, Source
from tidemill.contract.section import Section, later
from tidemill.contract.sections import (
    Budget,
    Decision,
    Gate,
    Monitor,
    Privacy,
    Release,
    Serving,
    Split,
    Training,
)
from tidemill.contract.words import DEFAULT_METRIC, METRICS, Name, Task
from tidemill.references import FEATURE_TYPES, infer_task, reference_faults

Version = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class Contract(Section):
    """One supervised problem: its sources, target, split, limits.

    `supersedes` is the version of the contract whose signature this one may break.
    """

    pipeline: Name
    target: str
    task: Task | None = None
    metric: str | None = None
    sources: dict[Name, Source] = Field(min_length=1)
    split: Split = Split()
    privacy: Privacy = Privacy()
    training: Training = Training()
    decision: Decision = later(Decision())
    gate: Gate = Gate()
    release: Release = Release()
    serving: Serving = later(Serving())
    monitor: Monitor = Monitor()
    budget: Budget = Budget()
    supersedes: Version | None = later(None)

    @model_validator(mode="after")
    def _names_meet(self) -> Self:
        if problems := reference_faults(self.model_dump(), METRICS):
            raise ValueError("; ".join(problems))
        return self

    @property
    def version(self) -> str:
        """A content address: equal contracts have equal versions, whatever their layout.

        What a contract supersedes is no part of what it says.
        """
        return _address(self.model_dump(mode="json", exclude={"supersedes"}))

    @property
    def problem(self) -> Task:
        """The task, told from the target column where the contract leaves it open."""
        if self.task is not None:
            return self.task
        column = self.columns()[self.target]
        return cast("Task", infer_task(column.model_dump()))

    @property
    def objective(self) -> str:
        """The metric that decides, the task's usual one where the contract names none."""
        return self.metric or DEFAULT_METRIC[self.problem]

    def columns(self) -> dict[str, Column]:
        """Every column of every source, by name."""
        return {name: c for source in self.sources.values() for name, c in source.columns.items()}

    def readable(self, source: str) -> Source:
        """A source as its drops are read: without the columns that privacy drops."""
        declared = self.sources[source]
        kept = {n: c for n, c in declared.columns.items() if n not in self.privacy.drop}
        return declared.model_copy(update={"columns": kept})

    def rules(self, source: str) -> str:
        """A content address of all that decides how a drop of this source is read.

        What columns mean, and whether they are learnt from, is no part of it.
        """
        said = {"description": "", "unit": "", "leakage": None}
        declared = self.readable(source)
        columns = {n: c.model_copy(update=said) for n, c in declared.columns.items()}
        document = declared.model_copy(update={"columns": columns}).model_dump(mode="json")
        if hidden := sorted(set(self.privacy.pseudonymise) & set(columns)):
            document["pseudonymise"] = {"columns": hidden, "key": self.privacy.key}
        return _address(document)

    def feature_columns(self) -> dict[str, Column]:
        """The columns a model may see, in the contract's order."""
        privacy = self.privacy
        private = {*privacy.drop, *privacy.pseudonymise, privacy.subject}
        hidden = {self.target, *private, *self._keys()}
        return {
            name: column
            for name, column in self.columns().items()
            if name not in hidden and column.type in FEATURE_TYPES and not column.leakage
        }

    def _keys(self) -> set[str]:
        return {key for source in self.sources.values() for key in source.join}


def _address(document: dict[str, Any]) -> str:
    canonical = json.dumps(document, sort_keys=True)
    return sha256(canonical.encode()).hexdigest()[:16]
