"""Values without a name: ones that were never seen, and ones that became frequent.

Any sample of a long-tailed column shows values that the last one did not, so that being new is no
evidence. Of the values that occur once in all rows, chance deals its share to the window; more of
them there is (the exact distribution is again the hypergeometric).
"""

from monitoring.watch.chance import log_cell_chance
from monitoring.watch.sweep import UNSEEN, Odd
from tidemill.profile.keeping import Thinned, add_values

MOST = 1 << 30
LOOKED_AT = 5


def find_novelty(ours: Thinned, theirs: Thinned, drawn: int, total: int) -> list[tuple[Odd, str]]:
    """What is odd about values without a name, and the value; `drawn` of `total` rows are theirs.

    Half of the share is for all that occur once, half for each value of its own.
    """
    if not theirs[0] or not 0 < drawn < total:
        return []
    times = max(ours[1], theirs[1])
    before, now = (add_values(part, ({}, times), MOST)[0] for part in (ours, theirs))
    found = []
    single = sum(1 for label, count in now.items() if count == 1 and label not in before)
    alone = single + sum(1 for label, count in before.items() if count == 1 and label not in now)
    if single * total > alone * drawn:
        chance = log_cell_chance(single, alone, drawn, total)
        effect = _effect(single << times, alone << times, drawn, total)
        found.append((Odd(0, "unseen", -1, effect, chance, UNSEEN / 2), ""))
    values = len(before.keys() | now.keys())
    for label, count in sorted(now.items(), key=lambda item: (-item[1], item[0]))[:LOOKED_AT]:
        every = count + before.get(label, 0)
        chance = log_cell_chance(count, every, drawn, total)
        effect = _effect(count, every, drawn, total)
        aspect = "share" if label in before else "unseen"
        found.append((Odd(0, aspect, -1, effect, chance, UNSEEN / 2 / values), label))
    return found


def _effect(hits: int, cell: int, drawn: int, total: int) -> float:
    share = cell / total
    spread = (share * (1 - share)) ** 0.5
    difference = hits / drawn - (cell - hits) / (total - drawn)
    return difference / spread if spread else 0.0
