# ruff: noqa: N803 -- scikit-learn calls the table X.
"""Calibrated probabilities: a falling function of the score, kept as plain numbers.

A model is calibrated on scores of rows it was not fitted to: held out, or out of fold. A higher score never has a
higher probability of bad, so calibration moves no subject past another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.base import clone
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from credit_scoring.errors import InputError, TrainingError
from credit_scoring.learnt.frames import NumberColumn, frame_of
from credit_scoring.policy.numbers import POINT
from credit_scoring.sectors.estimator import Scorecard
from credit_scoring.sectors.training_rows import TrainingRows, group_codes, training_rows

Floats: TypeAlias = npt.NDArray[np.float64]
Thousandths: TypeAlias = npt.NDArray[np.int64]
Method: TypeAlias = Literal["isotonic", "platt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IsotonicCalibration:
    """Probability of bad by straight lines between knots, level beyond the first and the last.

    Isotonic regression: Zadrozny and Elkan, Transforming classifier scores into accurate multiclass probability
    estimates, KDD 2002.
    """

    scores: tuple[float, ...]
    """Thousandths, rising."""
    bad: tuple[float, ...]
    """Probability at each of these scores, falling or level, above 0 and below 1."""
    method: Literal["isotonic"] = "isotonic"

    def __post_init__(self) -> None:
        if not self.scores or len(self.scores) != len(self.bad):
            raise InputError("a calibration needs as many probabilities as scores, and at least one.")
        if any(not a < b for a, b in pairwise(self.scores)):
            raise InputError("the scores of a calibration must rise.")
        if any(a < b for a, b in pairwise(self.bad)):
            raise InputError("the probabilities of a calibration must not rise with the score.")
        if not all(0 < p < 1 for p in self.bad):
            raise InputError("the probabilities of a calibration must lie between 0 and 1.")

    def probability(self, scores: Thousandths) -> Floats:
        """Probabilities of bad of n scores in thousandths."""
        at, bad = np.asarray(self.scores, np.float64), np.asarray(self.bad, np.float64)
        return np.interp(np.asarray(scores, np.float64), at, bad)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlattCalibration:
    """`log-odds of bad = intercept - slope · score`, score in points (Platt, Probabilistic outputs for SVMs, 1999)."""

    intercept: float
    slope: float
    """Above 0."""
    method: Literal["platt"] = "platt"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.intercept) and np.isfinite(self.slope) and self.slope > 0):
            raise InputError(
                f"a calibration needs a finite intercept and a slope above 0, not {self.intercept}, {self.slope}."
            )

    def probability(self, scores: Thousandths) -> Floats:
        """Probabilities of bad of n scores in thousandths."""
        points = np.asarray(scores, np.float64) / POINT
        return np.asarray(expit(self.intercept - self.slope * points), np.float64)


Calibration: TypeAlias = IsotonicCalibration | PlattCalibration


def calibrated(
    scores: Thousandths, bad: Any, *, weights: Any = None, method: Method = "isotonic"
) -> Calibration:
    """Calibrate on rows the model was not fitted to.

    Args:
        scores: n scores in thousandths.
        bad: n labels, 1 is bad; both occur.
        weights: n weights, 0 or more.
        method: `isotonic` follows any falling shape and wants many rows; `platt` has two parameters.

    Raises:
        TrainingError: one class, or the score does not tell bad from good: the probability would rise with it.
    """
    rows = training_rows(frame_of(np.asarray(scores, np.float64).reshape(-1, 1)), bad, weights=weights)
    column = rows.frame.columns[0] if rows.frame.columns else None
    if not isinstance(column, NumberColumn):
        raise TrainingError(
            "all scores are the same: nothing can be calibrated. Look at the features excluded."
        )
    if method == "platt":
        return _platt(column.values / POINT, rows)
    if method == "isotonic":
        return _isotonic(column.values, rows)
    raise TrainingError(f"'{method}' is no way to calibrate: use 'isotonic' or 'platt'.")


def out_of_fold_scores(
    scorecard: Scorecard,
    X: Any,
    y: Any,
    *,
    sample_weight: Any = None,
    groups: Any = None,
    folds: int = 5,
    seed: int = 0,
) -> Thousandths:
    """n scores in thousandths, each by a copy of the scorecard that was not fitted to the row.

    Args:
        scorecard: not fitted itself; it stays as it is.
        X: n rows of features.
        y: n labels, 1 is bad.
        sample_weight: n weights.
        groups: n subjects; rows of one subject stay in one fold, and on one side of a fit's own inner rows.
        folds: 2 or more.
        seed: of the folds.

    Raises:
        TrainingError: as `Scorecard.fit`, or fewer rows of a class than folds.
    """
    frame, labels = frame_of(X), np.asarray(y)
    fewest = int(np.unique(labels, return_counts=True)[1].min())
    if fewest < folds:
        raise TrainingError(
            f"{fewest} rows of one class cannot be spread over {folds} folds. Use fewer folds."
        )
    splitter = (
        StratifiedKFold(folds, shuffle=True, random_state=seed)
        if groups is None
        else StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    )
    weights = np.ones(frame.rows) if sample_weight is None else np.asarray(sample_weight, np.float64)
    subjects = None if groups is None else group_codes(groups, rows=frame.rows)
    scores = np.empty(frame.rows, np.int64)
    for fit, held in splitter.split(np.zeros((frame.rows, 1)), labels, groups):
        copy = clone(scorecard).fit(
            frame.where(fit),
            labels[fit],
            sample_weight=weights[fit],
            groups=None if subjects is None else subjects[fit],
        )
        scores[held] = copy.scores(frame.where(held))
    return scores


def as_plain(calibration: Calibration) -> dict[str, Any]:
    """For JSON or YAML: numbers, texts and lists.

    >>> as_plain(PlattCalibration(intercept=12.0, slope=0.02))
    {'intercept': 12.0, 'slope': 0.02, 'method': 'platt'}
    """
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in asdict(calibration).items()
    }


def from_plain(plain: Mapping[str, Any]) -> Calibration:
    """The inverse of `as_plain`.

    Raises:
        InputError: unknown method, missing or unknown keys, or numbers no calibration can have.
    """
    kinds = {"isotonic": IsotonicCalibration, "platt": PlattCalibration}
    kind = kinds.get(str(plain.get("method")))
    expected = {"isotonic": {"method", "scores", "bad"}, "platt": {"method", "intercept", "slope"}}
    if kind is None or set(plain) != expected[str(plain["method"])]:
        raise InputError(
            f"not a calibration: {', '.join(sorted(map(str, plain)))}. It has 'method: isotonic' with 'scores' and "
            "'bad', or 'method: platt' with 'intercept' and 'slope'."
        )
    if kind is IsotonicCalibration:
        return IsotonicCalibration(
            scores=tuple(float(score) for score in plain["scores"]), bad=tuple(float(p) for p in plain["bad"])
        )
    return PlattCalibration(intercept=float(plain["intercept"]), slope=float(plain["slope"]))


def _isotonic(scores: Floats, rows: TrainingRows) -> IsotonicCalibration:
    # Never certain: one row more of either class in the most extreme stretch (Laplace).
    margin = 1 / (len(scores) + 2)
    fit = IsotonicRegression(increasing=False, y_min=margin, y_max=1 - margin)
    fit.fit(scores, rows.bad, sample_weight=rows.weights)
    knots, bad = fit.X_thresholds_.tolist(), fit.y_thresholds_.tolist()
    if bad[0] == bad[-1]:
        raise _no_order()
    return IsotonicCalibration(scores=tuple(knots), bad=tuple(bad))


def _platt(points: Floats, rows: TrainingRows) -> PlattCalibration:
    mean, spread = float(points.mean()), float(points.std())
    bads, goods = float((rows.weights * rows.bad).sum()), float((rows.weights * (1 - rows.bad)).sum())
    # Platt's targets: a bad row counts as (N+ + 1) / (N+ + 2) bad, a good one as 1 / (N- + 2).
    target = np.where(rows.bad == 1, (bads + 1) / (bads + 2), 1 / (goods + 2))
    standard = ((points - mean) / spread).reshape(-1, 1)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-9, max_iter=1_000)
    model.fit(
        np.vstack((standard, standard)),
        np.repeat([1, 0], len(points)),
        sample_weight=np.concatenate((rows.weights * target, rows.weights * (1 - target))),
    )
    slope = -float(model.coef_[0][0]) / spread
    if not slope > 0:
        raise _no_order()
    return PlattCalibration(intercept=float(model.intercept_[0]) + slope * mean, slope=slope)


def _no_order() -> TrainingError:
    return TrainingError(
        "the probability of bad does not fall as the score rises: these scores tell nothing about these outcomes. "
        "Check that the rows belong together."
    )
