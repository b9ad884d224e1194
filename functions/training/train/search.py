"""Search the candidates within trials and time, resuming where an interrupted run left off."""

import time
from dataclasses import dataclass

import optuna
from optuna.pruners import MedianPruner
from optuna.samplers import TPESampler
from optuna.trial import TrialState

from training.train.folds import Folds
from training.train.journal import Journal

STARTUP = 6
PRUNE_AFTER = 3
WORK = 8.0
SMALL_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Search:
    """A bounded search: `trials` at most, and WORK fits of the default model on all but few rows.

    Beyond that, more trials cost much more than they bring. `deadline` is on the monotonic clock.
    """

    folds: Folds
    journal: Journal
    trials: int
    deadline: float

    def run(self) -> bool:
        """Search on; True when time ran out first. One trial at least is always scored.

        Each trial has its own sampler seed and depends on finished trials only, so a resumed
        search asks for the same candidates as one that was never interrupted.
        """
        while (done := len(self.journal.finished())) < self.trials and not self._spent():
            if self._late() and self.journal.complete():
                return True
            self._try_next(done)
        return False

    def _try_next(self, done: int) -> None:
        study = self.journal.study
        study.sampler = TPESampler(
            seed=self.folds.candidates.seed * 100_003 + done, n_startup_trials=STARTUP
        )
        study.pruner = MedianPruner(n_startup_trials=PRUNE_AFTER, n_warmup_steps=0)
        starts = self.folds.candidates.starts()
        if done < len(starts) and not self.journal.waiting():
            study.enqueue_trial(starts[done])
        trial = study.ask()
        params = self.folds.candidates.suggest(trial)
        self._score(trial, params, prune=done >= len(starts))

    def _score(self, trial: optuna.Trial, params: dict[str, object], *, prune: bool) -> None:
        outputs, loss = self.folds.blank(), float("inf")
        for fold, loss in enumerate(self.folds.scored(params, outputs)):
            trial.report(loss, fold)
            out_of_time = self._late() and bool(self.journal.complete())
            if out_of_time or (prune and trial.should_prune()):
                self.journal.study.tell(trial, state=TrialState.PRUNED)
                return
        self.journal.save_outputs(trial.number, outputs)
        self.journal.study.tell(trial, loss)

    def _spent(self) -> bool:
        if len(self.folds.channel) < SMALL_ROWS:
            return False
        done = self.journal.finished()
        return sum(self.folds.cost(t.params, len(t.intermediate_values)) for t in done) >= WORK

    def _late(self) -> bool:
        return time.monotonic() > self.deadline
