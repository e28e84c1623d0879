"""What an additive boosted model says of each feature: a step function over its values, and a value for missing.

The sum of trees that each look at one feature is a function of that feature which changes only at thresholds. LightGBM
goes left if `value <= threshold`; a bin begins where the next number after the threshold is reached, so no value changes
sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from credit_scoring.errors import InputError
from credit_scoring.learnt.coding import Coding
from credit_scoring.learnt.trees import Floats, Integers, Split, Tree, TreeModel

EMPTY = 1e-9
"""Weight of a bin without training rows: its value counts only where nothing else does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A step function of one feature, in log-odds of bad."""

    cuts: Floats
    """Rising; bin i holds `cuts[i-1] <= value < cuts[i]`. Empty for a text."""
    values: Floats
    """Of the bins; of a text, of the codes 0 (other), 1 to L (levels) and L + 1 (missing)."""
    missing: float
    """Of a missing number; unused for a text."""

    def places(self, column: Floats, *, text: bool) -> Integers:
        """The bin of each of n values; of a missing number, the place behind the last bin."""
        if text:
            return column.astype(np.int64)
        places = np.searchsorted(self.cuts, column, side="right")
        return np.where(np.isnan(column), len(self.values), places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Additive:
    """`intercept + Σ steps`, in log-odds of bad."""

    intercept: float
    steps: tuple[Steps, ...]
    """One per feature, in the order of the coding."""
    used: tuple[bool, ...]
    """Which features any tree looks at."""


def additive_of(models: Sequence[TreeModel], coding: Coding) -> Additive:
    """The mean of several models, as one step function per feature.

    Raises:
        InputError: a tree looks at more than one feature.
    """
    share = 1 / len(models)
    cuts = [_cuts(models, place) for place in range(len(coding.names))]
    sizes = [
        len(c) + 1 if levels is None else len(levels) + 2
        for c, levels in zip(cuts, coding.levels, strict=True)
    ]
    values, missing = [np.zeros(size) for size in sizes], np.zeros(len(sizes))
    used = [False] * len(sizes)
    intercept = 0.0
    for model in models:
        for tree in model.trees:
            if not tree.splits:
                intercept += share * tree.leaf_values[0]
                continue
            feature = _only_feature(tree)
            used[feature] = True
            for leaf, path in tree.paths():
                steps = [(tree.splits[node], left) for node, left in path]
                added = share * tree.leaf_values[leaf]
                values[feature][_reached(steps, cuts[feature], sizes[feature])] += added
                if all(split.missing_left == left for split, left in steps):
                    missing[feature] += added
    return Additive(
        intercept=intercept,
        steps=tuple(
            Steps(cuts=c, values=v, missing=float(m)) for c, v, m in zip(cuts, values, missing, strict=True)
        ),
        used=tuple(used),
    )


def _cuts(models: Sequence[TreeModel], feature: int) -> Floats:
    thresholds = np.unique(np.concatenate([model.thresholds[feature] for model in models]))
    # Nothing lies beyond the largest number: such a threshold only parts missing values from the others.
    cuts: Floats = np.nextafter(thresholds[thresholds < np.finfo(np.float64).max], np.inf)
    return cuts


def _only_feature(tree: Tree) -> int:
    features = {split.feature for split in tree.splits}
    if len(features) > 1:
        raise InputError(
            "a tree of the model looks at several features, so the model is no sum of single ones."
        )
    return features.pop()


def _reached(steps: Sequence[tuple[Split, bool]], cuts: Floats, size: int) -> slice | Integers:
    """Bins (of a number) or codes (of a text) that arrive at a leaf."""
    if steps[0][0].categories is not None:
        codes = np.arange(size, dtype=np.float64)
        held = np.ones(size, dtype=np.bool_)
        for split, left in steps:
            held &= split.goes_left(codes) == left
        return np.flatnonzero(held)
    low, high = 0, size
    for split, left in steps:
        # `cuts` begin just behind the thresholds, so a threshold's place is that of the bin it closes.
        place = int(np.searchsorted(cuts, split.threshold, side="right"))
        if left:
            high = min(high, place + 1)
        else:
            low = max(low, place + 1)
    return slice(low, high)


def pruned(steps: Steps, weights: Floats, most: int) -> Steps:
    """At most so many bins: neighbours whose union loses least weighted variance are merged, again and again.

    A merged bin has the weighted mean of its parts, so a rising function stays rising. Texts are left as they are.

    Args:
        weights: of the training rows in each bin.
        most: bins to leave, at least 1.
    """
    cuts, values, weigh = steps.cuts, steps.values, np.maximum(weights, EMPTY)
    while len(values) > most:
        union = weigh[:-1] + weigh[1:]
        place = int(np.argmin(weigh[:-1] * weigh[1:] / union * np.diff(values) ** 2))
        mean = np.average(values[place : place + 2], weights=weigh[place : place + 2])
        values, weigh = np.delete(values, place), np.delete(weigh, place)
        values[place], weigh[place] = mean, union[place]
        cuts = np.delete(cuts, place)
    return Steps(cuts=cuts, values=values, missing=steps.missing)
