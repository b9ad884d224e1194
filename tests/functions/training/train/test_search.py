"""What a search asks for, in which order, and how much it may spend."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optuna.trial import TrialState

from tidemill.errors import NoCandidateError
from training.train.searching.curve import Curve, Unseen
from training.train.searching.fitting import Place
from training.train.searching.folds import Folds
from training.train.searching.journal import Journal
from training.train.searching.search import WORK, Search

type Make = Callable[..., Folds]
COST = 0.2


class FreeFolds(Folds):
    """Folds that take no time: the loss is that of a learning rate of its own."""

    def curve(self, params: Mapping[str, Any], fold: int, place: Place) -> Curve:
        del place
        held = self.parts[fold].held
        rows = len(self.validation if held is None else held)
        loss = abs(params.get("learning_rate", 1.0) - 0.07)
        return Curve({0: np.zeros(rows)}, {0: loss}, rounds=0, work=COST)


class FailingFolds(FreeFolds):
    """Folds on which boosting cannot be fitted, and on request nothing can."""

    nothing = False

    def curve(self, params: Mapping[str, Any], fold: int, place: Place) -> Curve:
        if self.nothing or params["family"] == "boosting":
            raise FloatingPointError("overflow")
        return super().curve(params, fold, place)


class LeanFolds(FailingFolds):
    """Folds on which boosting cannot be fitted, and fewer features are better."""

    def curve(self, params: Mapping[str, Any], fold: int, place: Place) -> Curve:
        found = super().curve(params, fold, place)
        return replace(found, losses={0: float(params["features"] == "all")})


class HopelessFolds(FailingFolds):
    """Folds on which nothing can be fitted."""

    nothing = True


class Pairs:
    """A runner of two hosts, which counts what it was given at once."""

    width = 2

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def run[T](self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        self.sizes.append(len(tasks))
        return [task() for task in reversed(tasks)][::-1]


def asked(journal: Journal) -> list[dict[str, Any]]:
    return [trial.params for trial in journal.finished()]


@pytest.mark.parametrize(("rows", "all_made"), [(1999, True), (2000, False)])
def test_a_search_ends_when_its_work_is_done(
    folds_of: Make, tmp_path: Path, rows: int, all_made: bool
) -> None:
    """On all but few rows a search stops at its work, not before; on few it makes all trials."""
    journal = Journal.open(tmp_path, "study")
    folds = folds_of(rows, FreeFolds)
    assert Search(folds, journal, trials=40, deadline=float("inf")).run() is False
    costs = [trial.user_attrs["work"] for trial in journal.finished()]
    assert (len(costs) == 40) is all_made
    assert (sum(costs[:-1]) < WORK <= sum(costs)) is not all_made


def test_only_the_best_so_far_go_on(folds_of: Make, tmp_path: Path) -> None:
    """Who loses more than two others of its family, or a tenth more than any, is given up."""
    journal = Journal.open(tmp_path, "study")
    Search(folds_of(100, FreeFolds), journal, trials=30, deadline=float("inf")).run()
    seen = [(t.params["family"], t.intermediate_values[0]) for t in journal.finished()]
    for trial in journal.finished()[len(folds_of(100).candidates.starts()) :]:
        family, loss = seen[trial.number]
        before = seen[: trial.number + 1]
        rival = sorted(other for of, other in before if of == family)[:2][-1]
        hopeless = loss > 1.1 * min(other for _, other in before)
        assert (trial.state == TrialState.PRUNED) is (loss > rival or hopeless)


def test_time_that_is_over_leaves_one_candidate(folds_of: Make, tmp_path: Path) -> None:
    """However late, the best of the starts is scored on all folds, and no more is asked for."""
    journal = Journal.open(tmp_path, "study")
    assert Search(folds_of(100, FreeFolds), journal, trials=30, deadline=0.0).run() is True
    assert len(journal.finished()) == len(folds_of(100).candidates.starts())
    assert 1 <= len(journal.complete()) < len(journal.finished())


def test_what_fails_is_recorded_and_not_tried_again(folds_of: Make, tmp_path: Path) -> None:
    """A candidate that cannot be fitted has its reason in the journal; the others go on."""
    journal = Journal.open(tmp_path, "study")
    Search(folds_of(100, FailingFolds), journal, trials=12, deadline=float("inf")).run()
    failed = [t for t in journal.finished() if t.state == TrialState.FAIL]
    assert {trial.params["family"] for trial in failed} == {"boosting"}
    assert {trial.user_attrs["reason"] for trial in failed} == {"FloatingPointError: overflow"}
    assert {trial.params["family"] for trial in journal.complete()} == {"linear"}
    assert len(journal.finished()) == 12


@pytest.mark.parametrize("seed", range(6))
def test_what_the_sampler_tried_is_not_tried_again(
    folds_of: Make, tmp_path: Path, seed: int
) -> None:
    """The best with fewer features is no new candidate where it had fewer already."""
    folds = folds_of(100, LeanFolds)
    idle = frozenset(folds.candidates.features[:1])
    folds = replace(folds, candidates=replace(folds.candidates, seed=seed, idle=idle))
    journal = Journal.open(tmp_path, "study")
    trials = len(folds.candidates.starts()) + 2
    Search(folds, journal, trials=trials, deadline=float("inf")).run()
    made = [tuple(params.items()) for params in asked(journal)]
    assert len(made) == len(set(made)) == trials


def test_a_search_of_failures_only_ends_by_name(folds_of: Make, tmp_path: Path) -> None:
    """There is no model where nothing can be fitted, and the message says why."""
    journal = Journal.open(tmp_path, "study")
    search = Search(folds_of(100, HopelessFolds), journal, trials=8, deadline=float("inf"))
    with pytest.raises(NoCandidateError, match=r"none of 8 .* FloatingPointError: overflow"):
        search.run()


def test_hosts_share_batches_asked_for_before_any_is_told(folds_of: Make, tmp_path: Path) -> None:
    """Two hosts get two trials' folds at a time, and interruptions within a batch change none."""
    folds = folds_of(100, FreeFolds)
    whole, runner = Journal.open(tmp_path, "whole"), Pairs()
    Search(folds, whole, trials=16, deadline=float("inf"), runner=runner).run()
    assert max(runner.sizes) == 2
    torn = Journal.open(tmp_path, "torn")
    for trial in whole.finished()[:9]:
        torn.add(trial)
    Search(folds, torn, trials=16, deadline=float("inf"), runner=Pairs()).run()
    assert asked(torn) == asked(whole)


