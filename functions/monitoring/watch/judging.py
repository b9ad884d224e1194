"""A full window is judged: its features, its answers, and the longer windows that it completes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from monitoring.watch.answering import by_phase
from monitoring.watch.baseline import Baseline
from monitoring.watch.drift import Drift, measure_drift
from monitoring.watch.gathering import Window
from monitoring.watch.longer import Longer, lengthen
from monitoring.watch.season import Seasons
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
    """Judges windows of one champion; `moment` is now, `since` when the last one was judged.

    With `seasons`, what a window is held against has its phases' shares.
    """

    baseline: Baseline
    rules: Rules
    moment: str
    since: str
    seasons: Seasons | None = None

    def judge(self, window: Window, longer: Record, answers: Record) -> Judgement:
        """Compare a window, once: its records tell whether it was before."""
        spent = level(self.rules.false_alarms, WINDOWS, self.since, self.moment)
        drift = self.features(window, spent * (1 - ANSWERS))
        if window.seasonal:
            answers, firsts, said = by_phase(answers, window, self.baseline.answers)
            found = self._compared(firsts, said, spent * ANSWERS)
            drift = drift.merge(found.of(1, said.rows, window.begun))
        elif self._enough(answers):
            drift = drift.merge(self._answers(window, answers, spent * ANSWERS))
        else:
            answers = self._gathered(window, answers)
        longer, completed = lengthen(longer, window, self.baseline, self.since)
        told = longer.get("told", {}) | dict.fromkeys(drift.drifted, window.begun)
        begun: dict[str, str] = {}
        for whole in completed:
            found = self._news(whole, told)
            begun |= dict.fromkeys(found.drifted, whole.window.begun)
            told = told | begun
            drift = drift.merge(found)
        return Judgement(drift, begun, {**longer, "told": told}, answers)

    def _news(self, whole: Longer, told: Mapping[str, str]) -> Drift:
        """What a longer window shows of columns that drifted in none of which it is made.

        `told` says when the newest window began in which a column drifted: what has ended since is
        still in the sum, and no news.
        """
        spent = level(self.rules.false_alarms, LONGER, whole.since, self.moment)
        found = self.features(whole.window, spent, whole.length)
        known = {column for column, since in told.items() if since >= whole.window.begun}
        return replace(found.without(known), evident=())

    def beside(self, window: Window) -> Baseline:
        """What a window is held against."""
        if self.seasons is None or window.seasonal is None or not window.seasonal.mix:
            return self.baseline
        tally = self.seasons.alike(window.seasonal.mix, window.identity)
        return replace(self.baseline, tally=tally)

    def features(self, window: Window, spent: float, windows: int = 1) -> Drift:
        """Compare features with those of training; a window may be several together."""
        found = measure_drift(
            self.beside(window).tally,
            window.features,
            self.baseline.grid,
            level=spent,
            least_effect=self.rules.min_effect,
        )
        return found.of(windows, window.features.rows, window.begun)

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
        found = self._compared(Tally.from_document(record["tally"]), window.answers, spent)
        return found.of(1, window.answers.rows, window.begun)

    def _compared(self, ours: Tally, theirs: Tally, spent: float) -> Drift:
        """First answers and a window's; nothing where there are none."""
        grid, least = self.baseline.answers, self.rules.min_effect
        if not ours.rows:
            return Drift({})
        return measure_drift(ours, theirs, grid, level=spent, least_effect=least)
