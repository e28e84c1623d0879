"""Trees as tables: what each pattern of passed splits gives each feature.

A leaf at the end of a path through m different features is reached or not by each feature alone: bit j is 1 if every
condition of feature j on the path holds. With r_j the share of training rows that pass those conditions, the leaf gives
feature i, for a row with bits b, its value times

    (b_i - r_i) · Σ_{S ⊆ others} |S|! (m-|S|-1)! / m! · Π_{j ∈ S} b_j · Π_{j ∉ S} r_j

(Shapley value of the path-dependent game; Lundberg et al. 2020, algorithm 1). There are 2^m patterns, few enough to
tabulate. Leaves under one node share a table: its bits are those of the path to the node and of the splits below.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credit_scoring.learnt.trees import Floats, Integers, Split, Tree, TreeModel

Bits: TypeAlias = NDArray[np.bool_]
GROUP_BITS = 10
"""Bits of a shared table, if its leaves can be split between tables: it should stay in the processor's cache."""
MOST_BITS = 12
"""Bits of any table: more would not fit in memory for a whole model."""

Condition: TypeAlias = tuple[tuple[int, bool], ...]
"""Splits of one feature on the way to a node, and whether each is left by the left; all must hold."""


class PatternLimitError(Exception):
    """A path of the model goes through more features than a table can hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """The leaves under one node."""

    conditions: tuple[Condition, ...]
    """One bit each, the first the highest."""
    features: tuple[int, ...]
    table: Floats
    """Features by patterns, log-odds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternTables:
    """A model ready to explain rows."""

    thresholds: tuple[Floats, ...]
    trees: tuple[tuple[Tree, tuple[_Group, ...]], ...]

    def contributions(self, values: Floats) -> Floats:
        """SHAP values of n rows by k features, without the base."""
        found = np.zeros((values.shape[1], len(values)))
        coded = [_coded(values[:, i], cuts) for i, cuts in enumerate(self.thresholds)]
        row_values = np.asfortranarray(values)
        room = np.empty(len(values))
        for tree, groups in self.trees:
            lefts = [
                _passes(
                    split, coded[split.feature], row_values[:, split.feature], self.thresholds[split.feature]
                )
                for split in tree.splits
            ]
            rights = [~left for left in lefts]
            for group in groups:
                pattern = np.zeros(len(values), dtype=np.uint16)
                for condition in group.conditions:
                    np.left_shift(pattern, 1, out=pattern)
                    pattern |= _all_hold(condition, lefts, rights)
                places = pattern.astype(np.intp)
                for feature, table in zip(group.features, group.table, strict=True):
                    # Patterns are within the table by construction; "clip" spares numpy a buffered check.
                    np.take(table, places, out=room, mode="clip")
                    found[feature] += room
        return found.T


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coded:
    """A column as places among the model's thresholds: `value <= thresholds[j]` is `place <= j`."""

    missing_first: NDArray[np.uint16]
    """A missing value stands before all thresholds: it goes left."""
    missing_last: NDArray[np.uint16]
    """A missing value stands behind all thresholds: it goes right."""


def _coded(values: Floats, thresholds: Floats) -> _Coded:
    missing = np.isnan(values)
    places = np.searchsorted(thresholds, values, side="left").astype(np.uint16)
    if not missing.any():
        return _Coded(missing_first=places, missing_last=places)
    last = np.uint16(len(thresholds))
    return _Coded(
        missing_first=np.where(missing, np.uint16(0), places), missing_last=np.where(missing, last, places)
    )


def _passes(split: Split, coded: _Coded, values: Floats, thresholds: Floats) -> Bits:
    if split.categories is not None:
        return split.goes_left(values)
    places = coded.missing_first if split.missing_left else coded.missing_last
    left: Bits = places <= np.uint16(np.searchsorted(thresholds, split.threshold))
    return left


def _all_hold(condition: Condition, lefts: list[Bits], rights: list[Bits]) -> Bits:
    (split, left), *others = condition
    held = lefts[split] if left else rights[split]
    for split, left in others:
        held = held & (lefts[split] if left else rights[split])
    return held


def tables_of(model: TreeModel, *, group_bits: int = GROUP_BITS) -> PatternTables:
    """Tabulate a model.

    Raises:
        PatternLimitError: a path goes through more features than a table can hold.
    """
    longest = max((_features_on(tree, path) for tree in model.trees for _, path in tree.paths()), default=0)
    if longest > MOST_BITS:
        raise PatternLimitError(
            f"a path of the model goes through {longest} features; the fast way bears {MOST_BITS}"
        )
    trees = tuple(
        (tree, tuple(_groups(tree, tree.root, (), group_bits))) for tree in model.trees if tree.splits
    )
    return PatternTables(thresholds=model.thresholds, trees=trees)


