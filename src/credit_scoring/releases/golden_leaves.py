"""Golden rows of a gradient model: few subjects that between them reach every leaf of every tree that can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from credit_scoring.learnt.frames import frame_of
from credit_scoring.learnt.gradient_model import GradientModel
from credit_scoring.learnt.trees import Floats, Integers, Tree, TreeModel
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.releases.golden_records import Setting, distinct, subject_ids, tables_of
from credit_scoring.scoring.measuring import measure_values

_CONSTRUCTED = 4_000


def reaching_every_leaf(
    policy: Policy,
    card: Scorecard,
    model: GradientModel,
    settings: Sequence[Setting],
    *,
    on: date,
    at_most: int,
) -> tuple[Setting, ...]:
    """Settings and combinations of them that reach the leaves, those that reach most new ones first.

    Args:
        settings: what may be combined; the clean subject first.
        at_most: no more rows than this, even if leaves remain.
    """
    own = _features(policy, card, model, settings, on)
    reached = {(t, leaf) for t, leaves in enumerate(_leaves(model.trees, own)) for leaf in set(leaves)}
    built = distinct(_towards(model.trees, own, settings, reached))[:_CONSTRUCTED]
    candidates = distinct((*settings, *built))
    values = _features(policy, card, model, candidates, on)
    return tuple(candidates[place] for place in _cover(_leaves(model.trees, values), at_most))


def _features(
    policy: Policy, card: Scorecard, model: GradientModel, settings: Sequence[Setting], on: date
) -> Floats:
    """What the trees see of each setting; settings that the line rejects see nothing on record."""
    subjects, records = tables_of(settings, card.subject_type)
    table = measure_values(policy, card, subjects=subjects, records=records, on=on)
    places = {name: place for place, name in enumerate(subject_ids(settings))}
    order = np.array([places[name] for name in table["subject_id"].to_pylist()], dtype=np.int64)
    found = np.full((len(settings), len(model.coding.names)), np.nan)
    found[order] = model.matrix(
        frame_of(table.select([name for name in table.column_names if name in model.coding.names]))
    )
    return found


def _leaves(model: TreeModel, values: Floats) -> list[Integers]:
    """For each tree the leaf each row reaches."""
    return [_reached(tree, values) for tree in model.trees]


def _reached(tree: Tree, values: Floats) -> Integers:
    nodes = np.full(len(values), tree.root, dtype=np.int64)
    for place, split in enumerate(tree.splits):
        # A node comes after its parent, so one pass from the root is enough.
        here = nodes == place
        if here.any():
            left = split.goes_left(values[here, split.feature])
            nodes[here] = np.where(left, split.left, split.right)
    return ~nodes


def _towards(
    model: TreeModel, values: Floats, settings: Sequence[Setting], reached: set[tuple[int, int]]
) -> list[Setting]:
    """For each leaf not reached: of every feature on its path a setting that goes the right way, all together."""
    found: list[Setting] = []
    for number, tree in enumerate(model.trees):
        for leaf, path in tree.paths():
            if (number, leaf) in reached:
                continue
            allowed: dict[int, NDArray[np.bool_]] = {}
            for node, left in path:
                split = tree.splits[node]
                goes = split.goes_left(values[:, split.feature]) == left
                allowed[split.feature] = allowed.get(split.feature, np.ones(len(values), dtype=bool)) & goes
            joined = settings[0]
            for mask in allowed.values():
                if not mask[0] and mask.any():
                    joined = joined.with_(settings[int(np.argmax(mask))])
            found.append(joined.named("leaf"))
    return found


def _cover(leaves: Sequence[Integers], at_most: int) -> list[int]:
    """Rows that between them reach every leaf any row reaches; of equals the first (greedy set cover)."""
    members: dict[tuple[int, int], NDArray[np.int64]] = {}
    for tree, column in enumerate(leaves):
        for leaf in np.unique(column):
            members[tree, int(leaf)] = np.flatnonzero(column == leaf)
    gain = np.zeros(len(leaves[0]), dtype=np.int64)
    for rows in members.values():
        gain[rows] += 1
    chosen: list[int] = []
    open_ = set(members)
    while open_ and len(chosen) < at_most:
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        chosen.append(best)
        for tree, column in enumerate(leaves):
            key = (tree, int(column[best]))
            if key in open_:
                open_.remove(key)
                gain[members[key]] -= 1
    return chosen
