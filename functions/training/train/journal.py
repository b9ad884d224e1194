"""The search's memory in the checkpoint folder: an Optuna journal and out-of-fold outputs.

What survives an interruption at any instant can be read again: outputs are written before the
trial that owns them is told, and a half-written last line of the journal is cut off.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState


class _SoleWriter(JournalFileOpenLock):
    """One process owns the folder; a lock left by a killed one must not be waited for."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Journal:
    """A study that outlives its process."""

    study: optuna.Study
    folder: Path
    resumed: bool

    @classmethod
    def open(cls, folder: Path, name: str) -> Self:
        """The study of that name; a trial that was cut off counts as failed and is done again."""
        path = folder / "search.journal"
        _cut_partial_line(path)
        storage = JournalStorage(JournalFileBackend(str(path), lock_obj=_SoleWriter(str(path))))
        study = optuna.create_study(
            study_name=name, storage=storage, direction="minimize", load_if_exists=True
        )
        trials = study.get_trials(deepcopy=False)
        for trial in trials:
            if trial.state == TrialState.RUNNING:
                study.tell(trial.number, state=TrialState.FAIL)
        outputs = folder / name
        outputs.mkdir(exist_ok=True)
        return cls(study, outputs, resumed=bool(trials))

    def finished(self) -> list[FrozenTrial]:
        """Trials that were scored or pruned, in order."""
        states = (TrialState.COMPLETE, TrialState.PRUNED)
        return self.study.get_trials(deepcopy=False, states=states)

    def complete(self) -> list[FrozenTrial]:
        """Trials that were scored, in order."""
        return self.study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))

    def waiting(self) -> bool:
        """Whether a start is queued already."""
        return bool(self.study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))

    def save_outputs(self, trial: int, outputs: np.ndarray) -> None:
        """Keep a trial's out-of-fold outputs, whole or not at all."""
        partial = self.folder / f"{trial}.partial"
        with partial.open("wb") as file:
            np.save(file, outputs)
        partial.replace(self.folder / f"{trial}.npy")

    def outputs(self, trial: int) -> np.ndarray | None:
        """A trial's out-of-fold outputs; None when the checkpoint came back without them."""
        try:
            outputs: np.ndarray = np.load(self.folder / f"{trial}.npy")
        except (OSError, ValueError, EOFError):
            return None
        return outputs


def _cut_partial_line(path: Path) -> None:
    if path.exists():
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            path.write_bytes(whole)
