"""The additive family: boosted trees that each look at one feature, written out as a points table.

The model is fitted by LightGBM and is gone once its step functions are read: score, probability and explanation are those
of the table. Several fits, each stopped on another inner sample of the training rows, are averaged; an average of step
functions is one again (Lou, Caruana, Gehrke, Hooker 2013, "Accurate intelligible models", bag in the same way).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from credit_scoring.errors import TrainingError
from credit_scoring.learnt.coding import Coding, coding_of
from credit_scoring.learnt.features import Feature, monotone_sign
from credit_scoring.learnt.lookup import TableModel
from credit_scoring.learnt.points_table import Bins, Characteristic, LevelBins, NumericBins, PointsTable
from credit_scoring.learnt.scale import LinearScale, Scale, linear_scale, rounded_thousandths
from credit_scoring.learnt.trees import Floats, read_model
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.numbers import POINT
from credit_scoring.policy.training import Polarity
from credit_scoring.sectors.boosting import Boosting, Learner
from credit_scoring.sectors.estimator import Learnt, Scorecard
from credit_scoring.sectors.step_functions import Additive, Steps, additive_of, pruned
from credit_scoring.sectors.training_rows import Exclusion, TrainingRows

ADDITIVE = Boosting(
    learning_rate=0.05, leaves=4, feature_share=0.2, histogram_bins=1023, random_cuts=True, stop_after=100
)
"""Few leaves and small steps, since a tree serves one feature; drawing features lets correlated ones share an effect.
Fine bins with thresholds drawn at random, averaged over fits, follow amounts closely without chasing single rows."""


class AdditiveScorecard(Scorecard):
    """A sum of step functions of single features, monotone where a polarity says so.

    The points of a feature have mean 0 over the training rows: above 0 speaks for the subject, below 0 against it, and
    the base is the score of an average subject. When to stop is decided on inner stratified samples of the training
    rows, one per fit, of whole subjects if `fit` is given groups. A text not among the levels learnt gets the points of "other".

    Args:
        polarity: feature → better, worse or free; None: all free.
        scale: from log-odds to points; None: Siddiqi's.
        min_bads: fewest rows of either class.
        settings: of the boosting; None: `ADDITIVE`.
        bags: fits that are averaged.
        max_bins: most bins of a number; None: as many as were learnt. Neighbours that differ least are merged, which
            keeps the function monotone.
        random_state: seed; the same rows, seed and settings give the same table.
        n_jobs: threads.

    Attributes:
        table_: the `PointsTable`.
        boosters_: texts of the LightGBM models the table was read from.
        additive_: their step functions in log-odds, before centring, merging and rounding.
        coding_: levels of the texts.
    """

    def __init__(
        self,
        *,
        polarity: Mapping[str, Polarity] | None = None,
        scale: Scale | None = None,
        min_bads: int = 1,
        settings: Boosting | None = None,
        bags: int = 8,
        max_bins: int | None = 20,
        random_state: int = 0,
        n_jobs: int = 1,
    ) -> None:
        self.polarity = polarity
        self.scale = scale
        self.min_bads = min_bads
        self.settings = settings
        self.bags = bags
        self.max_bins = max_bins
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn(self, rows: TrainingRows) -> Learnt:
        if self.bags < 1 or (self.max_bins is not None and self.max_bins < 1):
            raise TrainingError("'bags' and 'max_bins' must be 1 or more.")
        learner = learner_of(
            rows,
            settings=self.settings or ADDITIVE,
            interactions=False,
            seed=self.random_state,
            num_threads=self.n_jobs,
        )
        self.coding_ = learner.coding
        # Half of the fits draw their cuts at random, which smooths; the others take the best, which keeps a real step.
        self.boosters_ = tuple(
            learner.fit(seed=bag, random_cuts=learner.settings.random_cuts and bag % 2 == 0)[
                0
            ].model_to_string()
            for bag in range(self.bags)
        )
        self.additive_ = additive_of([read_model(text) for text in self.boosters_], learner.coding)
        require_monotone(self.additive_, rows.features)
        kept = self._kept(self.additive_, learner)
        log_odds = kept.intercept + _contributions(kept, learner).sum(axis=1)
        scale = linear_scale(self.scale, log_odds=log_odds, weights=rows.weights)
        self.table_ = points_table(kept, learner, scale)
        gone = tuple(unused(f) for f, used in zip(rows.features, kept.used, strict=True) if not used)
        return Learnt(model=TableModel(table=self.table_), scale=scale, excluded=gone)

    def _kept(self, additive: Additive, learner: Learner) -> Additive:
        if self.max_bins is None:
            return additive
        steps = []
        for place, (step, levels) in enumerate(zip(additive.steps, learner.coding.levels, strict=True)):
            places = step.places(learner.values[:, place], text=levels is not None)
            weights = np.bincount(places, learner.weights, len(step.values) + 1)[: len(step.values)].astype(
                np.float64
            )
            steps.append(step if levels is not None else pruned(step, weights, self.max_bins))
        return Additive(intercept=additive.intercept, steps=tuple(steps), used=additive.used)


def learner_of(
    rows: TrainingRows, *, settings: Boosting, interactions: bool, seed: int, num_threads: int
) -> Learner:
    """Training rows made ready for LightGBM.

    Raises:
        TrainingError: no feature is left to learn from.
    """
    if not rows.features:
        raise TrainingError(
            "no feature is left to learn from: every column is constant or missing throughout "
            f"({', '.join(e.feature for e in rows.excluded)})."
        )
    coding = coding_of(rows.frame, level_rows=settings.level_rows)
    return Learner(
        values=coding.matrix(rows.frame),
        bad=rows.bad,
        weights=rows.weights,
        coding=coding,
        features=rows.features,
        settings=settings,
        interactions=interactions,
        seed=seed,
        num_threads=num_threads,
        groups=rows.groups,
    )


def require_monotone(additive: Additive, features: tuple[Feature, ...]) -> None:
    """Hold every step function against the polarity of its feature.

    Raises:
        TrainingError: one goes the wrong way, by more than the rounding of a sum.
    """
    for feature, steps in zip(features, additive.steps, strict=True):
        sign = monotone_sign(feature.polarity)
        if sign and (sign * np.diff(steps.values) < -1e-9).any():
            raise TrainingError(
                f"the function learnt for '{feature.name}' breaks its polarity '{feature.polarity}'. "
                "This is a fault of the fit: report it, and use another family meanwhile."
            )


def points_table(additive: Additive, learner: Learner, scale: LinearScale) -> PointsTable:
    """Whole thousandths for every bin; each feature's weighted mean over the training rows moves to the base."""
    contributions = _contributions(additive, learner)
    means = np.average(contributions, axis=0, weights=learner.weights)
    characteristics = tuple(
        Characteristic(
            feature=learner.features[place],
            bins=_bins(steps, learner.coding, place, float(means[place]), scale, learner.features[place]),
        )
        for place, steps in enumerate(additive.steps)
        if additive.used[place]
    )
    base = scale.thousandths(np.array([additive.intercept + means.sum()]))
    return PointsTable(base=int(base[0]), characteristics=characteristics)


