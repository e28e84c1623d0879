# ruff: noqa: N803 -- scikit-learn calls the table X, and keyword arguments depend on it.
"""The gradient family: boosted trees that may look at several features, monotone, explained by SHAP values as points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from credit_scoring.learnt.gradient_model import GradientModel
from credit_scoring.learnt.scale import Scale, linear_scale
from credit_scoring.learnt.trees import read_model
from credit_scoring.policy.training import Polarity
from credit_scoring.sectors.additive import learner_of, unused
from credit_scoring.sectors.boosting import Boosting
from credit_scoring.sectors.estimator import Learnt, Scorecard, Thousandths
from credit_scoring.sectors.monotone import require_monotone_trees
from credit_scoring.sectors.training_rows import TrainingRows

GRADIENT = Boosting(learning_rate=0.03, leaves=15, depth=6, feature_share=0.5, l2=5.0)
"""Paths of at most six splits, so that SHAP values are quick and a reason names few features at a time; the stronger
penalty is for leaves that only a combination of features reaches."""


class GradientScorecard(Scorecard):
    """Boosted trees with interactions, monotone where a polarity says so.

    The number of trees is decided on an inner stratified sample of the training rows, of whole subjects if `fit` is
    given groups; then all rows are learnt from.
    The base is the score at the expected log-odds. A text not among the levels learnt goes the way of the rare ones.

    Args:
        polarity: feature → better, worse or free; None: all free.
        scale: from log-odds to points; None: Siddiqi's.
        min_bads: fewest rows of either class.
        settings: of the boosting; None: `GRADIENT`.
        random_state: seed; the same rows, seed and settings give the same model.
        n_jobs: threads.

    Attributes:
        model_: the `GradientModel`, which can be written as text.
        model_text_: the booster in LightGBM's own format.
        trees_: number of trees.
    """

    model_: GradientModel

    def __init__(
        self,
        *,
        polarity: Mapping[str, Polarity] | None = None,
        scale: Scale | None = None,
        min_bads: int = 1,
        settings: Boosting | None = None,
        random_state: int = 0,
        n_jobs: int = 1,
    ) -> None:
        self.polarity = polarity
        self.scale = scale
        self.min_bads = min_bads
        self.settings = settings
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn(self, rows: TrainingRows) -> Learnt:
        learner = learner_of(
            rows,
            settings=self.settings or GRADIENT,
            interactions=True,
            seed=self.random_state,
            num_threads=self.n_jobs,
        )
        _, self.trees_ = learner.fit()
        booster, _ = learner.fit(trees=self.trees_)
        self.model_text_ = booster.model_to_string()
        trees = read_model(self.model_text_)
        require_monotone_trees(trees, rows.features)
        log_odds = np.asarray(booster.predict(learner.values, raw_score=True, num_threads=self.n_jobs))
        scale = linear_scale(self.scale, log_odds=log_odds, weights=rows.weights)
        used = {split.feature for tree in trees.trees for split in tree.splits}
        model = GradientModel(
            model_text=self.model_text_,
            coding=learner.coding,
            features=tuple(feature for place, feature in enumerate(rows.features) if place in used),
            scale=scale,
            num_threads=self.n_jobs,
        )
        excluded = tuple(unused(feature) for place, feature in enumerate(rows.features) if place not in used)
        return Learnt(model=model, scale=scale, excluded=excluded)

    def scores(self, X: Any, *, bounded: bool = False) -> Thousandths:
        """n scores in thousandths, from the raw log-odds; `base + Σ points`, exactly, without the points' cost."""
        frame = self._frame(X)
        raw = self.model_.scores(frame)
        return raw.clip(self.model_.floor, self.model_.total) if bounded else raw
