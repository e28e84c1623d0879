"""woodelf as the package uses it: in double precision, with its tables kept, each row's values its own.

woodelf turns a leaf into a table: what every pattern of passed conditions gives each feature on the way to it (Nadel and
Wettenstein). Left to itself it sums in single precision, makes the tables anew for every block of rows, and for a few
rows adds up in another order than for many, so that a row's values depend on the rows around it in the sixth
digit. Its `path_to_matrices_calculator` and the number of rows handed over decide all three.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from credit_scoring.learnt.trees import ZERO, Floats, Integers, TreeModel

if TYPE_CHECKING:
    import lightgbm

MOST_FEATURES = 12
"""On one path: the table of a leaf has two to this power rows."""
KEPT_BYTES = 256 * 2**20
"""Tables kept between blocks; what is beyond is made again for each."""
ROWS_PER_PATTERN = 10
"""woodelf adds up leaf by leaf below this many rows per pattern of the deepest tree, and pair by pair above."""

LeafTable: TypeAlias = dict[int, Floats]
"""For each feature on the way to a leaf what each pattern gives it, log-odds."""


class UnreadableModelError(Exception):
    """woodelf cannot explain the model; the message says why."""


@dataclass(kw_only=True)
class LeafTables:
    """woodelf's `path_to_matrices_calculator`: tables by its own formula, before it rounds them to single precision."""

    kept: dict[tuple[tuple[int, ...], bytes, float, float | None], LeafTable] = field(default_factory=dict)
    kept_bytes: int = 0

    def get_path_dependent_s_matrix(
        self,
        features_in_path: list[int],
        consumer_patterns: Integers,  # noqa: ARG002
        covers: Floats,
        w: float,
        w_neighbor: float | None = None,
    ) -> LeafTable:
        """The table of a leaf, or of two leaves under one split; names and order of arguments are woodelf's.

        Args:
            features_in_path: the m features on the way.
            consumer_patterns: not looked at: the table is of all patterns.
            covers: m shares of training rows that pass each feature's conditions.
            w: value of the leaf.
            w_neighbor: value of the leaf beside it, if both are to be in one table.
        """
        if not features_in_path:
            return {}
        key = (tuple(features_in_path), covers.tobytes(), w, w_neighbor)
        found = self.kept.get(key)
        if found is None:
            shares = _shares(covers, w, w_neighbor)
            found = {feature: shares[:, i].copy() for i, feature in enumerate(features_in_path)}
            if self.kept_bytes + shares.nbytes <= KEPT_BYTES:
                self.kept[key] = found
                self.kept_bytes += shares.nbytes
        return found


def _shares(covers: Floats, value: float, neighbour: float | None) -> Floats:
    from woodelf.core.path_to_s_vectors import lts_recursive_p2s as formula

    m = len(covers)
    patterns = np.arange(2**m)
    weights = formula.shapley_values_f_w(m)
    if neighbour is None:
        shares = formula.improved_linear_tree_shap_magic(covers, patterns, weights, value)
    else:
        shares = formula.improved_linear_tree_shap_magic_for_neighbors(
            covers, patterns, weights, value, neighbour
        )
    return np.asarray(shares, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class TreeShap:
    """A model that woodelf has read, with its tables."""

    explainer: Any
    """woodelf's; it comes without types."""
    tables: LeafTables
    least_rows: int
    """Handed over at a time, so that woodelf always adds up in one order."""

    @classmethod
    def of(cls, booster: lightgbm.Booster, model: TreeModel) -> TreeShap:
        """Read a model and make its tables, which takes about a second.

        Args:
            booster: the model.
            model: the same, read.

        Raises:
            UnreadableModelError: it splits on categories, a path is too long, or woodelf fails on it.
        """
        if any(split.categories is not None for tree in model.trees for split in tree.splits):
            raise UnreadableModelError("the model splits on categories, which woodelf does not read")
        longest = _longest_path(model)
        if longest > MOST_FEATURES:
            raise UnreadableModelError(
                f"a path of the model goes through {longest} features; woodelf's tables bear {MOST_FEATURES}"
            )
        try:
            found = _read(booster, len(model.features))
            found.contributions(np.full((1, len(model.features)), np.nan))
        # Whatever a library stumbles over, LightGBM's own values remain.
        except Exception as error:
            raise UnreadableModelError(f"woodelf cannot read the model: {error}") from error
        return found

    def contributions(self, values: Floats) -> Floats:
        """SHAP values of n rows by k features in log-odds, without the base; a row's do not depend on the others."""
        import pandas as pd

        rows = len(values)
        if not rows:
            return np.zeros(values.shape)
        # LightGBM predicts for numbers this small as for 0.
        columns = np.where(np.abs(values) <= ZERO, 0.0, values)
        if rows < self.least_rows:
            columns = np.concatenate([columns, np.repeat(columns[-1:], self.least_rows - rows, axis=0)])
        # Column by column in memory, as woodelf reads them.
        frame = pd.DataFrame(np.asfortranarray(columns), copy=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self.explainer.shap_values(frame, path_to_matrices_calculator=self.tables, verbose=False)
        return np.asarray(found[:rows], dtype=np.float64)


def _read(booster: lightgbm.Booster, features: int) -> TreeShap:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from woodelf import WoodelfExplainer
        from woodelf.core.trees.parse_models import load_decision_tree_ensemble_model

        trees = load_decision_tree_ensemble_model(booster, list(range(features)))
        return TreeShap(
            explainer=WoodelfExplainer(trees),
            tables=LeafTables(),
            least_rows=ROWS_PER_PATTERN * 2 ** min(trees.max_depth, MOST_FEATURES),
        )


def _longest_path(model: TreeModel) -> int:
    paths = ((tree, path) for tree in model.trees for _, path in tree.paths())
    return max((len({tree.splits[node].feature for node, _ in path}) for tree, path in paths), default=0)
