"""What chance explains, so that a healthy model is not rolled back for it."""

import math
from statistics import NormalDist

FALSE_ALARMS = 0.01
STAGES, CHECKS = 3, 7
# What a wager's log must come to, once, in all looks and stages of a release together.
SURELY_WORSE = math.log(CHECKS / FALSE_ALARMS)


def level_of(look: int) -> float:
    """The chance that one check may fail a healthy model by, at the nth look of a stage.

    All looks, checks and stages of a release together stay below `FALSE_ALARMS`, however often is
    looked: 1/(k(k+1)) adds up to one over all k.
    """
    return FALSE_ALARMS / (STAGES * CHECKS) / (look * (look + 1))


def tail(bad: float, of: float, rate: float) -> float:
    """At most the probability of so many `bad` or more of so many, each bad with `rate`.

    Chernoff's bound by relative entropy (Hoeffding 1963, theorem 1); exact where all are bad.
    """
    if of <= 0 or bad <= rate * of:
        return 1.0
    share = min(bad / of, 1.0)
    entropy = share * math.log(share / rate)
    if share < 1:
        entropy += (1 - share) * math.log((1 - share) / (1 - rate))
    return math.exp(-of * entropy)


def surely_slow(samples: int, level: float, share: float = 0.01) -> int | None:
    """How many of the samples must be slow for more than that share of all to be, but by `level`.

    None where the samples are too few to tell.
    """
    for slow in range(1, samples + 1):
        if tail(slow, samples, share) <= level:
            return slow
    return None


def deviations(level: float) -> float:
    """How many standard errors a normal mean exceeds with probability `level`."""
    return NormalDist().inv_cdf(1 - level)
