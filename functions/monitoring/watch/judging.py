"""A full window is judged: its features, its answers, and the longer windows that it completes."""

from dataclasses import dataclass, replace
from typing import Any

from monitoring.watch.baseline import Baseline
from monitoring.watch.drift import Drift, measure_drift
from monitoring.watch.gathering import Window
from monitoring.watch.longer import lengthen
from monitoring.watch.spending import LONGER, WINDOWS, level
from monitoring.watch.tally import Tally
from tidemill.contract.sections import Drift as Rules

FIRST_WINDOWS = 10
ANSWERS = 0.03

type Record = dict[str, Any]


@dataclass(frozen=True)
class Judgement:
    """A window's drift, and the records to go on from.

    `begun` says of columns that drifted in longer windows when those began.
    """

    drift: Drift
    begun: dict[str, str]
    longer: Record
    answers: Record


@dataclass(frozen=True)
class Judge:
    """Judges windows of one champion; `moment` is now, `since` when the last one was judged."""

    baseline: Baseline
    rules: Rules
    moment: str
    since: str

    def judge(self, window: Window, longer: Record, answers: Record) -> Judgement:
        """Compare a window, once: its records tell whether it was before."""
        spent = level(self.rules.false_alarms, WINDOWS, self.since, self.moment)
        drift = self.features(window.features, spent * (1 - ANSWERS))
        if self._enough(answers):
            drift = drift.merge(self._answers(window, answers, spent * ANSWERS))
        else:
            answers = self._gathered(window, answers)
        longer, completed = lengthen(longer, window, self.baseline, self.since)
        begun: dict[str, str] = {}
        for whole in completed:
            own = level(self.rules.false_alarms, LONGER, whole.since, self.moment)
            found = replace(self.features(whole.window.features, own), evident=())
            begun |= dict.fromkeys(found.drifted, whole.window.begun)
            drift = drift.merge(found)
        return Judgement(drift, begun, longer, answers)

    def features(self, tally: Tally, spent: float) -> Drift:
        """Compare features with those of training."""
        return measure_drift(
            self.baseline.tally,
            tally,
            self.baseline.grid,
            level=spent,
            least_effect=self.rules.min_effect,
        )

    def _gathered(self, window: Window, record: Record) -> Record:
        """The champion's first answers with these, until they are enough to compare others with."""
        if record.get("newest") == window.identity:
            return record
        tally = window.answers
        if "tally" in record:
            tally = Tally.from_document(record["tally"]).merge(tally, self.baseline.answers)
        return {**record, "tally": tally.to_document(), "newest": window.identity}

    def _enough(self, record: Record) -> bool:
        return "tally" in record and record["tally"]["rows"] >= FIRST_WINDOWS * self.rules.window

    def _answers(self, window: Window, record: Record, spent: float) -> Drift:
        return measure_drift(
            Tally.from_document(record["tally"]),
            window.answers,
            self.baseline.answers,
            level=spent,
            least_effect=self.rules.min_effect,
        )
