"""The points table: what every white-box evaluation comes down to, whichever way it was learnt.

A subject's score is `base` plus, for each characteristic, the points of the bin its value falls into. Points are
whole thousandths, so the sum is exact. This is the contract between the estimators, the explanations and the exports.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from credit_scoring.errors import InputError
from credit_scoring.learnt.features import Feature


@dataclass(frozen=True, slots=True, kw_only=True)
class NumericBins:
    """Bins of a number: bin i holds `cuts[i-1] <= value < cuts[i]`, open at both ends.

    NaN and null are missing. Cuts are 64-bit floats and compared as such; an infinite value is refused at the door.
    """

    cuts: tuple[float, ...]
    """Rising; empty for a single bin."""
    points: tuple[int, ...]
    """Thousandths, one more than there are cuts."""
    missing: int
    """Thousandths of a missing value. No default: silence about missing values is a decision."""

    def __post_init__(self) -> None:
        if len(self.points) != len(self.cuts) + 1:
            raise InputError(
                f"{len(self.cuts)} cuts need {len(self.cuts) + 1} points, not {len(self.points)}."
            )
        if any(not a < b for a, b in pairwise(self.cuts)):
            raise InputError("the cuts of a characteristic must rise.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelBins:
    """Bins of a category: groups of levels, exact text. A level of none of them is `other`; null is missing."""

    groups: tuple[tuple[str, ...], ...]
    points: tuple[int, ...]
    """Thousandths, one per group."""
    missing: int
    other: int
    """Thousandths of a level never seen: stated, never a silent zero."""

    def __post_init__(self) -> None:
        if len(self.points) != len(self.groups):
            raise InputError(
                f"{len(self.groups)} groups of levels need as many points, not {len(self.points)}."
            )
        levels = [level for group in self.groups for level in group]
        if len(set(levels)) != len(levels):
            raise InputError("a level stands in two groups.")


Bins: TypeAlias = NumericBins | LevelBins


@dataclass(frozen=True, slots=True, kw_only=True)
class Characteristic:
    """One line of the table: a feature and the points of its bins."""

    feature: Feature
    bins: Bins

    @property
    def most(self) -> int:
        """Most points any value can get, in thousandths; missing and unseen values count too."""
        extra = (self.bins.other,) if isinstance(self.bins, LevelBins) else ()
        return max(*self.bins.points, self.bins.missing, *extra)

    @property
    def fewest(self) -> int:
        """Fewest points any value can get, in thousandths."""
        extra = (self.bins.other,) if isinstance(self.bins, LevelBins) else ()
        return min(*self.bins.points, self.bins.missing, *extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsTable:
    """Base and characteristics. `score_raw = base + Σ points`; the score is that, kept within [floor, total]."""

    base: int
    """Thousandths."""
    characteristics: tuple[Characteristic, ...]
    floor: int = 0
    total: int = 1_000_000

    def names(self) -> tuple[str, ...]:
        """Features in the order of the table."""
        return tuple(c.feature.name for c in self.characteristics)
