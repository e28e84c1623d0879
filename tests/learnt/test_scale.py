from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.errors import InputError, TrainingError
from credit_scoring.learnt.scale import AlignedScale, LinearScale, linear_scale, rounded_thousandths
from credit_scoring.policy.numbers import thousandths
from credit_scoring.policy.training import OddsScale

ONE = np.ones(1)
odds = st.floats(1e-4, 1e4)


def scale_of(base: str, at: str, pdo: str) -> LinearScale:
    stated = OddsScale(base_score=Decimal(base), base_odds=Decimal(at), pdo=Decimal(pdo))
    return linear_scale(stated, log_odds=ONE, weights=ONE)


@given(odds, st.integers(1, 200))
def test_doubling_the_odds_of_good_adds_the_points_that_double_the_odds(good_to_bad: float, pdo: int) -> None:
    scale = scale_of("500", "20", str(pdo))
    once, twice = (float(scale.points(np.asarray([-np.log(o)]))[0]) for o in (good_to_bad, 2 * good_to_bad))
    assert twice - once == pytest.approx(pdo, abs=1e-9)


@given(odds)
def test_the_scale_of_odds_is_the_formula_of_the_policy(good_to_bad: float) -> None:
    scale = scale_of("500", "20", "40")
    expected = 500 + 40 * np.log2(good_to_bad / 20)
    assert float(scale.points(np.asarray([-np.log(good_to_bad)]))[0]) == pytest.approx(expected, abs=1e-9)


@given(st.integers(-(10**9), 10**9))
def test_log_odds_and_scores_are_inverse_to_the_thousandth(score: int) -> None:
    scale = LinearScale(offset=487.1, factor=28.9)
    assert scale.thousandths(scale.log_odds(np.asarray([score]))).tolist() == [score]


@given(st.integers(-(10**7), 10**7))
def test_points_are_rounded_half_away_from_zero_as_the_policy_rounds(sixteenths: int) -> None:
    # Sixteenths of a point are exact in binary and in decimal, and often lie halfway between thousandths.
    exact = Decimal(sixteenths) / 16
    assert rounded_thousandths(np.asarray([float(exact)])).tolist() == [thousandths(exact)]


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.integers(1, 9), st.integers(0, 1000)), min_size=2, max_size=50)
)
def test_an_aligned_score_has_the_mean_and_spread_of_the_other(rows: list[tuple[float, int, int]]) -> None:
    risk, weights, public = (np.asarray(column, float) for column in zip(*rows, strict=True))
    if np.std(risk) < 1e-3 or np.std(public) < 1e-3:
        return
    aligned = AlignedScale.to(public, weights=weights)
    score = linear_scale(aligned, log_odds=risk, weights=weights).points(risk)
    repeated, expected = (np.repeat(values, weights.astype(int)) for values in (score, public))
    assert repeated.mean() == pytest.approx(expected.mean(), rel=1e-6, abs=1e-6)
    assert repeated.std() == pytest.approx(expected.std(), rel=1e-6, abs=1e-6)


def test_public_scores_that_are_missing_are_left_out_of_the_alignment() -> None:
    assert AlignedScale.to(np.asarray([100.0, np.nan, 300.0])) == AlignedScale(mean=200.0, deviation=100.0)


def test_nothing_to_align_to_or_from_is_an_error() -> None:
    with pytest.raises(TrainingError, match="public scores of the training rows do not differ"):
        AlignedScale.to(np.asarray([0.1, 0.1, 0.1]))
    with pytest.raises(TrainingError, match="every training row has the same risk"):
        linear_scale(AlignedScale(mean=1.0, deviation=1.0), log_odds=np.full(3, 0.1), weights=np.ones(3))


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_on_which_more_risk_is_not_fewer_points_is_refused(factor: float) -> None:
    with pytest.raises(InputError, match="factor above 0"):
        LinearScale(offset=1.0, factor=factor)
