"""The natural logarithm, by the same steps on every machine and as the compiled kernel does.

The method, its constants and its error of less than one ulp are fdlibm's (e_log.c).
"""

import math

from tidemill.artifact.exponential import LN2_HIGH, LN2_LOW

L1, L2, L3, L4 = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
)
L5, L6, L7 = 1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01
HALF_ROOT = 7.07106781186547524401e-01


def logarithm(x: float) -> float:
    """ln(x) of a positive, finite number."""
    fraction, exponent = math.frexp(x)
    if fraction < HALF_ROOT:
        fraction, exponent = 2.0 * fraction, exponent - 1
    f = fraction - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (L2 + w * (L4 + w * L6))
    odd = z * (L1 + w * (L3 + w * (L5 + w * L7)))
    half = 0.5 * f * f
    k = float(exponent)
    return k * LN2_HIGH - ((half - (s * (half + (odd + even)) + k * LN2_LOW)) - f)
