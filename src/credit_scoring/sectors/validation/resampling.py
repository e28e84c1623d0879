"""Bootstrap draws and intervals, seeded: the same data and seed give the same interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.validation.inputs import FloatArray, IntArray, Scored
from credit_scoring.sectors.validation.results import Estimate


def draws_of(scored: Scored, *, draws: int, seed: int) -> Iterator[FloatArray]:
    """Row weights of each bootstrap draw: the row's own weight times how often it was drawn.

    Subjects are drawn with replacement, all rows of a subject together, separately among those that were ever bad
    and those that never were, so that both classes are in every draw (stratified bootstrap; Davison and Hinkley
    1997, Bootstrap Methods and their Application, ch. 3.2 and 3.8). Without `subject` each row is its own subject.
    """
    rng = np.random.default_rng(seed)
    cluster, weight = scored.clusters, scored.weights
    ever = np.bincount(cluster, weights=scored.bad) > 0
    strata = [np.flatnonzero(ever), np.flatnonzero(~ever)]
    times = np.zeros(len(ever))
    for _ in range(draws):
        for members in strata:
            size = len(members)
            if size:
                times[members] = np.bincount(rng.integers(0, size, size), minlength=size)
        yield weight * times[cluster]


def bootstrap(
    scored: Scored, statistic: Callable[[FloatArray], FloatArray], *, draws: int, seed: int
) -> FloatArray:
    """`draws` rows of what `statistic` makes of each draw's weights; NaN where a draw allows no value."""
    return np.array([statistic(weight) for weight in draws_of(scored, draws=draws, seed=seed)])


def with_interval(value: float, drawn: FloatArray, *, confidence: float) -> Estimate:
    """A value with the percentile interval of its draws (Efron and Tibshirani 1993, ch. 13.3).

    Draws without a value (NaN) are left out; where none is left the interval is null.
    """
    found = drawn[np.isfinite(drawn)]
    if not len(found):
        return Estimate(value=float(value))
    tail = (1 - confidence) / 2
    low, high = np.quantile(found, (tail, 1 - tail))
    return Estimate(value=float(value), low=float(low), high=float(high))


def wilson(share: float, size: float, *, confidence: float) -> Estimate:
    """A share with Wilson's score interval (Wilson 1927; Agresti and Coull 1998).

    Args:
        share: between 0 and 1.
        size: number of rows; for weighted rows the effective number (Korn and Graubard 1998).
        confidence: such as 0.95.
    """
    z = float(norm.ppf(0.5 + confidence / 2))
    centre = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z / (1 + z**2 / size) * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2))
    # Rounding must not push the value itself out of its interval at 0 and 1.
    low, high = min(max(0.0, centre - half), share), max(min(1.0, centre + half), share)
    return Estimate(value=float(share), low=float(low), high=float(high))


def both_classes(bad: IntArray | NDArray[np.bool_]) -> Title | None:
    """Why nothing that needs good and bad rows can be computed, or None if it can."""
    bads = int(bad.sum())
    if 0 < bads < len(bad):
        return None
    if bads:
        return Title(
            zh=f"{len(bad)} 行全部为失信样本，缺少守信样本", en=f"all {len(bad)} rows are bad, none is good"
        )
    return Title(zh=f"{len(bad)} 行中没有失信样本", en=f"none of the {len(bad)} rows is bad")
