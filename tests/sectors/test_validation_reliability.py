"""Brier, calibration, Hosmer-Lemeshow: against hand counts and published examples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from credit_scoring.sectors.validation import Rules, Scored
from credit_scoring.sectors.validation.grouping import equal_cuts, group_of
from credit_scoring.sectors.validation.reliability import cox, hosmer_lemeshow, rely
from credit_scoring.sectors.validation.resampling import wilson


def reliability(bad, probability, *, weight=None, fitted=False, draws=0, **rules):
    sample = Scored(
        name="held_out",
        fitted=fitted,
        bad=np.array(bad),
        score=np.zeros(len(bad), dtype=int),
        probability=np.array(probability, dtype=float),
        weight=None if weight is None else np.array(weight, dtype=float),
    )
    return rely(sample, rules=Rules(**rules), draws=draws, seed=0)


def test_the_brier_score_is_the_mean_square_by_hand():
    got = reliability([1, 0, 0, 1], [0.9, 0.2, 0.5, 0.4])
    assert got.brier.value == pytest.approx((0.01 + 0.04 + 0.25 + 0.36) / 4)
    assert got.brier_of_base_rate == pytest.approx(0.25)
    assert got.in_the_large == pytest.approx(0.0)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 9), st.integers(1, 4)), min_size=4, max_size=40))
def test_a_weight_is_as_many_equal_rows(rows):
    bad, tenths, weight = (np.array(column) for column in zip(*rows, strict=True))
    few = reliability(bad, tenths / 10, weight=weight)
    many = reliability(np.repeat(bad, weight), np.repeat(tenths, weight) / 10)
    assert few.brier.value == pytest.approx(many.brier.value)
    assert few.expected_error.value == pytest.approx(many.expected_error.value)
    assert [b.observed.value for b in few.curve] == pytest.approx([b.observed.value for b in many.curve])
    assert few.slope.value == (
        None if many.slope.value is None else pytest.approx(many.slope.value, abs=1e-6)
    )


def grouped(total, observed, expected):
    """Rows of groups: each row of a group has the group's mean probability."""
    bad = np.concatenate([np.repeat([1, 0], [o, n - o]) for n, o in zip(total, observed, strict=True)])
    return bad, np.repeat(np.array(expected) / np.array(total), total)


def test_hosmer_lemeshow_gives_the_published_statistic_of_a_table_of_deciles():
    """Table in the tests of the R package blorr (hosmer-lemeshow.md): χ² 5.8839 on 8 degrees, p 0.6602.

    The table gives the expected counts to two decimals, so the statistic agrees to about that.
    """
    total = [20, 21, 19, 22, 18, 20, 20, 21, 19, 20]
    observed = [0, 1, 0, 2, 2, 4, 9, 9, 13, 13]
    expected = [0.29, 0.74, 1.05, 2.04, 2.93, 4.47, 6.17, 8.93, 11.16, 15.22]
    bad, told = grouped(total, observed, expected)
    got = hosmer_lemeshow(bad, told, np.ones(200), groups=10, fitted=True)
    assert got.freedom == 8
    assert got.statistic == pytest.approx(5.8839, abs=0.005)
    assert got.p.value == pytest.approx(0.6602, abs=0.001)


DOSE, GRADES = np.arange(0, 501, 50), np.array([10, 13, 17, 15, 10, 5, 4, 3, 3, 1, 0])


def test_hosmer_lemeshow_gives_the_textbook_statistic_of_the_dose_example():
    """Wikipedia, "Hosmer-Lemeshow test": 11 groups of 30, fitted logistic line; χ² 17.46 on 9 degrees, p 0.042."""
    bad = np.concatenate([np.repeat([1, 0], [k, 30 - k]) for k in GRADES])
    dose = np.repeat(DOSE, 30) / 100

    def loss(line):
        odds = line[0] + line[1] * dose
        return float(np.sum(np.logaddexp(0, odds) - bad * odds))

    line = minimize(loss, (0.0, 0.0), method="BFGS", tol=1e-9).x
    told = 1 / (1 + np.exp(-(line[0] + line[1] * dose)))
    got = hosmer_lemeshow(bad, told, np.ones(330), groups=330, fitted=True)
    assert got.freedom == 9
    assert got.statistic == pytest.approx(17.46, abs=0.005)
    assert got.p.value == pytest.approx(0.042, abs=0.0005)
    assert hosmer_lemeshow(bad, told, np.ones(330), groups=330, fitted=False).freedom == 11


def test_weights_of_a_population_are_no_larger_sample():
    rng = np.random.default_rng(0)
    told = rng.uniform(0.05, 0.6, 500)
    bad = (rng.random(500) < told).astype(int)
    once = hosmer_lemeshow(bad, told, np.ones(500), groups=10, fitted=False)
    assert hosmer_lemeshow(bad, told, np.full(500, 900.0), groups=10, fitted=False) == once


