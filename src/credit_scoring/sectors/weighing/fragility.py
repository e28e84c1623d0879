"""The smallest change of one weight that flips a subject's grade.

With weights w adding up to 1, a subject's score is `start + T Σ w x`; with one weight moved by δ and all renormalised
it is `start + T (m + δ x_k) / (1 + δ)`, `m = Σ w x`. It meets a cut c where `δ = (m − y) / (y − x_k)`,
`y = (c − start) / T`, as long as the weight stays above 0. That is exact: no search, no draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit_scoring.sectors.weighing.grading import Cuts
from credit_scoring.sectors.weighing.indicator_points import IndicatorMatrix, scores_by
from credit_scoring.sectors.weighing.pairwise import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallestChanges:
    """Per subject of a matrix, in its order; NaN (and -1) where no change of a single weight flips the grade.

    Upwards the grade flips at the change stated; downwards just beyond it, because a cut belongs to the better score.
    """

    considered: NDArray[np.bool_]
    """False for subjects with an indicator out of their score: the closed form does not hold for them."""
    relative: Floats
    """The least of |δ| ÷ weight over all weights and both neighbouring cuts."""
    l1: Floats
    """The least of Σ |w' − w| over the same, w' renormalised; perhaps by another weight than `relative`."""
    indicator: NDArray[np.int64]
    """Number of the weight whose relative change is the least."""
    delta: Floats
    """Its δ, before renormalisation."""
    level: NDArray[np.int64]
    """The grade now, as number of `Cuts.grades`."""
    level_after: NDArray[np.int64]
    scores: Floats

    def within(self, share: float) -> float:
        """Share of the subjects considered that one weight's change of at most `share` of itself flips."""
        return (
            float((self.relative[self.considered] <= share).mean()) if self.considered.any() else float("nan")
        )


def smallest_changes(matrix: IndicatorMatrix, weights: Sequence[float], cuts: Cuts) -> SmallestChanges:
    """The smallest change of one weight for every subject. Weights are above 0 and are renormalised first."""
    w = np.asarray(weights, dtype=np.float64)
    w = w / w.sum()
    scores = scores_by(matrix, w)
    level = cuts.levels(scores)
    considered = np.asarray(matrix.whole, dtype=bool)
    means = (scores - matrix.starts) / matrix.points
    best = _Best(len(scores))
    edges = np.array([-np.inf, *cuts.at, np.inf])
    for above in (False, True):
        targets = (edges[level + above] - matrix.starts) / matrix.points
        for k in range(len(w)):
            # A subject within rounding of its cut is on it.
            gap = np.where(np.abs(means - targets) * matrix.points < _ON_CUT, 0.0, means - targets)
            slope = targets - matrix.shares[:, k]
            with np.errstate(invalid="ignore", divide="ignore"):
                delta = np.where(gap == 0, 0.0, gap / slope)
                possible = considered & np.isfinite(targets) & np.isfinite(delta) & (delta > -w[k])
            # On the cut, a weight flips the subject only if it pulls it across at all.
            possible &= (gap != 0) | (slope != 0)
            best.take(k, w[k], delta, possible, level + (1 if above else -1))
    return SmallestChanges(
        considered=considered, relative=best.relative, l1=best.l1, indicator=best.indicator, delta=best.delta,
        level=level, level_after=best.level_after, scores=scores,
    )  # fmt: skip


_ON_CUT = 1e-6
"""Points; the grain in which scores are compared with cuts."""


class _Best:
    """The best so far, subject by subject; the first of equals stays."""

    def __init__(self, count: int) -> None:
        self.relative = np.full(count, np.nan)
        self.l1 = np.full(count, np.nan)
        self.delta = np.full(count, np.nan)
        self.indicator = np.full(count, -1, dtype=np.int64)
        self.level_after = np.full(count, -1, dtype=np.int64)

    def take(
        self, k: int, weight: float, delta: Floats, possible: NDArray[np.bool_], level: NDArray[np.int64]
    ) -> None:
        relative = np.abs(delta) / weight
        with np.errstate(invalid="ignore", divide="ignore"):
            l1 = 2 * np.abs(delta) * (1 - weight) / (1 + delta)
        nearer = possible & ~(l1 >= self.l1)
        self.l1[nearer] = l1[nearer]
        better = possible & ~(relative >= self.relative)
        self.relative[better] = relative[better]
        self.delta[better] = delta[better]
        self.indicator[better] = k
        self.level_after[better] = level[better]
