"""The contract: what a pipeline's data must be, and what may be done and spent with it."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from hashlib import sha256
from typing import Annotated, Any, Literal, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tidemill.errors import ContractError
from tidemill.pricing import hourly_price
from tidemill.quantities import DailyRate, Duration, Fraction
from tidemill.references import FEATURE_TYPES, infer_task, reference_faults

ColumnType = Literal["int", "float", "bool", "category", "text", "timestamp", "id"]
Task = Literal["regression", "binary", "multiclass"]
NAME = re.compile(r"[a-z]([a-z0-9-]{0,37}[a-z0-9])?")
NAME_RULE = "a name has up to 39 small letters, digits and hyphens, and starts with a letter"
Name = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]
Scalar = str | int | float | bool

REGRESSION_METRICS = frozenset({"rmse", "mae", "r2"})
BINARY_METRICS = frozenset({"roc_auc", "average_precision", "log_loss", "accuracy", "f1"})
MULTICLASS_METRICS = frozenset({"log_loss", "accuracy", "f1"})
METRICS = {
    "regression": REGRESSION_METRICS,
    "binary": BINARY_METRICS,
    "multiclass": MULTICLASS_METRICS,
}
DEFAULT_METRIC: dict[Task, str] = {
    "regression": "rmse",
    "binary": "average_precision",
    "multiclass": "log_loss",
}
LONGEST = timedelta(days=5)
LOWER_IS_BETTER = frozenset({"rmse", "mae", "log_loss"})
_REQUIREMENT = re.compile(r"(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Column(_Section):
    """One column: its type, and what a value of it may be."""

    type: ColumnType
    values: tuple[Scalar, ...] | None = None
    min: float | None = None
    max: float | None = None
    nullable: bool = True
    missing: tuple[str, ...] = ("",)
    description: str = ""

    @model_validator(mode="after")
    def _bounds_fit(self) -> Self:
        numeric = self.type in {"int", "float"}
        if not numeric and (self.min is not None or self.max is not None):
            raise ValueError(f"min and max are for int and float columns, not for {self.type}")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}")
        if self.values is not None and not self.values:
            raise ValueError("values is empty: name at least one, or leave it out")
        if strangers := [value for value in self.values or () if not _fits(value, self.type)]:
            raise ValueError(f"values: {strangers[0]!r} is no {self.type}")
        return self


def _fits(value: Scalar, kind: ColumnType) -> bool:
    """Whether a listed value is of the column's type; any scalar is a category's text."""
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return kind != "float" or (isinstance(value, int | float) and not isinstance(value, bool))


class Tolerance(_Section):
    """How much of a drop may be bad before the whole of it waits."""

    bad_rows: Fraction = 0.01


class Source(_Section):
    """One table of the pipeline; `join` names the columns it shares with the first source."""

    columns: dict[str, Column] = Field(min_length=1)
    join: tuple[str, ...] = ()
    tolerate: Tolerance = Tolerance()


class Split(_Section):
    """How rows are dealt to the channels: stable as data grows, whole groups together."""

    by: Literal["hash", "time", "group"] = "hash"
    column: str | None = None
    validation: Fraction = 0.15
    test: Fraction = 0.15

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.by != "hash" and self.column is None:
            raise ValueError(f"split by {self.by} needs a column")
        if self.validation + self.test > 0.8:
            raise ValueError("validation and test leave less than 20% of the rows to train on")
        if not self.validation or not self.test:
            raise ValueError("validation and test must each be above 0%")
        return self


class Privacy(_Section):
    """Columns that never go on in clear."""

    pseudonymise: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    @field_validator("pseudonymise")
    @classmethod
    def _none_yet(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if names:
            raise ValueError("not available yet: list these columns under privacy.drop")
        return names


class Training(_Section):
    """What one run may use."""

    instance: Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")] = (
        "ml.m5.large"
    )
    spot: bool = True
    trials: int = Field(default=40, ge=1, le=1000)
    max_runtime: Duration = timedelta(hours=1)
    max_wait: Duration = timedelta(hours=3)
    budget_usd: float = Field(default=1.0, gt=0)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _waits_longer_than_it_runs(self) -> Self:
        hourly_price(self.instance)
        if self.max_wait > LONGEST:
            raise ValueError("max_wait is at most 5d, as long as SageMaker lets a job run")
        if self.max_wait < self.max_runtime:
            raise ValueError("max_wait must be at least max_runtime: it includes the run itself")
        return self


class Gate(_Section):
    """What a challenger must show before it may serve."""

    min_improvement: float = Field(default=0.0, ge=0)
    confidence: Fraction = 0.95
    require: dict[str, str] = {}

    @field_validator("require")
    @classmethod
    def _requirements_parse(cls, require: dict[str, str]) -> dict[str, str]:
        for metric, text in require.items():
            if not _REQUIREMENT.fullmatch(text):
                raise ValueError(f"{metric}: write a bound such as '<= 2.5', not {text!r}")
        return require

    def bounds(self) -> list[tuple[str, str, float]]:
        """Every requirement as (metric, operator, bound)."""
        found = []
        for metric, text in self.require.items():
            match = _REQUIREMENT.fullmatch(text)
            assert match is not None  # noqa: S101 - the validator above has seen it
            found.append((metric, match[1], float(match[2])))
        return found


class Release(_Section):
    """How an approved model goes into service."""

    approval: Literal["automatic", "manual"] = "automatic"
    strategy: Literal["all_at_once", "canary"] = "all_at_once"
    canary: Fraction = 0.1
    bake: Duration = timedelta(minutes=10)


class Drift(_Section):
    """When a change in the data is worth a person's attention."""

    false_alarms: DailyRate = 1 / 30
    window: int = Field(default=500, ge=50)


