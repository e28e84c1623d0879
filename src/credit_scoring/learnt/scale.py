"""From odds to points and back: points that double the odds, or the mean and spread of the public score.

Every scale is linear in the log-odds of bad, so probabilities and scores carry the same information.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from credit_scoring.errors import InputError, TrainingError
from credit_scoring.policy.numbers import POINT
from credit_scoring.policy.training import OddsScale

Floats: TypeAlias = npt.NDArray[np.float64]
Thousandths: TypeAlias = npt.NDArray[np.int64]

SIDDIQI = OddsScale(base_score=Decimal(600), base_odds=Decimal(50), pdo=Decimal(20))
"""600 points at odds of 50 to 1, doubling every 20: the worked example of Siddiqi, Credit Risk Scorecards (2006), ch. 6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearScale:
    """`score = offset - factor · log-odds of bad`, in points."""

    offset: float
    factor: float
    """Points per unit of log-odds, above 0: more risk, fewer points."""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.offset) and math.isfinite(self.factor) and self.factor > 0):
            raise InputError(
                f"a scale needs a finite offset and a factor above 0, not {self.offset} and {self.factor}."
            )

    def points(self, log_odds: Floats) -> Floats:
        """Points, not rounded, at n log-odds of bad."""
        return self.offset - self.factor * log_odds

    def thousandths(self, log_odds: Floats) -> Thousandths:
        """Points at n log-odds of bad, in whole thousandths."""
        return rounded_thousandths(self.points(log_odds))

    def log_odds(self, thousandths: Thousandths) -> Floats:
        """n log-odds of bad at scores in thousandths: the inverse of `points`."""
        return (self.offset - np.asarray(thousandths, np.float64) / POINT) / self.factor


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedScale:
    """Aligned to another score: the training rows shall have its mean and standard deviation, in points.

    Linear, so it changes no ranking; after Kolen and Brennan, Test Equating (2014), ch. 2.3 (linear equating).
    """

    mean: float
    deviation: float

    @classmethod
    def to(cls, scores: Floats, *, weights: Floats | None = None) -> AlignedScale:
        """Aligned to these scores (points; n, NaN is left out) of the training rows.

        Raises:
            TrainingError: fewer than two different scores.
        """
        values = np.asarray(scores, np.float64)
        weigh = np.ones_like(values) if weights is None else np.asarray(weights, np.float64)
        known = ~np.isnan(values)
        mean, deviation = _moments(values[known], weigh[known])
        if not deviation > 0:
            raise TrainingError(
                "the public scores of the training rows do not differ, so there is no spread to align to. "
                "State a scale of odds instead (base_score, base_odds, pdo)."
            )
        return cls(mean=mean, deviation=deviation)


Scale: TypeAlias = LinearScale | OddsScale | AlignedScale


def linear_scale(scale: Scale | None, *, log_odds: Floats, weights: Floats) -> LinearScale:
    """The scale in numbers.

    Args:
        scale: None stands for `SIDDIQI`.
        log_odds: of bad, of n training rows; used by an aligned scale only.
        weights: n weights of these rows.

    Raises:
        TrainingError: an aligned scale, and all rows have the same risk.

    >>> scale = linear_scale(None, log_odds=np.zeros(1), weights=np.ones(1))
    >>> round(scale.offset, 3), round(scale.factor, 4)  # Siddiqi's own figures
    (487.123, 28.8539)
    """
    if isinstance(scale, LinearScale):
        return scale
    if isinstance(scale, AlignedScale):
        mean, deviation = _moments(log_odds, weights)
        if not deviation > 0:
            raise TrainingError(
                "every training row has the same risk, so there is no spread to align. "
                "Look at the features that were excluded."
            )
        factor = scale.deviation / deviation
        return LinearScale(offset=scale.mean + factor * mean, factor=factor)
    odds = SIDDIQI if scale is None else scale
    factor = float(odds.pdo) / math.log(2)
    return LinearScale(
        offset=float(odds.base_score) - factor * math.log(float(odds.base_odds)), factor=factor
    )


def rounded_thousandths(points: Floats) -> Thousandths:
    """Points as whole thousandths, half up away from zero as `policy.numbers.thousandths` rounds.

    >>> rounded_thousandths(np.array([0.0625, -0.0625, 1.0])).tolist()
    [63, -63, 1000]
    """
    exact = np.asarray(points, np.float64) * POINT
    whole = np.trunc(exact)
    away = np.where(np.abs(exact - whole) >= 0.5, np.sign(exact), 0.0)
    return (whole + away).astype(np.int64)


def _moments(values: Floats, weights: Floats) -> tuple[float, float]:
    if not len(values):
        return 0.0, 0.0
    if values.min() == values.max():
        return float(values[0]), 0.0
    mean = float(np.average(values, weights=weights))
    return mean, math.sqrt(float(np.average((values - mean) ** 2, weights=weights)))
