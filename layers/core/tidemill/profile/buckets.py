"""Numbers by logarithmic buckets of 1 % relative error.

Profiles of parts then add up to the profile of the whole, in any order (Masson, Rim and Lee,
DDSketch, VLDB 2019).
"""

import math
import sys
from functools import cache

RELATIVE_ERROR = 0.01
GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
LOG_GAMMA = math.log(GAMMA)
SMALLEST = 1e-9
LARGEST = sys.float_info.max


def bucket_of(value: float) -> str:
    """The bucket of a finite number: sign and logarithm, `0` below 1e-9 in magnitude."""
    if abs(value) < SMALLEST:
        return "0"
    index = math.ceil(math.log(abs(value)) / LOG_GAMMA)
    return f"{'-' if value < 0 else '+'}{index}"


@cache
def bucket_value(bucket: str) -> float:
    """The number in the middle of a bucket, within 1 % of everything in it."""
    if bucket == "0":
        return 0.0
    # The middle of the last bucket may be beyond the largest double, and its upper edge is.
    magnitude = min(GAMMA ** (int(bucket[1:]) - 1) * (2 * GAMMA / (GAMMA + 1)), LARGEST)
    return -magnitude if bucket[0] == "-" else magnitude


@cache
def bucket_edges(bucket: str) -> tuple[float, float]:
    """The lowest and the highest number that a bucket holds."""
    if bucket == "0":
        return -SMALLEST, SMALLEST
    low = GAMMA ** (int(bucket[1:]) - 1)
    high = min(low * GAMMA, LARGEST)
    return (-high, -low) if bucket[0] == "-" else (low, high)