def test_true_probabilities_pass_the_test_about_as_often_as_they_should():
    passed = 0
    for trial in range(200):
        rng = np.random.default_rng(trial)
        told = rng.uniform(0.05, 0.6, 600)
        bad = (rng.random(600) < told).astype(int)
        passed += hosmer_lemeshow(bad, told, np.ones(600), groups=10, fitted=False).p.value >= 0.05
    assert 0.90 <= passed / 200 <= 0.99


def test_certain_probabilities_that_came_false_have_p_zero_and_those_that_came_true_add_nothing():
    told = np.repeat([0.0, 0.3, 0.6], 50)
    bad = np.concatenate(
        [np.repeat([0, 1], [50, 0]), np.repeat([0, 1], [35, 15]), np.repeat([0, 1], [20, 30])]
    )
    assert hosmer_lemeshow(bad, told, np.ones(150), groups=3, fitted=False).p.value == pytest.approx(1.0)
    bad[0] = 1
    assert hosmer_lemeshow(bad, told, np.ones(150), groups=3, fitted=False).p.value == 0.0


def test_too_few_probabilities_to_group_are_stated():
    got = hosmer_lemeshow(np.array([0, 1, 0, 1]), np.full(4, 0.5), np.ones(4), groups=10, fitted=False)
    assert got.p.value is None
    assert "1 groups" in got.p.reason.en


def test_slope_and_intercept_recover_the_line_that_spoiled_the_probabilities():
    rng = np.random.default_rng(7)
    odds = rng.normal(-1, 1, 60_000)
    bad = (rng.random(60_000) < 1 / (1 + np.exp(-(0.4 + 0.7 * odds)))).astype(int)
    slope, intercept = cox(bad, 1 / (1 + np.exp(-odds)), np.ones(60_000), confidence=0.99)
    assert slope.low < 0.7 < slope.high
    assert intercept.low < 0.4 < intercept.high
    assert slope.high - slope.low < 0.1


@pytest.mark.parametrize(
    ("bad", "told", "why"),
    [
        ([0, 0, 0], [0.1, 0.2, 0.3], "none of the 3 rows is bad"),
        ([0, 1, 0], [0.0, 0.2, 0.3], "exactly 0 or 1"),
        ([0, 1, 0], [0.2, 0.2, 0.2], "all probabilities are the same"),
        ([0, 0, 1, 1], [0.1, 0.2, 0.7, 0.8], "part bad and good entirely"),
    ],
)
def test_a_slope_that_does_not_exist_has_its_reason(bad, told, why):
    slope, intercept = cox(np.array(bad), np.array(told), np.ones(len(bad)), confidence=0.95)
    assert slope.value is None
    assert why in slope.reason.en
    assert intercept.reason == slope.reason


def test_wilson_s_interval_is_the_published_one():
    """Newcombe 1998 (Statistics in Medicine 17), table I, method 3: 81 of 263 gives 0.2553 to 0.3662."""
    got = wilson(81 / 263, 263, confidence=0.95)
    assert (got.low, got.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0.0, 20, confidence=0.95).low == 0.0
    assert wilson(1.0, 20, confidence=0.95).high == 1.0


@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=60),
    st.integers(2, 8),
    st.booleans(),
)
def test_groups_hold_every_value_keep_equal_values_together_and_are_no_more_than_asked(
    values, groups, isolate
):
    column = np.array(values, dtype=float)
    cuts = equal_cuts(column, np.ones(len(values)), groups=groups, isolate=isolate)
    assert list(cuts) == sorted(set(cuts))
    group = group_of(column, cuts)
    for value, place in zip(values, group, strict=True):
        assert place == sum(cut <= value for cut in cuts)
    assert set(group) == set(range(len(cuts) + 1)), "no group is empty"
    if not isolate:
        assert len(cuts) < groups


def test_distinct_values_are_divided_evenly():
    values = np.random.default_rng(0).permutation(1003).astype(float)
    sizes = np.bincount(group_of(values, equal_cuts(values, np.ones(1003), groups=10, isolate=True)))
    assert len(sizes) == 10
    assert set(sizes) <= {100, 101}


def test_the_curve_holds_all_rows_and_its_error_is_the_mean_distance():
    got = reliability([0, 1, 0, 1, 1, 0], [0.1, 0.1, 0.4, 0.4, 0.8, 0.8], bins=3)
    assert [item.rows for item in got.curve] == [2, 2, 2]
    assert [item.foretold for item in got.curve] == pytest.approx([0.1, 0.4, 0.8])
    assert got.expected_error.value == pytest.approx((0.4 + 0.1 + 0.3) / 3)
    assert math.isclose(got.curve[0].observed.value, 0.5)
