"""How many grades hang on the weights being exactly these: noise on all of them, and each by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from credit_scoring.sectors.weighing.grading import Cuts
from credit_scoring.sectors.weighing.indicator_points import IndicatorMatrix, scores_by
from credit_scoring.sectors.weighing.pairwise import Floats

_CELLS = 4_000_000
"""Scores held at a time (32 MB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseEffect:
    """Grades that flip when every weight is multiplied by `1 + U(-width, width)` and all are renormalised."""

    width: float
    draws: int
    flipped: float
    """Mean share of subjects whose grade differs, over the draws."""
    low: float
    high: float
    """Quantiles over the draws that hold the stated interval between them."""
    ever: float
    """Share of subjects whose grade differs in any draw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightEffect:
    """What one weight does by itself, the others making room in proportion."""

    indicator: str
    width: float
    flipped_less: float
    """Share of subjects whose grade differs with the weight multiplied by `1 - width`."""
    flipped_more: float
    mean_change: float
    """Mean of the larger of the two absolute changes of score, in points."""


def noise_effect(
    matrix: IndicatorMatrix,
    weights: Sequence[float],
    cuts: Cuts,
    *,
    width: float,
    draws: int,
    seed: int,
    interval: float,
    report: Callable[[int], None] = lambda _: None,
) -> NoiseEffect:
    """Draw weights around `weights` and count flipped grades.

    Args:
        width: of the noise, from 0 (none) to below 1.
        seed: draws are the same for the same seed, whatever the machine's number of threads.
        interval: share of the draws between `low` and `high`.
        report: called with the number of draws done so far.
    """
    few, counts = alike(matrix)
    generator = np.random.default_rng([seed, round(width * 1_000_000)])
    w = np.asarray(weights, dtype=np.float64)
    now = cuts.levels(scores_by(few, w))
    flipped = np.empty(draws)
    ever = np.zeros(len(now), dtype=bool)
    at_once = max(1, _CELLS // len(now))
    for begin in range(0, draws, at_once):
        end = min(draws, begin + at_once)
        noise = generator.uniform(-width, width, size=(end - begin, len(w)))
        differs = cuts.levels(scores_by(few, w * (1 + noise))) != now[:, None]
        flipped[begin:end] = counts @ differs / counts.sum()
        ever |= differs.any(axis=1)
        report(end)
    tail = (1 - interval) / 2
    low, high = np.quantile(flipped, [tail, 1 - tail])
    return NoiseEffect(
        width=width, draws=draws, flipped=float(flipped.mean()), low=float(low), high=float(high),
        ever=float(counts @ ever / counts.sum()),
    )  # fmt: skip


def weight_effects(
    matrix: IndicatorMatrix, weights: Sequence[float], cuts: Cuts, *, width: float
) -> tuple[WeightEffect, ...]:
    """Each weight in turn less and more by `width` (a share of itself), the rest renormalised."""
    few, counts = alike(matrix)
    w = np.asarray(weights, dtype=np.float64)
    scores = scores_by(few, w)
    now = cuts.levels(scores)
    share = counts / counts.sum()
    effects = []
    for i, name in enumerate(matrix.names):
        moved = np.tile(w, (2, 1))
        moved[:, i] *= (1 - width, 1 + width)
        after = scores_by(few, moved)
        differs = share @ (cuts.levels(after) != now[:, None])
        effects.append(
            WeightEffect(
                indicator=name, width=width, flipped_less=float(differs[0]), flipped_more=float(differs[1]),
                mean_change=float(share @ np.abs(after - scores[:, None]).max(axis=1)),
            )
        )  # fmt: skip
    return tuple(effects)


def alike(matrix: IndicatorMatrix) -> tuple[IndicatorMatrix, Floats]:
    """Subjects with the same points throughout are counted once: most have no record of any kind.

    Returns:
        The distinct rows, and how many subjects each stands for. The distinct rows have no subject_id.
    """
    rows = np.column_stack([matrix.starts, matrix.shares])
    # NaN differs from itself; infinity, which no share is, stands for it while rows are compared.
    keys = np.where(np.isnan(rows), np.inf, rows)
    order = np.lexsort(keys.T)
    is_new = np.ones(len(keys), dtype=bool)
    is_new[1:] = (keys[order[1:]] != keys[order[:-1]]).any(axis=1)
    first = order[is_new]
    counts = np.diff(np.append(np.flatnonzero(is_new), len(keys)))
    few = replace(matrix, subject_ids=(), shares=matrix.shares[first], starts=matrix.starts[first])
    return few, counts.astype(np.float64)
