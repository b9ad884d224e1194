"""A bet on which of two models loses more, that may be looked at whenever somebody likes."""

import math

import numpy as np

from tidemill.wager import Wager

SURE = math.log(700)


def play(seed: int, ours: float, theirs: float, rows: int = 300) -> Wager:
    """Losses of two models with these means, drawn apart."""
    rng = np.random.default_rng(seed)
    each = [rng.beta(2, 2 / mean - 2, rows).tolist() for mean in (ours, theirs)]
    return Wager().add(zip(*each, strict=True))


def test_an_equal_model_is_seldom_called_worse() -> None:
    """Neither one as good nor one that is worse by what is tolerated, at any time."""
    for ours in (0.2, 0.21):
        most = [play(seed, ours, 0.2).most for seed in range(100)]
        assert sum(each > math.log(20) for each in most) <= 5
        assert max(most) < SURE


def test_a_worse_model_is_called_so_soon() -> None:
    """Twice the loss by 200 pairs; three times by 60."""
    assert all(play(seed, 0.4, 0.2, 200).most > SURE for seed in range(50))
    assert all(play(seed, 0.6, 0.2, 60).most > SURE for seed in range(50))


def test_pairs_of_the_same_rows_tell_sooner() -> None:
    """Where both err on the same rows, a small difference is surer than between others."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(20):
        theirs = rng.beta(1, 4, 300)
        ours = (theirs + 0.05).clip(0, 1)
        pairs = [np.column_stack([ours, by]).tolist() for by in (theirs, theirs[::-1])]
        paired, apart = (Wager().add(each) for each in pairs)
        found.append((paired.most > SURE, apart.most > SURE))
    assert sum(paired for paired, _ in found) == 20
    assert sum(apart for _, apart in found) <= 10
