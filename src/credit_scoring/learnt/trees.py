"""Boosted trees read from LightGBM's model text: splits, thresholds, directions of missing values, leaves.

The text is the only form in which a model is kept: it can be read, compared and signed, and reading it runs no code.
Whatever a tree of ours never holds (linear leaves, averaged forests, several classes, zeros taken as missing) is
refused here, so that what reads a `TreeModel` need not think of it. Format: LightGBM 4, `Tree::ToString` and
`GBDT::SaveModelToString`; rule of a numeric split: left if `value <= threshold`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credit_scoring.errors import InputError

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

CATEGORICAL, DEFAULT_LEFT = 1, 2
"""Bits of a split's `decision_type`; the two bits above them are the way missing values are taken."""
MISSING_IS_ZERO, ZERO_IS_MISSING, MISSING_IS_NAN = 0, 1, 2
ZERO = float(np.float32(1e-35))
"""Numbers no larger than this are 0 to LightGBM (`kZeroThreshold`)."""
WORD = 32
"""Bits per word of a set of categories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One inner node. `left` and `right` are inner nodes, or, if negative, leaf `~child`."""

    feature: int
    threshold: float
    """NaN for a categorical split; infinite where only NaN goes right."""
    categories: frozenset[int] | None
    """Codes that go left; every other code, negative ones and NaN go right. None for a numeric split."""
    missing_left: bool
    """Where NaN goes; already says where 0 goes if the split takes NaN for 0."""
    left: int
    right: int
    count: int
    """Training rows that reached the node."""

    def goes_left(self, values: Floats) -> NDArray[np.bool_]:
        """Which of n values go left."""
        if self.categories is None:
            return np.where(np.isnan(values), self.missing_left, values <= self.threshold)
        known = ~np.isnan(values) & (values > -1)
        codes = np.where(known, values, 0).astype(np.int64)
        return known & np.isin(codes, list(self.categories))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Splits, from the root, and leaves. A tree without splits is one leaf."""

    splits: tuple[Split, ...]
    leaf_values: tuple[float, ...]
    """Log-odds added by each leaf."""
    leaf_counts: tuple[int, ...]

    def count(self, node: int) -> int:
        """Training rows that reached an inner node, or leaf `~node` if negative."""
        return self.splits[node].count if node >= 0 else self.leaf_counts[~node]

    @property
    def root(self) -> int:
        """The node to start from: 0, or leaf 0 (-1) if there are no splits."""
        return 0 if self.splits else -1

    @property
    def expected(self) -> float:
        """Mean of the leaves, weighted by training rows: what SHAP values start from."""
        if not self.splits:
            return self.leaf_values[0]
        total = self.splits[0].count
        return sum(
            count / total * value for count, value in zip(self.leaf_counts, self.leaf_values, strict=True)
        )

    def paths(self) -> Iterator[tuple[int, tuple[tuple[int, bool], ...]]]:
        """Each leaf with the splits that lead to it and whether each is left by the left."""
        waiting: list[tuple[int, tuple[tuple[int, bool], ...]]] = [(self.root, ())]
        while waiting:
            node, path = waiting.pop()
            if node < 0:
                yield ~node, path
                continue
            waiting.append((self.splits[node].right, (*path, (node, False))))
            waiting.append((self.splits[node].left, (*path, (node, True))))


@dataclass(frozen=True, kw_only=True)
class TreeModel:
    """A boosted model for one binary outcome: raw = Σ leaves reached, in log-odds of class 1."""

    features: tuple[str, ...]
    trees: tuple[Tree, ...]

    @property
    def expected(self) -> float:
        """Expected raw log-odds over the training rows."""
        return float(sum(tree.expected for tree in self.trees))

    @cached_property
    def thresholds(self) -> tuple[Floats, ...]:
        """For each feature the numeric thresholds of all trees, rising and distinct."""
        found: list[set[float]] = [set() for _ in self.features]
        for tree in self.trees:
            for split in tree.splits:
                if split.categories is None:
                    found[split.feature].add(split.threshold)
        return tuple(np.array(sorted(values), dtype=np.float64) for values in found)


def read_model(text: str) -> TreeModel:
    """Read a LightGBM model text.

    Args:
        text: what `Booster.model_to_string()` gives.

    Returns:
        Its trees, in order.

    Raises:
        InputError: the text is no model of one binary outcome, is cut short or contradicts itself.
    """
    head, *blocks = text.split("\nTree=")
    header = _fields(head)
    if not head.startswith("tree\n") or "feature_names" not in header:
        raise InputError("this is not the text of a LightGBM model. Hand over what was saved, unchanged.")
    if header.get("num_tree_per_iteration") != "1" or not header.get("objective", "").startswith("binary"):
        raise InputError(
            "the model is not one of a binary outcome. Only models with objective 'binary' are read."
        )
    if "average_output" in head.split("\n"):
        raise InputError("the model averages its trees (a random forest). Only boosted models are read.")
    features = tuple(header["feature_names"].split(" "))
    if "\nend of trees" not in text:
        raise InputError("the model text is cut short: 'end of trees' is missing.")
    sizes = header.get("tree_sizes", "").split()
    if len(sizes) != len(blocks):
        raise InputError(
            f"the model text names {len(sizes)} trees and holds {len(blocks)}. It was cut or edited."
        )
    trees = tuple(_read_tree(_fields(block), number) for number, block in enumerate(blocks))
    for number, tree in enumerate(trees):
        if any(not 0 <= split.feature < len(features) for split in tree.splits):
            raise InputError(f"tree {number} of the model text splits on a feature the model does not have.")
    return TreeModel(features=features, trees=trees)


def _fields(block: str) -> dict[str, str]:
    lines = block.split("\n\n", maxsplit=1)[0].split("\n")
    return dict(line.split("=", maxsplit=1) for line in lines if "=" in line)


def _read_tree(fields: dict[str, str], number: int) -> Tree:
    try:
        tree = _tree_of(fields)
        _check_tree(tree)
    except (KeyError, ValueError, IndexError, OverflowError) as error:
        raise InputError(
            f"tree {number} of the model text cannot be read: {error}. It was cut or edited."
        ) from error
    return tree


def _tree_of(fields: dict[str, str]) -> Tree:
    leaves = int(fields["num_leaves"])
    values = tuple(float(value) for value in fields["leaf_value"].split())
    if int(fields.get("is_linear", "0")):
        raise ValueError("its leaves are linear models")
    if leaves == 1:
        return Tree(splits=(), leaf_values=values, leaf_counts=(0,))
    names = ("split_feature", "threshold", "decision_type", "left_child", "right_child", "internal_count")
    rows = zip(*(fields[name].split() for name in names), strict=True)
    sets = _category_sets(fields)
    splits = tuple(_split(row, sets) for row in rows)
    counts = tuple(int(count) for count in fields["leaf_count"].split())
    if not leaves == len(values) == len(counts) == len(splits) + 1:
        raise ValueError("the number of its splits, leaves and counts differ")
    return Tree(splits=splits, leaf_values=values, leaf_counts=counts)


def _category_sets(fields: dict[str, str]) -> tuple[frozenset[int], ...]:
    if not int(fields["num_cat"]):
        return ()
    bounds = [int(bound) for bound in fields["cat_boundaries"].split()]
    words = [int(word) for word in fields["cat_threshold"].split()]
    if bounds[-1] != len(words):
        raise ValueError("its sets of categories are incomplete")
    return tuple(
        frozenset(
            place * WORD + bit
            for place, word in enumerate(words[start:stop])
            for bit in range(WORD)
            if word >> bit & 1
        )
        for start, stop in pairwise(bounds)
    )


def _split(row: tuple[str, ...], sets: tuple[frozenset[int], ...]) -> Split:
    feature, threshold, kind, left, right, count = row
    decision = int(kind)
    categorical = bool(decision & CATEGORICAL)
    missing = decision >> 2
    if missing == ZERO_IS_MISSING or missing > MISSING_IS_NAN:
        raise ValueError("a split takes zeros for missing")
    bound = float(threshold)
    if abs(bound) <= ZERO and not categorical:
        # LightGBM predicts for numbers this small as for 0, so the rule for the number itself lies just outside.
        bound = ZERO if bound >= 0 else float(np.nextafter(-ZERO, -np.inf))
    # Without missing values in training LightGBM reads NaN as 0 when it predicts.
    default_left = bound >= 0.0 if missing == MISSING_IS_ZERO else bool(decision & DEFAULT_LEFT)
    return Split(
        feature=int(feature),
        threshold=float("nan") if categorical else bound,
        categories=sets[int(bound)] if categorical else None,
        missing_left=not categorical and default_left,
        left=int(left),
        right=int(right),
        count=int(count),
    )


def _check_tree(tree: Tree) -> None:
    if not all(np.isfinite(tree.leaf_values)):
        raise ValueError("a leaf is not a finite number")
    if any(split.categories is None and np.isnan(split.threshold) for split in tree.splits):
        raise ValueError("a threshold is not a number")
    if not tree.splits:
        if len(tree.leaf_values) != 1:
            raise ValueError("it has no splits and several leaves")
        return
    children = sorted(child for split in tree.splits for child in (split.left, split.right))
    if children != [*range(-len(tree.leaf_values), 0), *range(1, len(tree.splits))]:
        raise ValueError("its nodes do not hang together")
    if any(tree.count(s.left) + tree.count(s.right) != s.count or s.count <= 0 for s in tree.splits):
        raise ValueError("the rows of a node are not those of its children")