def test_every_seed_of_a_contract_can_be_searched_with(folds_of: Make, tmp_path: Path) -> None:
    """The sampler's own seeds have 32 bits, however large the contract's is."""
    folds = folds_of(100, FreeFolds)
    folds = replace(folds, candidates=replace(folds.candidates, seed=2**32 - 1))
    journal = Journal.open(tmp_path, "study")
    Search(folds, journal, trials=12, deadline=float("inf")).run()
    assert len(asked(journal)) == 12


@pytest.mark.parametrize("line", [b"torn", b"\xff\x00", b'{"op_code": 99}'])
def test_a_journal_that_cannot_be_read_begins_anew(
    folds_of: Make, tmp_path: Path, line: bytes
) -> None:
    """A broken checkpoint costs the time of its trials, and neither the run nor its result."""
    journal = Journal.open(tmp_path, "study")
    Search(folds_of(100, FreeFolds), journal, trials=6, deadline=float("inf")).run()
    path = tmp_path / "search.journal"
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([*lines[:3], line, *lines[4:], b""]))

    again = Journal.open(tmp_path, "study")
    assert not again.finished()
    Search(folds_of(100, FreeFolds), again, trials=6, deadline=float("inf")).run()
    assert asked(again) == asked(journal)


def test_outputs_that_came_back_torn_count_as_missing(tmp_path: Path) -> None:
    """They can be computed again."""
    journal = Journal.open(tmp_path, "study")
    journal.save_outputs(0, Unseen(np.zeros(9), np.zeros(9)))
    path = next(journal.folder.glob("*.npz"))
    path.write_bytes(path.read_bytes()[:100])
    assert journal.outputs(0) is None
