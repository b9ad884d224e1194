"""The parts of a contract besides its tables, each with its defaults and its bounds."""

import re
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from tidemill.contract.section import Section, later
from tidemill.pricing import require_instance
from tidemill.quantities import DailyRate, Duration, Fraction

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=5)
MOST_KEYS = 1000
_REQUIREMENT = re.compile(r"(<=|>=|<|>)\s*(-?\d+(?:\.\d+)?)")


class Split(Section):
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


class Privacy(Section):
    """Columns that never go on in clear.

    `subject` is the column that names a person, for forgetting; raising `key` gives every
    pseudonym a new value.
    """

    pseudonymise: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    subject: str | None = later(None)
    key: Annotated[int, Field(ge=1, le=MOST_KEYS)] = later(1)


class Training(Section):
    """What one run may use, and how it may go about it.

    `instances` hosts share one search. `imbalance` is what may be done for rare classes: with
    `auto` the search tries weights and resampling where a class is rare. `calibrate` corrects the
    probabilities of classes: with `auto`, where that lowers their log loss on rows not learnt from.
    """

    instance: Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")] = (
        "ml.m5.large"
    )
    spot: bool = True
    trials: int = Field(default=40, ge=1, le=1000)
    max_runtime: Duration = timedelta(hours=1)
    max_wait: Duration = timedelta(hours=3)
    budget_usd: float = Field(default=1.0, gt=0)
    seed: int = Field(default=0, ge=0, lt=2**32)
    instances: Annotated[int, Field(ge=1, le=20)] = later(1)
    imbalance: Literal["auto", "none", "weights", "oversample", "undersample"] = later("auto")
    calibrate: Literal["auto", "none", "sigmoid", "isotonic"] = later("auto")

    @model_validator(mode="after")
    def _waits_longer_than_it_runs(self) -> Self:
        require_instance(self.instance)
        if self.max_runtime < SHORTEST:
            raise ValueError("max_runtime must be at least 1m, to start in and deliver a model")
        if self.max_wait > LONGEST:
            raise ValueError("max_wait is at most 5d, as long as SageMaker lets a job run")
        if self.max_wait < self.max_runtime:
            raise ValueError("max_wait must be at least max_runtime: it includes the run itself")
        return self


class Decision(Section):
    """From which probability on a binary model answers its second class; for none else.

    The threshold is tuned on rows not learnt from: to `maximise` a metric, or to minimise what
    errors cost, in any one unit. With neither it is one half, or what the contract's metric asks.
    """

    maximise: Literal["f1", "accuracy", "balanced_accuracy"] | None = None
    false_positive: Annotated[float, Field(gt=0)] | None = None
    false_negative: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_aim(self) -> Self:
        costs = self.false_positive, self.false_negative
        if (costs[0] is None) != (costs[1] is None):
            raise ValueError("name both false_positive and false_negative, or neither")
        if self.maximise and costs[0] is not None:
            raise ValueError("maximise a metric or name what errors cost, not both")
        return self


class Gate(Section):
    """What a challenger must show before it may serve.

    `slices` bounds, for each value of a column, how much larger its loss may be than the
    champion's; `latency_ms` is of one row, measured on the training instance.
    """

    min_improvement: float = Field(default=0.0, ge=0)
    confidence: Fraction = 0.95
    require: dict[str, str] = Field(default={})
    slices: dict[str, Fraction] = later({})
    latency_ms: Annotated[float, Field(gt=0)] = later(100.0)
    size_mb: Annotated[float, Field(gt=0)] = later(100.0)

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


class Release(Section):
    """How an approved model goes into service.

    With `strategy: canary` it is scored beside the champion until it made `shadow` predictions, or
    for `bake`; then it answers the share `canary` for `bake`. For `bake` after its promotion it is
    watched, whatever the strategy.
    """

    approval: Literal["automatic", "manual"] = "automatic"
    strategy: Literal["all_at_once", "canary"] = "all_at_once"
    canary: Fraction = 0.1
    bake: Duration = timedelta(minutes=10)
    shadow: Annotated[int, Field(ge=0, le=1_000_000)] = later(100)

    @field_validator("bake")
    @classmethod
    def _bakes_for_days_at_most(cls, bake: timedelta) -> timedelta:
        if bake > LONGEST:
            raise ValueError("bake is at most 5d")
        return bake


class Serving(Section):
    """What becomes of a request that holds what training never saw: answered, or refused.

    `unseen` is of categories that `values` does not list, `out_of_range` of numbers beyond `min`
    and `max`, `missing` of nulls where the column allows them. What is not finite is refused.
    """

    unseen: Literal["impute", "reject"] = "impute"
    out_of_range: Literal["impute", "reject"] = "impute"
    missing: Literal["impute", "reject"] = "impute"


class Season(Section):
    """Rows are compared with rows of the same hour, weekday or month, in UTC.

    `column` is a timestamp that tells; of predictions without it, the moment they were made at.
    """

    by: Literal["hour", "weekday", "month"]
    column: str


class Drift(Section):
    """When a change in the data is worth a person's attention.

    `false_alarms` is how often anything is called drifted by chance; `min_effect` how many
    standard deviations a change must have to matter. With a `season` its turn is no change.
    """

    false_alarms: DailyRate = 0.05 / 365
    min_effect: Annotated[float, Field(ge=0, le=1)] = later(0.05)
    window: int = Field(default=500, ge=50)
    season: Season | None = later(None)


class Retrain(Section):
    """What starts another run, and what holds it back.

    Drift does where it harms; `unknown_harm` is what to do where nobody can tell. `schedule` does
    when no run ended for `every`. After `max_fruitless` runs in a row without a model that passed,
    it takes as many new rows as those had, or a person.
    """

    on: tuple[Literal["drift", "new_data", "schedule"], ...] = ("new_data",)
    min_new_rows: int = Field(default=1, ge=1)
    cooldown: Duration = timedelta(0)
    every: Duration = later(timedelta(days=30))
    max_fruitless: Annotated[int, Field(ge=1)] = later(3)
    unknown_harm: Literal["wait", "retrain"] = later("wait")

    @field_validator("every")
    @classmethod
    def _not_all_the_time(cls, every: timedelta) -> timedelta:
        if every < timedelta(days=1):
            raise ValueError("every is at least 1d: the clock is looked at once a day")
        return every


class Monitor(Section):
    """What is kept of predictions, and what is made of it; ids decide who is in the share kept."""

    drift: Drift = Drift()
    retrain: Retrain = Retrain()
    capture: Fraction = later(1.0)


class Budget(Section):
    """What the pipeline may cost in a calendar month."""

    monthly_usd: float = Field(default=20.0, gt=0)
