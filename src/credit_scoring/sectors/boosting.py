"""The LightGBM fit that the additive and the gradient family share.

Class 1 is bad, so a feature of which more is worse has a rising effect on the raw log-odds. LightGBM is handed nothing but
float64 matrices: texts are coded here, by lists of levels that are kept as text, and never by a frame's own category codes,
which change from frame to frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from credit_scoring.learnt.coding import Coding
from credit_scoring.learnt.features import Feature, monotone_sign
from credit_scoring.learnt.trees import Floats, Integers

if TYPE_CHECKING:
    import lightgbm


@dataclass(frozen=True, slots=True, kw_only=True)
class Boosting:
    """Settings of one fit. The families state defaults for credit data of 1 000 to 200 000 rows, with reasons."""

    learning_rate: float
    leaves: int
    depth: int = -1
    """Longest path; -1 is without limit."""
    most_trees: int = 3000
    """Trees at most; early stopping usually ends before."""
    stop_after: int = 50
    """Trees without gain on the inner rows after which a fit ends."""
    inner_share: float = 0.15
    """Share of the training rows on which early stopping is decided."""
    rows_in_leaf: int | None = None
    """Fewest rows of a leaf; None: a five-hundredth of the rows, at least 5 and at most 100."""
    l2: float = 1.0
    """Added to the denominator of every leaf's value: small leaves count less."""
    feature_share: float = 1.0
    """Share of the features drawn for each tree."""
    row_share: float = 1.0
    """Share of the rows drawn for each tree."""
    histogram_bins: int = 255
    """Most different values of a number a fit can tell apart."""
    random_cuts: bool = False
    """One threshold drawn per feature and node instead of the best of all; smooth functions once fits are averaged."""
    level_rows: int = 10
    """Levels with fewer training rows are learnt together, as other."""

    def least_rows(self, rows: int) -> int:
        """Fewest rows of a leaf when there are so many training rows."""
        if self.rows_in_leaf is not None:
            return self.rows_in_leaf
        return int(np.clip(rows // 500, 5, 100))


@dataclass(frozen=True, kw_only=True)
class Learner:
    """Rows made ready for LightGBM once, for as many fits as are wanted: all fits share the same histogram bins."""

    values: Floats
    bad: Integers
    weights: Floats
    coding: Coding
    features: tuple[Feature, ...]
    settings: Boosting
    interactions: bool
    """Whether a tree may look at several features."""
    seed: int
    num_threads: int = 1
    groups: Integers | None = None
    """Numbers from 0 of the rows' subjects; None: every row is a subject of its own."""

    def fit(
        self, *, trees: int | None = None, seed: int = 0, random_cuts: bool | None = None
    ) -> tuple[lightgbm.Booster, int]:
        """One booster and its number of trees.

        Args:
            trees: fitted to all rows; None: to all but an inner stratified sample of whole subjects, stopped when that
                no longer gains.
            seed: of this fit, added to the learner's.
            random_cuts: in place of the settings'.
        """
        import lightgbm

        whole = self._dataset()
        parameters = self._parameters(self.seed + seed)
        if random_cuts is not None:
            parameters["extra_trees"] = random_cuts
        if trees is not None:
            return lightgbm.train(parameters, whole, trees), trees
        inner = self.inner_rows(seed)
        if not inner.any():
            return lightgbm.train(parameters, whole, self.settings.stop_after), self.settings.stop_after
        stop = lightgbm.early_stopping(self.settings.stop_after, verbose=False)
        # Subsets of one dataset keep its bins, so the thresholds of all fits come from one small set.
        fitted, judged = (
            whole.subset(np.flatnonzero(~inner).tolist()),
            whole.subset(np.flatnonzero(inner).tolist()),
        )
        booster = lightgbm.train(
            parameters, fitted, self.settings.most_trees, valid_sets=[judged], callbacks=[stop]
        )
        best = max(1, booster.best_iteration)
        return lightgbm.Booster(model_str=booster.model_to_string(num_iteration=best)), best

    def inner_rows(self, seed: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Rows on which early stopping is decided: a share of each class, made up of whole subjects.

        A subject observed on many dates repeats itself, and where outcome windows overlap it repeats its outcome: inner
        rows of subjects that are fitted to as well would reward every tree that learns the subjects by heart.

        Subjects are drawn in random order, those with bad rows first, and each is taken that keeps both classes within
        their share; the rest therefore holds both classes too. None are taken if the inner rows of a class would come
        from too few subjects to judge by.
        """
        subject = np.arange(len(self.bad)) if self.groups is None else self.groups
        bads = np.bincount(subject, self.bad == 1).astype(np.int64)
        goods = np.bincount(subject, self.bad == 0).astype(np.int64)
        draw = np.random.default_rng([self.seed, seed])
        without = draw.permutation(np.flatnonzero((bads == 0) & (goods > 0)))
        with_bads = draw.permutation(np.flatnonzero(bads > 0))
        bads_left = int(bads.sum() * self.settings.inner_share)
        goods_left = int(goods.sum() * self.settings.inner_share)
        taken = np.zeros(len(bads), dtype=np.bool_)
        for order in (with_bads, without):
            for group, bad, good in zip(
                order.tolist(), bads[order].tolist(), goods[order].tolist(), strict=True
            ):
                if bad <= bads_left and good <= goods_left:
                    taken[group] = True
                    bads_left, goods_left = bads_left - bad, goods_left - good
        if min(np.count_nonzero(taken & (bads > 0)), np.count_nonzero(taken & (goods > 0))) < MOST_FEW:
            return np.zeros(len(self.bad), dtype=np.bool_)
        return taken[subject]

    def _dataset(self) -> lightgbm.Dataset:
        import lightgbm

        weights = None if (self.weights == 1).all() else self.weights
        return lightgbm.Dataset(
            self.values,
            self.bad.astype(np.float64),
            weight=weights,
            categorical_feature=self.coding.categories,
            params=self._parameters(self.seed),
            free_raw_data=False,
        ).construct()

    def _parameters(self, seed: int) -> dict[str, Any]:
        settings = self.settings
        least = settings.least_rows(len(self.bad))
        signs = [monotone_sign(feature.polarity) for feature in self.features]
        found: dict[str, Any] = {
            "objective": "binary",
            "metric": "binary_logloss",
            "learning_rate": settings.learning_rate,
            "num_leaves": settings.leaves,
            "max_depth": settings.depth,
            "min_data_in_leaf": least,
            # LightGBM's own minimum of 100 rows per group of levels is more than many a level has.
            "min_data_per_group": least,
            "lambda_l2": settings.l2,
            "feature_fraction": settings.feature_share,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.num_threads,
            "verbosity": -1,
            "feature_pre_filter": False,
            "max_bin": settings.histogram_bins,
            "extra_trees": settings.random_cuts,
        }
        if settings.row_share < 1:
            found |= {"bagging_fraction": settings.row_share, "bagging_freq": 1}
        if any(signs):
            found |= {
                "monotone_constraints": signs,
                # With missing values LightGBM 4.7's sharper methods build trees that break the constraint.
                "monotone_constraints_method": "basic" if np.isnan(self.values).any() else "advanced",
            }
        if not self.interactions:
            found["interaction_constraints"] = [[place] for place in range(len(signs))]
        return found


MOST_FEW = 5
"""Fewest subjects with inner rows of a class from which a stop can be judged."""
