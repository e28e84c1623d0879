"""Dividing rows into groups of similar size, equal values always together."""

from __future__ import annotations

import numpy as np

from credit_scoring.sectors.validation.inputs import FloatArray, IntArray


def equal_cuts(values: FloatArray, weight: FloatArray, *, groups: int, isolate: bool) -> FloatArray:
    """Cuts that divide values into at most `groups` groups of about equal weight.

    Group i holds `cuts[i-1] <= value < cuts[i]`. Equal values are never parted, so groups may be fewer and uneven.

    Args:
        values: n numbers without NaN.
        weight: n weights above 0.
        groups: wanted number of groups.
        isolate: a value that alone weighs as much as a whole group becomes a group of its own, so that what lies
            below and above it stays visible (a count that is 0 for nearly everybody).

    Returns:
        Rising cuts; empty where all values are equal.

    >>> equal_cuts(np.array([0.0, 0.0, 0.0, 0.0, 1.0, 2.0]), np.ones(6), groups=3, isolate=True).tolist()
    [1.0]
    """
    levels, codes = np.unique(values, return_inverse=True)
    mass = np.bincount(codes, weights=weight, minlength=len(levels))
    reached = np.cumsum(mass)
    # A hair less than the exact share: sums of weights must not miss a boundary by rounding.
    wanted = reached[-1] * np.arange(1, groups) / groups * (1 - 1e-12)
    first = np.searchsorted(reached, wanted) + 1
    if isolate:
        heavy = np.flatnonzero(mass >= reached[-1] / groups)
        first = np.concatenate([first, heavy, heavy + 1])
    first = np.unique(first)
    cuts: FloatArray = levels[first[(first > 0) & (first < len(levels))]]
    return cuts


def group_of(values: FloatArray, cuts: FloatArray) -> IntArray:
    """Group of each value: 0 below the first cut. NaN would fall into the last; take it out before."""
    return np.searchsorted(cuts, values, side="right").astype(np.int64)
