"""e to a power, by the same steps on every machine and as the compiled kernel does.

The method, its constants and its error of less than one ulp are fdlibm's (e_exp.c).
"""

import math

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
P1, P2, P3 = 1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05
P4, P5 = -1.65339022054652515390e-06, 4.13813679705723846039e-08
LARGEST, LEAST = 7.09782712893383973096e02, -7.45133219101941108420e02


def exponential(x: float) -> float:
    """e**x; infinite or nought where it is out of a float's range, NaN for NaN."""
    if x != x:
        return x
    if x > LARGEST:
        return math.inf
    if x < LEAST:
        return 0.0
    steps = math.floor(x * 1.44269504088896338700e00 + 0.5)
    high = x - steps * LN2_HIGH
    low = steps * LN2_LOW
    r = high - low
    t = r * r
    c = r - t * (P1 + t * (P2 + t * (P3 + t * (P4 + t * P5))))
    y = 1.0 - ((low - (r * c) / (2.0 - c)) - high)
    return math.ldexp(y, steps)
