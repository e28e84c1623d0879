"""Fitting one family to a cohort: polarities, scale, optional search, calibration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from credit_scoring.errors import TrainingError
from credit_scoring.learnt.scale import AlignedScale, Scale
from credit_scoring.policy.numbers import POINT
from credit_scoring.policy.training import Family, Training
from credit_scoring.sectors.additive import AdditiveScorecard
from credit_scoring.sectors.calibration import Calibration, calibrated, out_of_fold_scores
from credit_scoring.sectors.cohorts.results import Cohort
from credit_scoring.sectors.estimator import Scorecard
from credit_scoring.sectors.gradient import GradientScorecard
from credit_scoring.sectors.tuning import Tuned, tune
from credit_scoring.sectors.woe import WoeScorecard

Floats = npt.NDArray[np.float64]

_BADS = 30
"""Fewest rows of either class to learn from: below it neither bins nor trees say anything that lasts (Siddiqi asks
for far more; the limits of the sector's file decide what is good enough)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A family fitted to the training rows of a cohort."""

    family: Family
    estimator: Scorecard
    calibration: Calibration
    tuned: Tuned | None

    def probability(self, scores: npt.NDArray[np.int64]) -> Floats:
        """Calibrated probabilities of bad of n scores in thousandths."""
        return self.calibration.probability(scores)


def fit_family(
    cohort: Cohort,
    training: Training,
    *,
    family: Family,
    trials: int = 0,
    threads: int = 1,
    folds: int = 5,
    report: Callable[[str], None] = lambda _: None,
) -> Fitted:
    """Fit a family to the training rows, with the polarities of the features and the sector's scale.

    Args:
        trials: settings to search among; 0 takes the family's own. The WoE family has none to search for.
        threads: of the fit; the result does not depend on them.
        folds: inner folds, by subject, for the search and for the calibration.
        report: called with each step as it begins.

    Raises:
        TrainingError: nothing can be learnt from these rows, or a search was asked of a family that has none.
    """
    rows = cohort.rows("train")
    table = rows.select(list(cohort.names))
    bad, weights = rows["label"].to_numpy(), rows["weight"].to_numpy()
    subjects = np.asarray(rows["subject_id"].to_pylist())
    estimator = _estimator(family, cohort, training, rows, threads=threads)
    tuned: Tuned | None = None
    if trials:
        if not isinstance(estimator, AdditiveScorecard | GradientScorecard):
            raise TrainingError("the woe family has no settings to search for: leave --tune out.")
        tuned = tune(
            estimator, table, bad, sample_weight=weights, groups=subjects, trials=trials, folds=folds, seed=training.seed,
            progress=lambda done, of: report(f"searching settings, trial {done} of {of}"),
        )  # fmt: skip
        estimator.set_params(settings=tuned.settings)
    report(f"fitting {family}")
    estimator.fit(table, bad, weights, groups=subjects)
    report("calibrating")
    scores = out_of_fold_scores(
        estimator, table, bad, sample_weight=weights, groups=subjects, folds=folds, seed=training.seed
    )
    model = estimator.model_
    calibration = calibrated(scores.clip(model.floor, model.total), bad, weights=weights)
    return Fitted(family=family, estimator=estimator, calibration=calibration, tuned=tuned)


def _estimator(
    family: Family, cohort: Cohort, training: Training, rows: pa.Table, *, threads: int
) -> WoeScorecard | AdditiveScorecard | GradientScorecard:
    polarity = {feature.name: feature.polarity for feature in cohort.features}
    scale = _scale(training, rows)
    if family == "woe":
        return WoeScorecard(polarity=polarity, scale=scale, min_bads=_BADS)
    if family == "additive":
        return AdditiveScorecard(
            polarity=polarity, scale=scale, min_bads=_BADS, random_state=training.seed, n_jobs=threads
        )
    return GradientScorecard(
        polarity=polarity, scale=scale, min_bads=_BADS, random_state=training.seed, n_jobs=threads
    )


def _scale(training: Training, rows: pa.Table) -> Scale:
    if training.scale != "align_to_public":
        return training.scale
    public = np.array(
        [np.nan if s is None else s / POINT for s in rows["public_score"].to_pylist()], np.float64
    )
    if np.isnan(public).all():
        raise TrainingError(
            "`scale: align_to_public` needs public scores, and no training row has one: state `extends:`, or a scale "
            "of odds."
        )
    return AlignedScale.to(public, weights=rows["weight"].to_numpy())
