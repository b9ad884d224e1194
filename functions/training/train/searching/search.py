"""Search the candidates within trials and time, resuming where an interrupted run left off."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import batched

import optuna
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState

from tidemill.errors import NoCandidateError
from training.train.searching.attempt import Attempt, attempt_fold
from training.train.searching.candidates import Params
from training.train.searching.folds import MANY_ROWS, Folds
from training.train.searching.journal import Journal
from training.train.searching.runner import Here, Runner

KEPT = 2
WORK, WORK_ON_MANY = 7.0, 4.5
HOPELESS = 0.1
SMALL_ROWS, SMALL_CELLS = 2000, 100_000
SEEDS = 2**32


@dataclass(frozen=True, slots=True)
class Search:
    """A bounded search: `trials` at most, and WORK fits of the default model unless cheap.

    Beyond that, more trials cost much more than they bring; on MANY_ROWS the default itself stops
    early, and WORK_ON_MANY is the bound. `deadline` is on the clock of
    `forecast`, which tells when all is done if the search stops after so much work.
    The starts are tried side by side, fold after fold, and only the KEPT best so far of each
    family go on, of MANY_ROWS only the one, and none that loses a tenth more than the best of all.
    Then come batches that the sampler proposes, as many trials each as the runner is wide, from the
    batches before them.
    """

    folds: Folds
    journal: Journal
    trials: int
    deadline: float
    runner: Runner = field(default_factory=Here)
    forecast: Callable[[float], float] = lambda _work: time.monotonic()

    def run(self) -> bool:
        """Search on; True when time ran out first. One trial at least is always scored.

        A batch depends on its seed and on the batches before it only, so a resumed search asks
        for the same candidates as one that was never interrupted. NoCandidateError when every
        trial failed.
        """
        first = self._done()
        study = optuna.create_study(direction="minimize")
        study.add_trials(self.journal.finished()[:first])
        while first < self.trials and not self._spent(first):
            if self._late() and self.journal.complete():
                return True
            batch = self._ask(study, first)
            self._try(batch)
            for attempt in batch:
                attempt.tell(study)
            first += len(batch)
        if not self.journal.complete():
            raise NoCandidateError(_reasons(self.journal.finished()))
        return False

    def _done(self) -> int:
        """How many trials are over, those of a batch that was cut off aside."""
        finished, first = self.journal.finished(), 0
        while first < len(finished) and first + self._size(finished[:first]) <= len(finished):
            first += self._size(finished[:first])
        return first

    def _size(self, before: Sequence[FrozenTrial]) -> int:
        return min(len(self._starts(before)) or self.runner.width, self.trials - len(before))

    def _ask(self, study: optuna.Study, first: int) -> list[Attempt]:
        """The batch that begins with that trial, asked for before any of it is scored."""
        before = self.journal.finished()[:first]
        for params in self._starts(before):
            study.enqueue_trial(dict(params))
        return [self._propose(study, first + k) for k in range(self._size(before))]

    def _propose(self, study: optuna.Study, number: int) -> Attempt:
        seed = (self.folds.candidates.seed * 100_003 + number) % SEEDS
        study.sampler = TPESampler(seed=seed, n_startup_trials=KEPT)
        trial = study.ask()
        self.folds.candidates.suggest(trial)
        return Attempt(trial)

    def _starts(self, before: Sequence[FrozenTrial]) -> Sequence[Params]:
        """Where every search begins; then what follows from that: nothing when it is all tried.

        Calm boosting is made of the best quick one, then the best of all is tried with fewer
        features, where some look idle and it has not been.
        """
        candidates = self.folds.candidates
        starts = candidates.starts()
        if not before:
            return starts
        scored = [t for t in before if t.state == TrialState.COMPLETE]
        scored.sort(key=lambda trial: (trial.value, trial.number))
        boosted = [trial for trial in scored if trial.params["family"] == "boosting"]
        if boosted and len(before) == len(starts):
            return [candidates.calmer(boosted[0].params)]
        if candidates.idle and scored and len(before) == len(starts) + 1:
            fewer = scored[0].params | {"features": "fewer"}
            return [fewer] if fewer != scored[0].params else []
        return []

    def _try(self, batch: list[Attempt]) -> None:
        """Score a batch fold by fold, and enter it into the journal."""
        before = self.journal.finished()[: batch[0].number]
        for fold in range(len(self.folds.parts)):
            self._score(batch, fold)
            self._prune(batch, before, fold)
        entered = len(self.journal.finished())
        for attempt in batch:
            attempt.end()
            if attempt.number < entered:
                continue
            if attempt.state == TrialState.COMPLETE:
                unseen = self.folds.unseen(attempt.curves, attempt.rounds)
                self.journal.save_outputs(attempt.number, unseen)
            self.journal.add(attempt.to_trial())
        self.journal.let_go()

    def _score(self, batch: list[Attempt], fold: int) -> None:
        for group in batched([a for a in batch if a.alive], self.runner.width, strict=False):
            if self._late(batch) and self._scored(batch, fold):
                for attempt in group:
                    attempt.state = TrialState.PRUNED
                continue
            tasks = [
                partial(
                    attempt_fold,
                    self.folds,
                    attempt.params,
                    fold,
                    self.journal.place(f"{attempt.number}-{fold}"),
                    self.journal.place(f"{attempt.number}-{fold}-fit"),
                )
                for attempt in group
            ]
            for attempt, found in zip(group, self.runner.run(tasks), strict=True):
                attempt.see(found)

    def _scored(self, batch: list[Attempt], fold: int) -> bool:
        """Whether there is something to deliver without the rest of a batch."""
        return any(len(a.means) > fold for a in batch) or bool(self.journal.complete())

    def _prune(self, batch: list[Attempt], before: Sequence[FrozenTrial], fold: int) -> None:
        if fold + 1 == len(self.folds.parts):
            return
        alive = [attempt for attempt in batch if attempt.alive]
        seen = [
            (trial.params["family"], trial.intermediate_values[fold])
            for trial in before
            if fold in trial.intermediate_values
        ]
        seen += [(attempt.params["family"], attempt.means[fold]) for attempt in alive]
        late, kept = self._late(batch), KEPT if len(self.folds.channel) < MANY_ROWS else 1
        least = min((loss for _, loss in seen), default=0.0)
        for attempt in alive:
            family = attempt.params["family"]
            rivals = sorted(loss for of, loss in seen if late or of == family)
            hopeless = attempt.means[fold] > least + HOPELESS * abs(least)
            if hopeless or attempt.means[fold] > rivals[: 1 if late else kept][-1]:
                attempt.state = TrialState.PRUNED

    def _spent(self, first: int) -> bool:
        rows, columns = self.folds.channel.X.shape
        classes = len(self.folds.scorer.classes)
        cells = rows * columns * (classes if classes > 2 else 1)
        if rows < SMALL_ROWS and cells < SMALL_CELLS:
            return False
        return self._work(first) >= (WORK if rows < MANY_ROWS else WORK_ON_MANY)

    def _work(self, first: int) -> float:
        """What the trials before that one took, in fits of the default model."""
        return float(sum(t.user_attrs["work"] for t in self.journal.finished()[:first]))

    def _late(self, batch: Sequence[Attempt] = ()) -> bool:
        begun = sum(curve.work for attempt in batch for curve in attempt.curves)
        return self.forecast(self._work(self.trials) + begun) > self.deadline


def _reasons(failed: Sequence[FrozenTrial]) -> str:
    reasons = sorted({str(trial.user_attrs.get("reason", "")) for trial in failed})
    return f"none of {len(failed)} candidates could be fitted: {'; '.join(reasons[:3])}"
