"""SBA loans: every figure of the article's teaching example (Li, Mickel and Taylor 2018), from the published table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bench.model_data import SBA_IDENTIFIERS, SBA_LEAKS, DataSet, sba_table

pytestmark = pytest.mark.real_data

COLUMNS = ["RealEstate", "Portion", "Recession"]


@pytest.fixture(scope="module")
def table(shared) -> pd.DataFrame:
    return sba_table(shared)


@pytest.fixture(scope="module")
def fitted(table: pd.DataFrame) -> LogisticRegression:
    """The article's model: no penalty, the selected half."""
    train = table[table["Selected"] == 1]
    return LogisticRegression(C=np.inf, tol=1e-10).fit(train[COLUMNS], train["Default"])


def test_the_coefficients_are_the_published_ones(fitted: LogisticRegression) -> None:
    ours = (*fitted.intercept_, *fitted.coef_[0])
    assert ours == pytest.approx((1.3931, -2.1282, -2.9875, 0.5041), abs=5e-5)


def test_error_and_auc_on_the_other_half_are_the_published_ones(
    fitted: LogisticRegression, table: pd.DataFrame
) -> None:
    rest = table[table["Selected"] != 1]
    probability = fitted.predict_proba(rest[COLUMNS])[:, 1]
    assert ((probability > 0.5) != (rest["Default"] == 1)).mean() == pytest.approx(0.3216, abs=5e-5)
    assert roc_auc_score(rest["Default"], probability) == pytest.approx(0.735, abs=5e-4)


def test_the_two_applicants_of_the_article_get_their_probabilities(fitted: LogisticRegression) -> None:
    # Loan 1: backed by real estate, three quarters guaranteed. Loan 2: not backed, two fifths. No recession.
    applicants = pd.DataFrame([[1, 0.75, 0], [0, 0.40, 0]], columns=COLUMNS)
    assert fitted.predict_proba(applicants)[:, 1] == pytest.approx((0.0485, 0.5494), abs=5e-5)


def test_what_is_known_only_afterwards_is_no_feature(sba: DataSet, table: pd.DataFrame) -> None:
    gone = {*SBA_LEAKS, *SBA_IDENTIFIERS, "Selected", "Default"}
    assert gone <= set(table.columns)
    assert not gone & set(sba.frame.columns)
    assert (int(sba.trains.sum()), len(sba.bad), int(sba.bad.sum())) == (1_051, 2_102, 686)


def test_a_column_left_in_by_mistake_would_know_the_outcome(table: pd.DataFrame) -> None:
    assert ((table["ChgOffPrinGr"] > 0) == (table["Default"] == 1)).mean() > 0.98
