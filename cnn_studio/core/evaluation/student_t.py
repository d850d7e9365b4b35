"""Student's t distribution, which figures of a few seeds follow.

SciPy has it too, but takes a second to import; `tests/core/test_comparing.py` compares with it.
"""

from __future__ import annotations

import math

MOST_TERMS = 10_000
SMALL = 1e-300
PRECISION = 1e-15


def student_p_value(t: float, degrees: float) -> float:
    """Return how probable a value at least this far from 0, either way, is.

    Args:
        t: Any number.
        degrees: Degrees of freedom, above 0; Welch's need not be whole.
    """
    return _incomplete_beta(degrees / 2.0, 0.5, degrees / (degrees + t * t))


def student_quantile(share: float, degrees: float) -> float:
    """Return the distance from 0 that is not exceeded, either way, with this probability (0.95: 95 %)."""
    low, high = 0.0, 1.0
    while 1.0 - student_p_value(high, degrees) < share:
        low, high = high, 2.0 * high
    for _ in range(100):
        middle = (low + high) / 2.0
        if 1.0 - student_p_value(middle, degrees) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularized incomplete beta function I_x(a, b), 0 to 1.

    By its continued fraction (Press et al., Numerical Recipes, 3rd ed., 6.4).
    """
    if not 0.0 < x < 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):  # the fraction converges faster on the other side
        return 1.0 - _incomplete_beta(b, a, 1.0 - x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return front * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1.0 / (1.0 - (a + b) * x / (a + 1.0) or SMALL)
    result = d
    for m in range(1, MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / (1.0 + term * d or SMALL)
            c = 1.0 + term / c or SMALL
            result *= c * d
        if abs(c * d - 1.0) < PRECISION:
            break
    return result
