"""The smallest change of one weight that flips a subject's grade.

With weights w adding up to 1, a subject's score is `start + T Σ w x`; with one weight moved by δ and all renormalised
it is `start + T (m + δ x_k) / (1 + δ)`, `m = Σ w x`. It meets a cut c where `δ = (m − y) / (y − x_k)`,
`y = (c − start) / T`, as long as the weight stays above 0. That is exact: no search, no draws.

Where indicators are out of a subject's score, their dimension d counts `W_d P_d / O_d` (W all of its weight, O what is
observed of it, `P = Σ w x` over that) and the score is the sum of these over the sum of W of the dimensions that are
observed at all, D. A weight that is out then moves the score as if it earned the mean `P_d / O_d`; one that is observed
beside others that are out makes the condition a quadratic in δ, solved as such.
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
        """Share of the subjects that one weight's change of at most `share` of itself flips."""
        return float((self.relative <= share).mean())


def smallest_changes(matrix: IndicatorMatrix, weights: Sequence[float], cuts: Cuts) -> SmallestChanges:
    """The smallest change of one weight for every subject. Weights are above 0 and are renormalised first."""
    w = np.asarray(weights, dtype=np.float64)
    w = w / w.sum()
    scores = scores_by(matrix, w)
    level = cuts.levels(scores)
    means = (scores - matrix.starts) / matrix.points
    parts = _Parts(matrix, w)
    best = _Best(len(scores))
    edges = np.array([-np.inf, *cuts.at, np.inf])
    for above in (False, True):
        targets = (edges[level + above] - matrix.starts) / matrix.points
        there = np.isfinite(targets)
        targets = np.where(there, targets, 0.0)
        # A subject within rounding of its cut is on it.
        gap = np.where(np.abs(means - targets) * matrix.points < _ON_CUT, 0.0, means - targets)
        for k in range(len(w)):
            delta = np.where(there, parts.meeting(k, targets, gap), np.nan)
            best.take(k, w[k], delta, level + (1 if above else -1))
    return SmallestChanges(
        relative=best.relative, l1=best.l1, indicator=best.indicator, delta=best.delta,
        level=level, level_after=best.level_after, scores=scores,
    )  # fmt: skip


class _Parts:
    """The sums of every subject that one weight's change acts on, by dimension."""

    def __init__(self, matrix: IndicatorMatrix, weights: Floats) -> None:
        self.matrix, self.weights = matrix, weights
        self.seen = ~np.isnan(matrix.shares)
        self.shares = np.where(self.seen, matrix.shares, 0.0)
        count = max(matrix.dimension_of) + 1
        member = np.equal.outer(matrix.dimension_of, range(count)).astype(np.float64) * weights[:, None]
        self.all = member.sum(axis=0)
        self.observed = self.seen @ member
        self.earned = self.shares @ member
        self.live = self.observed > 0
        self.present = self.live @ self.all
        self.mean = np.divide(self.earned, self.observed, out=np.zeros_like(self.earned), where=self.live)

    def meeting(self, k: int, target: Floats, gap: Floats) -> Floats:
        """The δ of weight k nearest to 0 at which the score meets the target; NaN where none does.

        The conditions are `a δ² + b δ + c = 0` with the sign of (score - target) on the left.
        """
        d = self.matrix.dimension_of[k]
        seen, live, x = self.seen[:, k], self.live[:, d], self.shares[:, k]
        observed, out = self.observed[:, d], self.all[d] - self.observed[:, d]
        alone = seen & (observed - self.weights[k] < _NOTHING)
        full = seen & (alone | (out < _NOTHING))
        # The mean share earned by what is added: its own, or its dimension's where it is out, or alone in it.
        pull = np.where(full, x, self.mean[:, d])
        linear = full | (~seen & live)
        rest = (gap + target) * self.present - self.all[d] * self.mean[:, d]
        a = np.where(linear, 0.0, x - target)
        b = np.where(
            linear,
            pull - target,
            rest + self.all[d] * x + self.earned[:, d] - target * (self.present + observed),
        )
        c = gap * self.present * np.where(linear, 1.0, observed)
        delta = _nearest_root(a, b, c, least=-self.weights[k] * (1 - _NOTHING))
        return np.where(live, delta, np.nan)


def _nearest_root(a: Floats, b: Floats, c: Floats, *, least: float) -> Floats:
    """The root of `a δ² + b δ + c` nearest to 0 and above `least`; a double root touches and does not cross."""
    # What pulls to the target itself never gets there, only its rounding does.
    a, b = (np.where(np.abs(part) < _NOTHING, 0.0, part) for part in (a, b))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        square = b * b - 4 * a * c
        # The form that does not cancel: q / a and c / q.
        q = -(b + np.copysign(np.sqrt(square), b)) / 2
        roots = np.stack([np.where(a == 0, np.nan, q / a), c / q])
        crosses = np.where(c == 0, b != 0, (square > 0) & ((a != 0) | (b != 0)))
        roots = np.where(c == 0, 0.0, roots)
        roots = np.where(crosses & np.isfinite(roots) & (roots > least), roots, np.nan)
    first, second = roots
    return np.asarray(np.where(np.isnan(first) | (np.abs(second) <= np.abs(first)), second, first))


_NOTHING = 1e-12
"""Sums of weights, and differences of shares, below this are rounding."""
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

    def take(self, k: int, weight: float, delta: Floats, level: NDArray[np.int64]) -> None:
        possible = np.isfinite(delta)
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
