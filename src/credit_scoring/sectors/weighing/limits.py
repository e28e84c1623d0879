"""Weights within their limits and on their grid, adding up to exactly 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction

from credit_scoring.errors import InputError
from credit_scoring.policy.weighing import WeightLimits


def within_limits(weights: Sequence[float], limits: Sequence[WeightLimits]) -> tuple[Fraction, ...]:
    """Weights moved into their limits, adding up to exactly 1.

    All are multiplied by one factor and cut off at their limits; the factor is the one with which they add up to 1.
    Weights that meet no limit keep their proportions, and no order between equally limited ones changes.

    Raises:
        InputError: a weight is negative or no number, or no factor can meet the limits.
    """
    exact = [_checked(weight) for weight in weights]
    low = [Fraction(limit.at_least) for limit in limits]
    high = [Fraction(limit.at_most) for limit in limits]

    def cut(factor: Fraction) -> list[Fraction]:
        return [min(max(factor * w, a), b) for w, a, b in zip(exact, low, high, strict=True)]

    # The sum rises with the factor and is straight between the factors at which a weight meets one of its limits.
    bends = sorted({limit / w for w, a, b in zip(exact, low, high, strict=True) if w > 0 for limit in (a, b)})
    sums = [sum(cut(factor), Fraction(0)) for factor in bends]
    if not bends or sums[0] > 1 or sums[-1] < 1:
        raise InputError(
            "the limits of the weights leave no room for 1 in all: lower an `at_least` or raise an `at_most` under "
            "`weighing: bounds:`."
        )
    for i, total in enumerate(sums):
        if total == 1:
            return tuple(cut(bends[i]))
        if total > 1:
            share = (1 - sums[i - 1]) / (total - sums[i - 1])
            return tuple(cut(bends[i - 1] + share * (bends[i] - bends[i - 1])))
    raise AssertionError("the last sum is at least 1")


def rounded(
    weights: Sequence[Fraction], *, step: Decimal, limits: Sequence[WeightLimits], names: Sequence[str]
) -> tuple[Decimal, ...]:
    """Weights as whole multiples of `step` that add up to exactly 1, by the largest remainder.

    Each is rounded down; the steps that are left go to those that lost most. Of equal remainders the larger weight
    comes first, then the name in alphabetical order, so that the order of the file decides nothing.

    Args:
        weights: adding up to 1, within `limits`.
        limits: whole multiples of `step`.

    Raises:
        InputError: a weight comes to 0, or the limits are off the grid.
    """
    grid = Fraction(step)
    low = [_steps(limit.at_least, step) for limit in limits]
    high = [_steps(limit.at_most, step) for limit in limits]
    exact = [weight / grid for weight in weights]
    units = [min(max(q.__floor__(), a), b) for q, a, b in zip(exact, low, high, strict=True)]
    order = sorted(range(len(units)), key=lambda i: (-(exact[i] - units[i]), -exact[i], names[i]))
    left = int(1 / grid) - sum(units)
    for i in order:
        if left > 0 and units[i] < high[i]:
            units[i] += 1
            left -= 1
    if left != 0:
        raise InputError(
            f"weights in steps of {step} within these limits cannot add up to 1: use a finer rounding."
        )
    if nothing := [names[i] for i, count in enumerate(units) if count == 0]:
        raise InputError(
            f"{', '.join(sorted(nothing))}: the weight comes to 0 in steps of {step}, and an indicator that weighs nothing "
            "is none. State an `at_least` under `weighing: bounds:`, use a finer rounding, or remove the indicator."
        )
    return tuple(count * step for count in units)


def _steps(limit: Decimal, step: Decimal) -> int:
    if limit % step != 0:
        raise InputError(f"the limit {limit} is no whole multiple of the rounding {step}.")
    return int((limit / step).to_integral_value(rounding=ROUND_FLOOR))


def _checked(weight: float) -> Fraction:
    if not 0 <= weight < math.inf:
        raise InputError(f"{weight} is no weight: it must be a number of 0 or more.")
    return Fraction(weight)
