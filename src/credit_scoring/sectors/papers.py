"""The papers of a learnt evaluation: what it was learnt from, with what, and what was checked (`training.json`)."""

from __future__ import annotations

import math
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from credit_scoring import __version__
from credit_scoring.learnt.gradient_model import GradientPoints
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.training import Family, Polarity
from credit_scoring.sectors.cohorts.results import Cohort, CohortSummary

if TYPE_CHECKING:
    # Reading papers needs no library that learns.
    from credit_scoring.sectors.learning import Fitted

_LIBRARIES = ("lightgbm", "numpy", "optbinning", "pandas", "scikit-learn", "scipy", "duckdb")


class _Paper(BaseModel):
    model_config = ConfigDict(frozen=True)


class InputFile(_Paper):
    """An input table. `sha256` is over the file's bytes, or over the Arrow stream of a frame."""

    table: str
    name: str
    sha256: str


class FeatureUsed(_Paper):
    """A feature, and in which direction it may count."""

    feature: str
    title: Title | None
    dimension: str | None
    polarity: Polarity
    reason: str | None
    """Where the polarity is stated in the sector's file."""


class FeatureLeftOut(_Paper):
    """A feature that gives no points, and why."""

    feature: str
    reason: Title


class ScaleUsed(_Paper):
    """`score = offset - factor · log-odds of bad`, in points."""

    offset: float
    factor: float


class ShapCheck(_Paper):
    """How the SHAP values behind a gradient model's points were come by, and how far they were from the reference."""

    method: str
    reason: str
    checked_rows: int
    largest_difference: float | None
    largest_gap: float


class EngineCheck(_Paper):
    """The written scorecard was scored by the engine, and gave the estimator's scores in every row."""

    on: str
    rows: int
    differences: int
    rejected: dict[str, int]
    """Rows of subjects and records that could not be used on that date, by table and reason, as in a run."""


class Papers(_Paper):
    """Everything needed to learn the evaluation again and to judge it."""

    version: str
    libraries: dict[str, str]
    sector: str
    """`scorecard@edition` it was learnt for."""
    scorecard: str
    """`scorecard@edition` that was written."""
    family: Family
    policy_sha256: str
    """Of the sector's scorecard, the public one and the catalogue."""
    scorecard_sha256: str
    """Of the file `scorecard.yaml`; of a gradient model, that file names the hash of the model's."""
    in_use: str | None
    """Scorecard it was compared with, and the hash of what decides its scores."""
    training_sha256: str
    """Of the `training` block."""
    inputs: tuple[InputFile, ...]
    cohort: CohortSummary
    features: tuple[FeatureUsed, ...]
    features_left_out: tuple[FeatureLeftOut, ...]
    overrides_left_out: tuple[str, ...]
    """Overrides of the sector's scorecard that look at points, and so mean nothing here."""
    requirements_left_out: tuple[str, ...]
    """Grades of the sector's scorecard that also required points of its indicators; here the score decides alone."""
    settings: dict[str, Any]
    """Of the estimator."""
    search: tuple[dict[str, Any], ...]
    """Trials of the search for settings, with the AUC over the inner folds; empty without a search."""
    scale: ScaleUsed
    calibration: dict[str, Any]
    """Calibrated probabilities of bad as a function of the score in thousandths."""
    shap: ShapCheck | None
    """Of gradient models."""
    engine: EngineCheck


def features_used(cohort: Cohort, fitted: Fitted) -> tuple[FeatureUsed, ...]:
    """The features that give points, in the order of the scorecard."""
    used = {feature.name for feature in fitted.estimator.features_}
    return tuple(
        FeatureUsed(
            feature=f.name, title=f.title, dimension=f.dimension, polarity=f.polarity, reason=f.reason
        )
        for f in cohort.features
        if f.name in used
    )


def features_left_out(fitted: Fitted) -> tuple[FeatureLeftOut, ...]:
    """The features that give none."""
    return tuple(FeatureLeftOut(feature=e.feature, reason=e.reason) for e in fitted.estimator.excluded_)


def shap_check(points: GradientPoints | None) -> ShapCheck | None:
    """The check of a gradient model's SHAP values; None for the other families."""
    if points is None:
        return None
    found = points.contributions
    difference = found.largest_difference
    return ShapCheck(
        method=found.method,
        reason=found.reason,
        checked_rows=found.checked_rows,
        largest_difference=None if math.isnan(difference) else difference,
        largest_gap=found.largest_gap,
    )


def settings_of(fitted: Fitted) -> dict[str, Any]:
    """The estimator's settings as plain values; polarities and scale have places of their own."""
    params = fitted.estimator.get_params(deep=False)
    return {k: _plain(v) for k, v in params.items() if k not in ("polarity", "scale") and v is not None}


def search_of(fitted: Fitted) -> tuple[dict[str, Any], ...]:
    """The trials of the search."""
    trials = () if fitted.tuned is None else fitted.tuned.trials
    return tuple({"auc": trial.auc, **asdict(trial.settings)} for trial in trials)


def libraries() -> dict[str, str]:
    """Versions of the libraries a fit depends on; absent ones are left out."""
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def code_version() -> str:
    """The version of this package."""
    return __version__


def _plain(value: Any) -> Any:
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value