class Retrain(_Section):
    """What starts another run, and what holds it back."""

    on: tuple[Literal["drift", "new_data"], ...] = ("new_data",)
    min_new_rows: int = Field(default=1, ge=1)
    cooldown: Duration = timedelta(0)


class Monitor(_Section):
    drift: Drift = Drift()
    retrain: Retrain = Retrain()


class Budget(_Section):
    """What the pipeline may cost in a calendar month."""

    monthly_usd: float = Field(default=20.0, gt=0)


class Contract(_Section):
    """One supervised problem: its sources, target, split, limits."""

    pipeline: Name
    target: str
    task: Task | None = None
    metric: str | None = None
    sources: dict[Name, Source] = Field(min_length=1)
    split: Split = Split()
    privacy: Privacy = Privacy()
    training: Training = Training()
    gate: Gate = Gate()
    release: Release = Release()
    monitor: Monitor = Monitor()
    budget: Budget = Budget()

    @model_validator(mode="after")
    def _names_meet(self) -> Self:
        if problems := reference_faults(self.model_dump(), METRICS):
            raise ValueError("; ".join(problems))
        return self

    @property
    def version(self) -> str:
        """A content address: equal contracts have equal versions, whatever their layout."""
        return _address(self)

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
        """A content address of all that decides how a drop of this source is read."""
        return _address(self.readable(source))

    def feature_columns(self) -> dict[str, Column]:
        """The columns a model may see, in the contract's order."""
        hidden = {self.target, *self.privacy.drop, *self.privacy.pseudonymise, *self._keys()}
        return {
            name: column
            for name, column in self.columns().items()
            if name not in hidden and column.type in FEATURE_TYPES
        }

    def _keys(self) -> set[str]:
        return {key for source in self.sources.values() for key in source.join}


def _address(section: BaseModel) -> str:
    canonical = json.dumps(section.model_dump(mode="json"), sort_keys=True)
    return sha256(canonical.encode()).hexdigest()[:16]


def parse_contract(text: str | bytes, pipeline: str | None = None) -> Contract:
    """Read a contract, or raise ContractError with every problem in it.

    `pipeline` is the folder the contract was dropped in; the contract must name the same.
    """
    try:
        # YAML 1.2: in 1.1 the key `on` and the category `no` would be booleans.
        document = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError) as fault:
        raise ContractError([f"not YAML: {fault}"]) from fault
    if not isinstance(document, Mapping):
        raise ContractError(["a contract is a mapping: it starts with `pipeline: <name>`"])
    problems = _misplaced(document, pipeline)
    try:
        contract = Contract.model_validate(document)
    except ValidationError as fault:
        problems += [_sentence(error) for error in fault.errors() if error["loc"]]
        problems += reference_faults(document, METRICS)
        raise ContractError(list(dict.fromkeys(problems))) from fault
    if problems:
        raise ContractError(problems)
    return contract


def _fields() -> set[str]:
    return {name for section in _Section.__subclasses__() for name in section.model_fields}


def _misplaced(document: Mapping[Any, Any], pipeline: str | None) -> list[str]:
    named = document.get("pipeline")
    if pipeline is None or named is None or named == pipeline:
        return []
    return [f"pipeline: {named!r} lies in the folder of {pipeline!r}; make the two equal"]


def is_name(text: str) -> bool:
    """Whether a pipeline or a source may be called that."""
    return NAME.fullmatch(text) is not None


def _sentence(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    field = ".".join(str(part) for part in error["loc"] if part != "[key]")
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        close = get_close_matches(str(error["loc"][-1]), _fields(), n=1)
        message = f"is no part of a contract{f'; did you mean {close[0]}?' if close else ''}"
    elif error["type"] == "string_pattern_mismatch" and "instance" not in error["loc"]:
        message = f"{error['input']!r} cannot be used: {NAME_RULE}"
    elif error["type"] == "string_pattern_mismatch":
        message = f"{error['input']!r} is no SageMaker instance type such as ml.m5.large"
    return f"{field}: {message}" if field else message
