"""Whether trees keep to the polarities: proved leaf by leaf, not tried on rows.

A tree rises with a feature if, of any two leaves that some subject could move between by changing that feature alone, the
one with the larger values has no smaller leaf. If every tree does, so does their sum. Missing values are no numbers: moving
from or to a missing value is not held against a polarity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credit_scoring.errors import TrainingError
from credit_scoring.learnt.features import Feature, monotone_sign
from credit_scoring.learnt.trees import Floats, Tree, TreeModel

ROUNDING = 1e-9
"""Log-odds: what printing and summing of leaves may cost."""


Matches: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reach:
    """For m leaves, what values of one feature arrive: those of `low < value <= high`, missing ones, codes of texts."""

    low: Floats
    high: Floats
    missing: Matches
    codes: Matches
    """m by c; the last stands for every code no split names. All true for a number."""

    def meets(self) -> Matches:
        """m by m: whether some value of the feature arrives at both leaves of a pair."""
        common = np.maximum(self.low[:, None], self.low[None, :]) < np.minimum(
            self.high[:, None], self.high[None, :]
        )
        codes = (self.codes.astype(np.int64) @ self.codes.T.astype(np.int64)) > 0
        return (common | (self.missing[:, None] & self.missing[None, :])) & codes

    def below(self) -> Matches:
        """m by m: whether all numbers of the first leaf lie below all of the second."""
        filled = self.low < self.high
        return (self.high[:, None] <= self.low[None, :]) & filled[:, None] & filled[None, :]


def worst_break(tree: Tree, feature: int, sign: int) -> float:
    """By how much, in log-odds, a tree goes the wrong way in a feature at most; 0 if nowhere."""
    names = {split.feature for split in tree.splits}
    if feature not in names:
        return 0.0
    meet = np.ones((len(tree.leaf_values), len(tree.leaf_values)), dtype=np.bool_)
    for other in names:
        if other != feature:
            meet &= _reach(tree, other).meets()
    values = np.array(tree.leaf_values)
    drops = sign * (values[:, None] - values[None, :])
    return float(np.max(drops, where=meet & _reach(tree, feature).below(), initial=0.0))


def _reach(tree: Tree, feature: int) -> _Reach:
    leaves = len(tree.leaf_values)
    sets = [split.categories for split in tree.splits if split.feature == feature and split.categories]
    most = max((max(found) for found in sets), default=-1) + 2
    low, high = np.full(leaves, -np.inf), np.full(leaves, np.inf)
    missing, codes = np.ones(leaves, dtype=np.bool_), np.ones((leaves, most), dtype=np.bool_)
    for leaf, path in tree.paths():
        for node, left in path:
            split = tree.splits[node]
            if split.feature != feature:
                continue
            if split.categories is not None:
                codes[leaf] &= np.isin(np.arange(most), list(split.categories)) == left
                continue
            missing[leaf] &= split.missing_left == left
            if left:
                high[leaf] = min(high[leaf], split.threshold)
            else:
                low[leaf] = max(low[leaf], split.threshold)
    return _Reach(low=low, high=high, missing=missing, codes=codes)


def require_monotone_trees(model: TreeModel, features: Sequence[Feature]) -> None:
    """Hold every tree against the polarity of every feature.

    Raises:
        TrainingError: a tree goes the wrong way.
    """
    for place, feature in enumerate(features):
        sign = monotone_sign(feature.polarity)
        if not sign:
            continue
        for number, tree in enumerate(model.trees):
            wrong = worst_break(tree, place, sign)
            if wrong > ROUNDING:
                raise TrainingError(
                    f"tree {number} breaks the polarity '{feature.polarity}' of '{feature.name}' by {wrong:.2g} log-odds. "
                    "This is a fault of the fit: report it, and use another family meanwhile."
                )
