"""The models ours are measured against, each as its own documentation would have it used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from bench.accuracy import SEED, Model, Predictor
from bench.model_data import DataSet

TUNED = {"learning_rate": 0.03, "num_leaves": 15, "min_child_samples": 30, "subsample": 0.8, "subsample_freq": 1,
         "colsample_bytree": 0.7, "reg_lambda": 1.0}  # fmt: skip
"""Well-tried settings of unconstrained trees."""
MOST_TREES = 3_000
PATIENCE = 50


class Levels:
    """Text columns as pandas categories of the levels seen in training; a level never seen is missing."""

    def __init__(self, frame: pd.DataFrame, columns: list[str]) -> None:
        self._levels = {c: sorted(frame[c].dropna().unique()) for c in columns}

    def __call__(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with categories."""
        return frame.assign(
            **{
                c: pd.Categorical(frame[c].where(frame[c].isin(levels)), categories=levels)
                for c, levels in self._levels.items()
            }
        )


def _trees(**settings: Any) -> Any:
    from lightgbm import LGBMClassifier

    # One thread: on a busy machine the threads of LightGBM wait for each other, and the answers are the same.
    return LGBMClassifier(**settings, random_state=SEED, n_jobs=1, verbosity=-1)


def _lightgbm(name: str, settings: Callable[[int], dict[str, Any]]) -> Model:
    """LightGBM without any constraint. How many trees is found on a fifth of the rows; then all rows are used."""

    def fit(data: DataSet, train: pd.DataFrame, bad: np.ndarray) -> Predictor:
        from lightgbm import early_stopping
        from sklearn.model_selection import train_test_split

        levels = Levels(train, data.text_columns)
        frame = levels(train)
        chosen = settings(len(train))
        inner, outer, bad_inner, bad_outer = train_test_split(
            frame, bad, test_size=0.2, random_state=SEED, stratify=bad
        )
        trial = _trees(**chosen, n_estimators=MOST_TREES).fit(
            inner,
            bad_inner,
            eval_set=[(outer, bad_outer)],
            callbacks=[early_stopping(PATIENCE, verbose=False)],
        )
        model = _trees(**chosen, n_estimators=trial.best_iteration_).fit(frame, bad)
        return lambda rows: model.predict_proba(levels(rows))[:, 1]

    return Model(name=name, fit=fit)


def _as_gradient(rows: int) -> dict[str, Any]:
    from credit_scoring.sectors.gradient import GRADIENT

    return {
        "learning_rate": GRADIENT.learning_rate,
        "num_leaves": GRADIENT.leaves,
        "max_depth": GRADIENT.depth,
        "min_child_samples": GRADIENT.least_rows(rows),
        "reg_lambda": GRADIENT.l2,
        "colsample_bytree": GRADIENT.feature_share,
        "subsample": GRADIENT.row_share,
        "subsample_freq": int(GRADIENT.row_share < 1),
    }


def _fit_optbinning(data: DataSet, train: pd.DataFrame, bad: np.ndarray) -> Predictor:
    from optbinning import BinningProcess, Scorecard
    from sklearn.linear_model import LogisticRegression

    process = BinningProcess(list(train.columns), categorical_variables=data.text_columns)
    model = Scorecard(process, LogisticRegression(max_iter=1_000))
    model.fit(train, bad, metric_missing="empirical")
    return lambda frame: model.predict_proba(frame)[:, 1]


def _fit_logistic(data: DataSet, train: pd.DataFrame, bad: np.ndarray) -> Predictor:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [c for c in train.columns if c not in data.text_columns]
    model = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
            (OneHotEncoder(handle_unknown="ignore"), data.text_columns),
        ),
        LogisticRegression(max_iter=2_000),
    )
    model.fit(train, bad)
    return lambda frame: model.predict_proba(frame)[:, 1]


def _ebm(name: str, **settings: Any) -> Model:
    def fit(data: DataSet, train: pd.DataFrame, bad: np.ndarray) -> Predictor:
        from interpret.glassbox import ExplainableBoostingClassifier

        kinds = ["nominal" if c in data.text_columns else "continuous" for c in train.columns]
        model = ExplainableBoostingClassifier(
            feature_types=kinds, random_state=SEED, n_jobs=2, **settings
        ).fit(train, bad)
        return lambda frame: model.predict_proba(frame)[:, 1]

    return Model(name=name, fit=fit)


EBM = _ebm("EBM without interactions", interactions=0)
EBM_TEN = _ebm("EBM, 10 interactions", interactions=10)
EBM_DEFAULT = _ebm("EBM, default")
LIGHTGBM = _lightgbm("LightGBM, settings of gradient", _as_gradient)
LIGHTGBM_TUNED = _lightgbm("LightGBM, settings of its own", lambda _: TUNED)
OPTBINNING = Model(name="optbinning Scorecard", fit=_fit_optbinning)
LOGISTIC = Model(name="logistic regression", fit=_fit_logistic)
