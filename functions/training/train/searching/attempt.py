"""One candidate on its way through the folds."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from training.train.searching.candidates import Params
from training.train.searching.curve import Curve, best_rounds
from training.train.searching.fitting import Place
from training.train.searching.folds import Folds


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a candidate could not be scored."""

    reason: str


@dataclass(slots=True)
class Attempt:
    """A candidate asked for, and what became of it so far."""

    trial: optuna.Trial
    curves: list[Curve] = field(default_factory=list)
    means: list[float] = field(default_factory=list)
    state: TrialState | None = None
    reason: str = ""

    @property
    def number(self) -> int:
        """Its place among all trials."""
        return self.trial.number

    @property
    def params(self) -> dict[str, Any]:
        """What the sampler proposed."""
        return self.trial.params

    @property
    def alive(self) -> bool:
        """Whether it is to go on."""
        return self.state is None

    @property
    def rounds(self) -> int:
        """After how many rounds all folds together lose least."""
        return best_rounds(self.curves)

    def see(self, found: Curve | Failure) -> None:
        """Take in the next fold's result."""
        if isinstance(found, Failure):
            self.state, self.reason = TrialState.FAIL, found.reason
            return
        self.curves.append(found)
        self.means.append(float(np.mean([curve.loss(self.rounds) for curve in self.curves])))

    def end(self) -> None:
        """What is still alive after the last fold is complete."""
        if self.alive:
            self.state = TrialState.COMPLETE

    def tell(self, study: optuna.Study) -> None:
        """Let the sampler know how it ended."""
        for fold, mean in enumerate(self.means):
            self.trial.report(mean, fold)
        complete = self.state == TrialState.COMPLETE
        study.tell(self.trial, self.means[-1] if complete else None, state=self.state)

    def to_trial(self) -> FrozenTrial:
        """What the journal keeps: rounds, work and the reason of a failure beside the loss."""
        kept: dict[str, Any] = {"work": sum(curve.work for curve in self.curves)}
        if self.state == TrialState.COMPLETE:
            kept["rounds"] = self.rounds
        if self.reason:
            kept["reason"] = self.reason
        return optuna.trial.create_trial(
            state=self.state or TrialState.COMPLETE,
            value=self.means[-1] if self.state == TrialState.COMPLETE else None,
            params=self.params,
            distributions=self.trial.distributions,
            intermediate_values=dict(enumerate(self.means)),
            user_attrs=kept,
        )


def attempt_fold(
    folds: Folds, params: Params, fold: int, kept: Place, fitting: Place
) -> Curve | Failure:
    """Score a candidate on one fold, or take what was kept of it; a failure has its reason."""
    found: Curve | Failure | None = kept.load()
    if found is None:
        try:
            found = folds.curve(params, fold, fitting)
        except (ValueError, ArithmeticError, RuntimeError, MemoryError) as error:
            found = Failure(f"{type(error).__name__}: {error}")
        else:
            if not np.isfinite(list(found.losses.values())).all():
                found = Failure("its loss is not a finite number")
        kept.keep(found)
    return found
