"""Comparing models on the same folds: the same rows to learn from, the same to test on, differences with an interval."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy.stats import rankdata, t
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from bench.model_data import DataSet

Probabilities: TypeAlias = np.ndarray
Predictor: TypeAlias = Callable[[pd.DataFrame], Probabilities]
SEED = 20_240_601
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A way to learn: from rows and outcomes to a function from rows to the probability of bad."""

    name: str
    fit: Callable[[DataSet, pd.DataFrame, np.ndarray], Predictor]


@dataclass(frozen=True, slots=True)
class Fold:
    """Positions of the rows to learn from and of those to test on."""

    train: np.ndarray
    test: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One model on one data set, fold by fold."""

    data: str
    model: str
    aucs: tuple[float, ...]
    seconds: tuple[float, ...]
    """Of fitting alone, per fold."""
    predicted: tuple[Probabilities, ...]
    """Of the tested rows, per fold."""

    @property
    def auc(self) -> float:
        """Mean over the folds."""
        return float(np.mean(self.aucs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How much higher the AUC is than a rival's, and its interval of 95 %."""

    mean: float
    low: float
    high: float


def folds_of(data: DataSet, *, count: int = 5) -> tuple[Fold, ...]:
    """Stratified folds, the same in every run."""
    splitter = StratifiedKFold(count, shuffle=True, random_state=SEED)
    return tuple(Fold(train, test) for train, test in splitter.split(data.frame, data.bad))


def published_split(data: DataSet) -> tuple[Fold, ...]:
    """The one split that the source of the data states."""
    if data.trains is None:
        raise ValueError(f"{data.name} has no published split")
    return (Fold(np.flatnonzero(data.trains), np.flatnonzero(~data.trains)),)


def attempt(data: DataSet, model: Model, folds: Sequence[Fold]) -> Trial:
    """Fit and test a model on every fold."""
    aucs, seconds, predicted = [], [], []
    for fold in folds:
        train = data.frame.iloc[fold.train].reset_index(drop=True)
        test = data.frame.iloc[fold.test].reset_index(drop=True)
        with warnings.catch_warnings():
            # Rivals warn of deprecations in libraries they use themselves; nothing here depends on them.
            warnings.simplefilter("ignore")
            begun = time.perf_counter()
            predict = model.fit(data, train, data.bad[fold.train])
            seconds.append(time.perf_counter() - begun)
            probability = np.asarray(predict(test), dtype=np.float64)
        predicted.append(probability)
        aucs.append(float(roc_auc_score(data.bad[fold.test], probability)))
    return Trial(
        data=data.name,
        model=model.name,
        aucs=tuple(aucs),
        seconds=tuple(seconds),
        predicted=tuple(predicted),
    )


def difference_over_folds(ours: Sequence[float], theirs: Sequence[float]) -> Difference:
    """Mean difference of paired AUCs over k folds and its interval by the corrected resampled t-test.

    Training sets of folds overlap, so the plain variance is too small: it is multiplied by 1/k + n_test/n_train,
    which for k folds is 1/k + 1/(k − 1) (Nadeau and Bengio, Inference for the Generalization Error, 2003, eq. 15).

    >>> interval = difference_over_folds([0.80, 0.82, 0.84], [0.80, 0.81, 0.82])
    >>> round(interval.mean, 3), round(interval.high - interval.mean, 4)  # 4.3027 · 0.01 · √(1/3 + 1/2)
    (0.01, 0.0393)
    """
    gaps = np.asarray(ours) - np.asarray(theirs)
    count = len(gaps)
    if count < 2:
        raise ValueError("an interval over folds needs at least two folds")
    spread = float(gaps.std(ddof=1)) * float(np.sqrt(1 / count + 1 / (count - 1)))
    reach = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * spread
    mean = float(gaps.mean())
    return Difference(mean=mean, low=mean - reach, high=mean + reach)


def difference_on_rows(
    bad: np.ndarray, ours: Probabilities, theirs: Probabilities, *, times: int = 1_000
) -> Difference:
    """Difference of two AUCs on the same tested rows; interval of percentiles over rows drawn again, by class."""
    draw = np.random.default_rng(SEED)
    bads, goods = np.flatnonzero(bad == 1), np.flatnonzero(bad == 0)
    gaps = np.empty(times)
    for i in range(times):
        rows = np.concatenate((draw.choice(bads, len(bads)), draw.choice(goods, len(goods))))
        gaps[i] = _auc(len(bads), ours[rows]) - _auc(len(bads), theirs[rows])
    low, high = np.quantile(gaps, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    everyone = np.concatenate((bads, goods))
    mean = _auc(len(bads), ours[everyone]) - _auc(len(bads), theirs[everyone])
    return Difference(mean=mean, low=float(low), high=float(high))


def _auc(bads: int, probability: Probabilities) -> float:
    """AUC of rows of which the first so many are bad (Mann-Whitney, ties by half)."""
    goods = len(probability) - bads
    ranks = rankdata(probability)[:bads].sum()
    return float((ranks - bads * (bads + 1) / 2) / (bads * goods))


def compare(data: DataSet, folds: Sequence[Fold], ours: Trial, theirs: Trial) -> Difference:
    """Over the folds, or, where there is but one split, over its tested rows."""
    if len(folds) > 1:
        return difference_over_folds(ours.aucs, theirs.aucs)
    return difference_on_rows(data.bad[folds[0].test], ours.predicted[0], theirs.predicted[0])