def _contributions(additive: Additive, learner: Learner) -> Floats:
    found = np.empty(learner.values.shape)
    for place, (steps, levels) in enumerate(zip(additive.steps, learner.coding.levels, strict=True)):
        places = steps.places(learner.values[:, place], text=levels is not None)
        found[:, place] = np.append(steps.values, steps.missing)[places]
    return found


def _bins(
    steps: Steps, coding: Coding, place: int, mean: float, scale: LinearScale, feature: Feature
) -> Bins:
    values = steps.values
    sign = monotone_sign(feature.polarity)
    if sign:
        # Sums of the same leaves in another order differ in the last digits, which must not turn a step around.
        values = sign * np.maximum.accumulate(sign * values)
    points = [int(p) for p in rounded_thousandths(-scale.factor * (values - mean))]
    levels = coding.levels[place]
    if levels is None:
        missing = int(rounded_thousandths(np.array([-scale.factor * (steps.missing - mean)]))[0])
        kept = [i for i in range(len(points) - 1) if points[i] != points[i + 1]]
        return NumericBins(
            cuts=tuple(float(steps.cuts[i]) for i in kept),
            points=(*(points[i] for i in kept), points[-1]),
            missing=missing,
        )
    groups: dict[int, list[str]] = {}
    for level, earned in zip(levels, points[1:-1], strict=True):
        groups.setdefault(earned, []).append(level)
    ordered = sorted(groups)
    return LevelBins(
        groups=tuple(tuple(groups[earned]) for earned in ordered),
        points=tuple(ordered),
        missing=points[-1],
        other=points[0],
    )


def unused(feature: Feature) -> Exclusion:
    """The exclusion of a feature that no tree looks at."""
    return Exclusion(
        feature=feature.name,
        code="unused",
        reason=Title(
            zh="对预测没有帮助，模型未使用", en="no help to the prediction: the model does not use it"
        ),
    )


def rounding_bound(table: PointsTable, scale: LinearScale) -> float:
    """Most by which log-odds of the points can differ from those before rounding: half a thousandth per summand."""
    return (len(table.characteristics) + 1) * 0.5 / POINT / scale.factor
