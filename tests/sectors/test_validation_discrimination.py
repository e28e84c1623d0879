"""AUC, KS, precision and capture: against counting by hand, published values, and what must always hold."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.sectors.validation import Rules, Scored
from credit_scoring.sectors.validation.discrimination import Ladder, delong, discriminate

ROWS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 6), st.integers(1, 4)), min_size=2, max_size=30
).filter(lambda rows: len({bad for bad, _, _ in rows}) == 2)


def scored(bad, score, *, weight=None, probability=None, subject=None, name="held_out"):
    told = np.full(len(bad), 0.5) if probability is None else probability
    return Scored(
        name=name,
        fitted=False,
        bad=np.array(bad),
        score=np.array(score),
        probability=told,
        weight=None if weight is None else np.array(weight, dtype=float),
        subject=subject,
    )


def found(sample, *, draws=0, seed=0, **rules):
    return discriminate(sample, rules=Rules(**rules), draws=draws, seed=seed)


def auc_by_pairs(rows):
    won = total = 0.0
    for (bad, score, weight), (other, beside, weight_beside) in itertools.product(rows, rows):
        if bad == 1 and other == 0:
            total += weight * weight_beside
            won += weight * weight_beside * (1.0 if score < beside else 0.5 if score == beside else 0.0)
    return won / total


def ks_by_thresholds(rows):
    def below(outcome, cut):
        of = [(score, weight) for bad, score, weight in rows if bad == outcome]
        return sum(w for s, w in of if s <= cut) / sum(w for _, w in of)

    return max(abs(below(1, cut) - below(0, cut)) for cut in {score for _, score, _ in rows})


def precision_by_thresholds(rows):
    bads = sum(w for bad, _, w in rows if bad)
    total, before = 0.0, 0.0
    for cut in sorted({score for _, score, _ in rows}):
        caught = sum(w for bad, s, w in rows if bad and s <= cut)
        flagged = sum(w for _, s, w in rows if s <= cut)
        total += (caught - before) / bads * caught / flagged
        before = caught
    return total


def capture_by_filling(rows, share):
    """Fill the quota from the worst score up; a tie on the border gives its share of bad."""
    quota = share * sum(w for _, _, w in rows)
    caught = 0.0
    for cut in sorted({score for _, score, _ in rows}):
        level = [(bad, w) for bad, s, w in rows if s == cut]
        mass = sum(w for _, w in level)
        taken = min(quota, mass)
        caught += taken * sum(w for bad, w in level if bad) / mass
        quota -= taken
    return caught / sum(w for bad, _, w in rows if bad)


@given(ROWS)
def test_every_measure_is_what_counting_gives(rows):
    bad, score, weight = zip(*rows, strict=True)
    got = found(scored(bad, score, weight=weight), worst_share=0.25)
    assert got.auc.value == pytest.approx(auc_by_pairs(rows))
    assert got.gini.value == pytest.approx(2 * auc_by_pairs(rows) - 1)
    assert got.ks.value == pytest.approx(ks_by_thresholds(rows))
    assert got.average_precision.value == pytest.approx(precision_by_thresholds(rows))
    assert got.capture.value == pytest.approx(capture_by_filling(rows, 0.25))


@given(ROWS)
def test_the_fast_measures_of_the_draws_are_the_point_values(rows):
    bad, score, weight = zip(*rows, strict=True)
    got = found(scored(bad, score, weight=weight))
    ladder = Ladder.of(np.array(bad), np.array(score))
    fast = ladder.measures(np.array(weight, dtype=float), 0.10)
    slow = [got.auc.value, got.ks.value, got.average_precision.value, got.capture.value]
    assert fast == pytest.approx(slow)
    assert ladder.auc(np.array(weight, dtype=float)) == pytest.approx(got.auc.value)


@given(ROWS)
def test_a_weight_is_as_many_equal_rows(rows):
    bad, score, weight = zip(*rows, strict=True)
    repeated = [row for row in rows for _ in range(row[2])]
    many, few = (
        found(scored(*list(zip(*repeated, strict=True))[:2])),
        found(scored(bad, score, weight=weight)),
    )
    for name in ("auc", "gini", "ks", "average_precision", "capture"):
        assert getattr(few, name).value == pytest.approx(getattr(many, name).value), name
    assert few.ks_at == many.ks_at


@given(ROWS)
def test_stretching_the_scores_changes_nothing_and_reversing_them_turns_the_auc_over(rows):
    bad, score, _ = zip(*rows, strict=True)
    score = np.array(score)
    straight = found(scored(bad, score))
    assert found(scored(bad, score**3 * 7 - 5)).auc.value == pytest.approx(straight.auc.value)
    assert found(scored(bad, -score)).auc.value == pytest.approx(1 - straight.auc.value)


def test_the_score_at_ks_is_the_one_up_to_which_the_classes_are_furthest_apart():
    assert found(scored([1, 1, 0, 1, 0, 0], [1, 2, 3, 4, 5, 6])).ks_at in (2, 4)
    assert found(scored([1, 1, 1, 0, 0], [10, 20, 30, 40, 50])).ks_at == 30


GOOD, POOR = (37, 20, 3, 8, 4), (2, 12, 1, 8, 18)
"""Patients by grade of the World Federation of Neurological Surgeons, 1 to 5, and outcome."""


def test_delong_gives_the_published_area_and_variance_of_the_wfns_grades():
    """Turck et al. 2010 as analysed by pROC (Robin et al. 2011): AUC 0.8236789, variance 0.00146991470882363."""
    bad = np.repeat([0, 1], [sum(GOOD), sum(POOR)])
    wfns = np.concatenate([np.repeat(range(1, 6), GOOD), np.repeat(range(1, 6), POOR)])
    auc, covariance = delong(bad, [-wfns])
    assert auc[0] == pytest.approx(0.823678861788618, rel=1e-12)
    assert covariance[0, 0] == pytest.approx(0.00146991470882363, rel=1e-10)


def delong_by_components(bad, scores):
    """Structural components, pair by pair (DeLong et al. 1988, eq. 4 to 6)."""

    def wins(x, y):
        return 1.0 if x < y else 0.5 if x == y else 0.0

    of_bad, of_good = [], []
    for score in scores:
        bads, goods = score[bad == 1], score[bad == 0]
        of_bad.append([sum(wins(x, y) for y in goods) / len(goods) for x in bads])
        of_good.append([sum(wins(x, y) for x in bads) / len(bads) for y in goods])
    return np.cov(of_bad) / len(of_bad[0]) + np.cov(of_good) / len(of_good[0])


def test_delong_s_covariance_is_that_of_the_structural_components():
    rng = np.random.default_rng(5)
    bad = np.repeat([0, 1], [23, 17])
    first = rng.integers(0, 9, 40) - 2 * bad
    second = first + rng.integers(0, 4, 40)
    assert delong(bad, [first, second])[1] == pytest.approx(delong_by_components(bad, [first, second]))


def test_the_bootstrap_interval_agrees_with_delong_s_and_repeats_itself():
    rng = np.random.default_rng(1)
    bad = rng.integers(0, 2, 800)
    sample = scored(bad, rng.normal(600, 60, 800).round().astype(int) - 50 * bad)
    got, again = found(sample, draws=600, seed=3), found(sample, draws=600, seed=3)
    assert got == again
    assert found(sample, draws=600, seed=4).auc != got.auc
    assert got.auc.low == pytest.approx(got.auc_delong.low, abs=0.006)
    assert got.auc.high == pytest.approx(got.auc_delong.high, abs=0.006)
    assert got.gini.low == pytest.approx(2 * got.auc.low - 1)


def test_the_interval_covers_the_true_auc_about_as_often_as_it_says():
    """Normal scores one standard deviation apart: the true AUC is Φ(1/√2) = 0.7602."""
    covered = 0
    for trial in range(120):
        rng = np.random.default_rng(1000 + trial)
        bad = np.repeat([0, 1], [150, 60])
        score = (rng.normal(0, 1, 210) - bad) * 1000
        auc = found(scored(bad, score.round().astype(int)), draws=200, seed=trial).auc
        covered += auc.low <= 0.760250 <= auc.high
    assert 0.88 <= covered / 120 <= 1.0


def test_rows_of_one_subject_are_drawn_together_and_widen_the_interval():
    rng = np.random.default_rng(2)
    bad = rng.integers(0, 2, 120)
    score = rng.normal(600, 60, 120).round().astype(int) - 40 * bad
    once = found(scored(bad, score), draws=400)
    repeated = scored(np.repeat(bad, 9), np.repeat(score, 9), subject=np.repeat(np.arange(120), 9))
    same = found(repeated, draws=400)
    assert same.auc.value == pytest.approx(once.auc.value)
    assert (same.auc.low, same.auc.high) == pytest.approx((once.auc.low, once.auc.high))
    narrow = found(scored(np.repeat(bad, 9), np.repeat(score, 9)), draws=400)
    assert narrow.auc.high - narrow.auc.low < 0.5 * (same.auc.high - same.auc.low)
    assert "DeLong" in same.auc_delong.reason.en


@pytest.mark.parametrize("outcome", [0, 1])
def test_one_class_gives_the_reason_and_no_number(outcome):
    got = found(scored([outcome] * 5, [1, 2, 3, 4, 5]), draws=10)
    for name in ("auc", "auc_delong", "gini", "ks", "average_precision", "capture"):
        assert getattr(got, name).value is None
        assert "5 rows" in getattr(got, name).reason.en
        assert "5 行" in getattr(got, name).reason.zh
    assert got.ks_at is None


def test_a_single_bad_row_still_has_an_auc_but_no_delong_interval():
    got = found(scored([1, 0, 0], [1, 2, 3]), draws=20)
    assert got.auc.value == 1.0
    assert got.auc_delong.value is None
