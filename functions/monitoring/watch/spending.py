"""A rate of false alarms, spent on what is compared.

With nothing drifting, the expected number of false alarms in any time is at most the rate times
the time: each comparison may err with the chance that has come in since the last one of its kind.
So a thousand windows a day alarm no more often than one does.
"""

from datetime import datetime, timedelta

DROPS = 0.2
WINDOWS = 0.65
LONGER = 0.05
MOST = 0.5
DAY = timedelta(days=1)


def level(rate: float, part: float, since: str, moment: str) -> float:
    """What a comparison at `moment` may spend of a daily rate, the last one being at `since`."""
    days = (datetime.fromisoformat(moment) - datetime.fromisoformat(since)) / DAY
    return min(max(rate * part * days, 1e-300), MOST)
