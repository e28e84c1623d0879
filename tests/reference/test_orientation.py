"""Polish companies and German credit: a plain LightGBM on the stated split gives the figures to orient oneself by."""

from __future__ import annotations

import lightgbm as lgb
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from bench.model_data import DataSet

pytestmark = pytest.mark.real_data

EXPECTED = {"polish-1": (7_027, 271, 0.968), "polish-5": (5_910, 410, 0.962)}


def auc_of(data: DataSet) -> float:
    """AUC on the 30 % held out, stratified."""
    frame = data.frame.assign(**{c: data.frame[c].astype("category") for c in data.text_columns})
    train, test, bad, bad_test = train_test_split(
        frame, data.bad, test_size=0.3, random_state=42, stratify=data.bad
    )
    model = lgb.LGBMClassifier(n_estimators=200, learning_rate=0.05, num_leaves=15, n_jobs=1, verbosity=-1)
    model.fit(train, bad)
    return roc_auc_score(bad_test, model.predict_proba(test)[:, 1])


def test_polish_companies(polish: DataSet) -> None:
    rows, bads, expected = EXPECTED[polish.name]
    assert (len(polish.frame), polish.frame.shape[1], int(polish.bad.sum())) == (rows, 64, bads)
    assert auc_of(polish) == pytest.approx(expected, abs=5e-4)


def test_german_credit(german: DataSet) -> None:
    assert german.frame.shape == (1_000, 20)
    assert (int(german.bad.sum()), len(german.text_columns)) == (300, 13)
    assert auc_of(german) == pytest.approx(0.780, abs=5e-4)


def test_a_word_for_nothing_is_a_level_and_not_a_gap(german: DataSet) -> None:
    text: pd.DataFrame = german.frame[german.text_columns]
    assert not text.isna().any().any()
    assert "none" in set(german.frame["other_debtors_or_guarantors"])