def _groups(tree: Tree, node: int, path: tuple[tuple[int, bool], ...], group_bits: int) -> list[_Group]:
    above = _by_feature(tree, path)
    below = _splits_under(tree, node)
    if len(above) + len(below) <= group_bits or node < 0:
        return [_group(tree, node, path, above, below)]
    split = tree.splits[node]
    return [
        *_groups(tree, split.left, (*path, (node, True)), group_bits),
        *_groups(tree, split.right, (*path, (node, False)), group_bits),
    ]


def _features_on(tree: Tree, path: tuple[tuple[int, bool], ...]) -> int:
    return len({tree.splits[node].feature for node, _ in path})


def _by_feature(tree: Tree, path: tuple[tuple[int, bool], ...]) -> dict[int, Condition]:
    found: dict[int, Condition] = {}
    for step in path:
        feature = tree.splits[step[0]].feature
        found[feature] = (*found.get(feature, ()), step)
    return found


def _splits_under(tree: Tree, node: int) -> list[int]:
    if node < 0:
        return []
    split = tree.splits[node]
    return [node, *_splits_under(tree, split.left), *_splits_under(tree, split.right)]


def _group(
    tree: Tree, node: int, path: tuple[tuple[int, bool], ...], above: dict[int, Condition], below: list[int]
) -> _Group:
    conditions = (*above.values(), *(((split, True),) for split in below))
    patterns = np.arange(2 ** len(conditions))
    bits = [(patterns >> (len(conditions) - 1 - place) & 1).astype(bool) for place in range(len(conditions))]
    path_bits = dict(zip(above, bits, strict=False))
    split_bits = dict(zip(below, bits[len(above) :], strict=True))
    features = tuple(sorted({*above, *(tree.splits[split].feature for split in below)}))
    table = np.zeros((len(features), len(patterns)))
    for leaf, steps in _leaves_under(tree, node):
        ratios, leaf_bits = _leaf_bits(tree, (*path, *steps), leaf, split_bits, path_bits, len(path))
        shares = leaf_shares(np.array(list(ratios.values())))
        places = np.zeros(len(patterns), dtype=np.int64)
        for held in leaf_bits.values():
            places = places << 1 | held
        for feature, share in zip(ratios, shares, strict=True):
            table[features.index(feature)] += tree.leaf_values[leaf] * share[places]
    return _Group(conditions=conditions, features=features, table=table)


def _leaves_under(tree: Tree, node: int) -> list[tuple[int, tuple[tuple[int, bool], ...]]]:
    if node < 0:
        return [(~node, ())]
    split = tree.splits[node]
    return [
        (leaf, ((node, left), *steps))
        for child, left in ((split.left, True), (split.right, False))
        for leaf, steps in _leaves_under(tree, child)
    ]


def _leaf_bits(
    tree: Tree,
    path: tuple[tuple[int, bool], ...],
    leaf: int,
    split_bits: dict[int, Bits],
    path_bits: dict[int, Bits],
    above: int,
) -> tuple[dict[int, float], dict[int, Bits]]:
    """For each feature on the way to a leaf: share of training rows that pass, and the bit in every pattern."""
    ratios: dict[int, float] = {}
    held = dict(path_bits)
    nodes = [node for node, _ in path] + [~leaf]
    for place, (node, left) in enumerate(path):
        feature = tree.splits[node].feature
        ratios[feature] = ratios.get(feature, 1.0) * tree.count(nodes[place + 1]) / tree.count(node)
        if place >= above:
            bit = split_bits[node] if left else ~split_bits[node]
            held[feature] = held[feature] & bit if feature in held else bit
    return ratios, {feature: held[feature] for feature in ratios}


def leaf_shares(ratios: Floats) -> Floats:
    """Shapley shares of a leaf worth 1.

    Args:
        ratios: for each of m features the share of training rows that pass its conditions.

    Returns:
        m by 2^m: what each feature gets for each pattern, the first feature being the highest bit.

    >>> leaf_shares(np.array([0.25])).tolist()
    [[-0.25, 0.75]]
    """
    m = len(ratios)
    patterns: Integers = np.arange(2**m)
    bits = np.array([patterns >> (m - 1 - place) & 1 for place in range(m)], dtype=np.float64).reshape(m, -1)
    weights = [factorial(size) * factorial(m - size - 1) / factorial(m) for size in range(m)]
    shares = np.empty((m, len(patterns)))
    for i in range(m):
        # by_size[s]: sum over sets S of s other features of the products within the formula above.
        by_size = np.zeros((m, len(patterns)))
        by_size[0] = 1.0
        for j in range(m):
            if j != i:
                grown = by_size * ratios[j]
                grown[1:] += by_size[:-1] * bits[j]
                by_size = grown
        shares[i] = (bits[i] - ratios[i]) * np.tensordot(weights, by_size, axes=1)
    return shares
