"""A rate of false alarms, spent on what is compared.

With nothing drifting, the expected number of false alarms in any time is at most the rate times
the time: each comparison may err with the chance that has come in since the last one of its kind.
So a thousand windows a day alarm no more often than one does.
"""

from datetime import datetime, timedelta

# Of drops, of windows of predictions, and of each of three lengths of longer ones.
DROPS = 0.1
WINDOWS = 0.78
LONGER = 0.04
MOST = 0.5
DAY = timedelta(days=1)


def level(rate: float, part: float, since: str, moment: str) -> float:
    """What a comparison at `moment` may spend of a daily rate, the last one being at `since`."""
    days = (datetime.fromisoformat(moment) - datetime.fromisoformat(since)) / DAY
    return min(max(rate * part * days, 1e-300), MOST)
