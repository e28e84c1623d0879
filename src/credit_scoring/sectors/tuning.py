"""A search for boosting settings, on inner folds of the training rows only, the same for the same seed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from credit_scoring.errors import TrainingError
from credit_scoring.learnt.frames import Frame, frame_of
from credit_scoring.sectors.additive import ADDITIVE, AdditiveScorecard
from credit_scoring.sectors.boosting import Boosting
from credit_scoring.sectors.gradient import GRADIENT, GradientScorecard
from credit_scoring.sectors.training_rows import group_codes

Progress: TypeAlias = Callable[[int, int], None]
"""Called with trials done and trials in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where one setting is looked for, ends included."""

    least: float
    most: float
    whole: bool = False
    """Whole numbers only."""
    log: bool = True
    """Whether doubling counts the same everywhere, as for rates and penalties."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """The settings looked for; the others stay as they are."""

    learning_rate: Span = Span(least=0.02, most=0.1)
    leaves: Span = Span(least=3, most=31, whole=True)
    l2: Span = Span(least=0.1, most=30.0)
    feature_share: Span = Span(least=0.1, most=1.0, log=False)
    rows_in_leaf: Span = Span(least=5, most=100, whole=True)

    def spans(self) -> tuple[tuple[str, Span], ...]:
        """Names as in `Boosting`, in a fixed order."""
        names = ("learning_rate", "leaves", "l2", "feature_share", "rows_in_leaf")
        return tuple((name, getattr(self, name)) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One setting tried."""

    settings: Boosting
    auc: float
    """Mean over the folds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What a search found."""

    settings: Boosting
    """Of the best trial; of equals the first."""
    auc: float
    """Its mean over the folds: chosen as the best of many, so better than what new rows will show."""
    trials: tuple[Trial, ...]
    """In the order they were tried; the first is the default."""


def tune(
    scorecard: AdditiveScorecard | GradientScorecard,
    table: Any,
    labels: Any,
    *,
    sample_weight: Any = None,
    groups: Sequence[Any] | npt.NDArray[Any] | None = None,
    trials: int = 30,
    folds: int = 4,
    seed: int = 0,
    search: Search | None = None,
    progress: Progress | None = None,
) -> Tuned:
    """Look for settings with the highest AUC on rows left out.

    Args:
        scorecard: the family with its polarities and scale; it is not changed. Its own settings are the first trial.
        table: n rows of features; training rows only, never those held out.
        labels: n labels, 0 good and 1 bad.
        sample_weight: n weights, for the fits and the AUC.
        groups: n subjects; rows of one subject are never on both sides, of a fold or of a fit's own inner rows. None: every row is its own.
        trials: settings to try.
        folds: inner folds, stratified.
        seed: of the folds and of the search (Tree-structured Parzen estimator; Bergstra et al. 2011).
        search: where to look.
        progress: told of trials done.

    Raises:
        TrainingError: fewer than 2 folds or 1 trial, too few rows of a class, groups of another length.
        FeatureTableError: the table cannot be used.
    """
    import optuna

    if folds < 2 or trials < 1:
        raise TrainingError(f"a search needs at least 2 folds and 1 trial, not {folds} and {trials}.")
    frame = frame_of(table)
    bad = np.asarray(labels)
    splits = _splits(bad, groups, rows=frame.rows, folds=folds, seed=seed)
    weights = None if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    subjects = None if groups is None else group_codes(groups, rows=frame.rows)
    start = scorecard.settings or (ADDITIVE if isinstance(scorecard, AdditiveScorecard) else GRADIENT)
    spans = (search or Search()).spans()
    done: list[Trial] = []

    def value(trial: optuna.Trial) -> float:
        settings = _settings(trial, start, spans) if done else start
        found = _auc(scorecard, settings, frame, bad, weights, subjects, splits)
        done.append(Trial(settings=settings, auc=found))
        if progress:
            progress(len(done), trials)
        return found

    study = _study(optuna, seed)
    study.optimize(value, n_trials=trials)
    best = max(done, key=lambda trial: trial.auc)
    return Tuned(settings=best.settings, auc=best.auc, trials=tuple(done))


def _study(optuna: Any, seed: int) -> Any:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        return optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    finally:
        optuna.logging.set_verbosity(before)


def _settings(trial: Any, start: Boosting, spans: Sequence[tuple[str, Span]]) -> Boosting:
    found: dict[str, Any] = {name: _suggested(trial, name, span) for name, span in spans}
    return replace(start, **found)


def _suggested(trial: Any, name: str, span: Span) -> float | int:
    if span.whole:
        return int(trial.suggest_int(name, int(span.least), int(span.most), log=span.log))
    return float(trial.suggest_float(name, span.least, span.most, log=span.log))


Split: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def _splits(bad: npt.NDArray[Any], groups: Any, *, rows: int, folds: int, seed: int) -> list[Split]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if bad.shape != (rows,) or (groups is not None and len(groups) != rows):
        raise TrainingError(f"{rows} rows need as many labels, and as many groups if any are given.")
    counts = np.unique(bad, return_counts=True)[1]
    if len(counts) != 2 or counts.min() < folds:
        raise TrainingError(
            f"{folds} folds need two classes of at least {folds} rows each; here are {counts.tolist()}. "
            "Use fewer folds or more rows."
        )
    if groups is not None and len(set(np.asarray(groups).tolist())) < folds:
        raise TrainingError(f"{folds} folds need at least {folds} groups. Use fewer folds, or finer groups.")
    if groups is None:
        folder: Any = StratifiedKFold(folds, shuffle=True, random_state=seed)
    else:
        folder = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # scikit-learn warns where a class has few groups; the check below says it in our words.
        warnings.simplefilter("ignore")
        splits = list(folder.split(np.zeros(rows), bad, groups))
    if any(len(np.unique(bad[part])) != 2 for split in splits for part in split):
        raise TrainingError(
            "a fold has rows of one class only: too few groups hold bad rows. Use fewer folds."
        )
    return splits


def _auc(
    scorecard: AdditiveScorecard | GradientScorecard,
    settings: Boosting,
    frame: Frame,
    bad: npt.NDArray[Any],
    weights: npt.NDArray[np.float64] | None,
    subjects: npt.NDArray[np.int64] | None,
    splits: list[Split],
) -> float:
    from sklearn.base import clone
    from sklearn.metrics import roc_auc_score

    found = []
    for train, left_out in splits:
        fitted = clone(scorecard).set_params(settings=settings)
        fitted.fit(
            frame.where(train),
            bad[train],
            None if weights is None else weights[train],
            groups=None if subjects is None else subjects[train],
        )
        risk = fitted.decision_function(frame.where(left_out))
        judged = None if weights is None else weights[left_out]
        found.append(roc_auc_score(bad[left_out], risk, sample_weight=judged))
    return float(np.mean(found))
