"""The search's memory in the checkpoint folder: an Optuna journal, and outputs for unseen rows.

What survives an interruption at any instant can be read again: a trial enters the journal when it
is over, after its outputs, and a half-written last line of the journal is cut off. What was done
of a trial that is not over lies beside it, fold by fold.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState

from training.train.searching.curve import Unseen
from training.train.searching.fitting import Place


class _SoleWriter(JournalFileOpenLock):
    """One process owns the folder; a lock left by a killed one must not be waited for."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Journal:
    """A study that outlives its process; it holds finished trials only."""

    study: optuna.Study
    folder: Path
    resumed: bool

    @classmethod
    def open(cls, folder: Path, name: str) -> Self:
        """The study of that name, new or gone on with; a file that cannot be read begins anew."""
        path = folder / "search.journal"
        _cut_partial_line(path)
        try:
            study = _study(path, name)
        except Exception:  # noqa: BLE001 - a broken file raises almost anything
            path.unlink()
            study = _study(path, name)
        outputs = folder / name
        resumed = outputs.exists() and any(outputs.iterdir())
        outputs.mkdir(exist_ok=True)
        return cls(study, outputs, resumed=resumed)

    def finished(self) -> list[FrozenTrial]:
        """Trials that were scored, pruned or failed, in order."""
        return self.study.get_trials(deepcopy=False)

    def complete(self) -> list[FrozenTrial]:
        """Trials that were scored, in order."""
        return self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))

    def add(self, trial: FrozenTrial) -> None:
        """Enter the next trial, which is over."""
        self.study.add_trial(trial)

    def let_go(self) -> None:
        """Clear away what was kept of fits that are over."""
        for path in self.folder.glob("*.joblib"):
            path.unlink()

    def place(self, name: str) -> Place:
        """Where a fit, or the result of a fold, is kept until it is of no more use."""
        return Place(self.folder / f"{name}.joblib")

    def save_outputs(self, trial: int, unseen: Unseen) -> None:
        """Keep a trial's outputs, whole or not at all."""
        partial = self.folder / f"{trial}.partial"
        with partial.open("wb") as file:
            np.savez(file, out_of_fold=unseen.out_of_fold, validation=unseen.validation)
        partial.replace(self.folder / f"{trial}.npz")

    def outputs(self, trial: int) -> Unseen | None:
        """A trial's outputs; None when the checkpoint came back without them, or with them torn."""
        try:
            with (self.folder / f"{trial}.npz").open("rb") as file, np.load(file) as kept:
                return Unseen(kept["out_of_fold"], kept["validation"])
        except Exception:  # noqa: BLE001 - a torn archive raises almost anything
            return None


def _study(path: Path, name: str) -> optuna.Study:
    storage = JournalStorage(JournalFileBackend(str(path), lock_obj=_SoleWriter(str(path))))
    return optuna.create_study(
        study_name=name, storage=storage, direction="minimize", load_if_exists=True
    )


def _cut_partial_line(path: Path) -> None:
    if path.exists():
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            path.write_bytes(whole)
