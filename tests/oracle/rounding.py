"""Rounding happens "once, half up away from zero"."""

from __future__ import annotations

from fractions import Fraction
from math import floor


def half_up(amount: Fraction, places: int) -> Fraction:
    """The nearest number with so many decimals; halves go away from zero.

    >>> half_up(Fraction("2.0005"), 3), half_up(Fraction("-2.0005"), 3)
    (Fraction(2001, 1000), Fraction(-2001, 1000))
    """
    scale = 10**places
    size = Fraction(floor(abs(amount) * scale + Fraction(1, 2)), scale)
    return size if amount >= 0 else -size


def to_thousandth(points: Fraction) -> Fraction:
    """Points are exact to the thousandth."""
    return half_up(points, 3)


def to_millionth(factor: Fraction) -> Fraction:
    """Each factor is kept to six decimals."""
    return half_up(factor, 6)


def within(points: Fraction, lowest: Fraction | None, highest: Fraction) -> Fraction:
    """Kept within `[floor, points]`; no lower bound where the floor is none."""
    if lowest is not None and points < lowest:
        return lowest
    return min(points, highest)
