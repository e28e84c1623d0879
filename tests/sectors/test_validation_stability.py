"""The stability index: formula, bins, empty cells, features, dates."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.errors import InputError
from credit_scoring.sectors.validation import Rules, Scored
from credit_scoring.sectors.validation.stability import psi, stability, trend

COUNTS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=12).filter(
    lambda cells: sum(a for a, _ in cells) and sum(b for _, b in cells)
)


def sample(score, *, features=None, fitted=False, bad=None, **more):
    rows = len(score)
    return Scored(
        name="train" if fitted else "later",
        fitted=fitted,
        bad=np.zeros(rows, dtype=int) if bad is None else np.array(bad),
        score=np.array(score),
        probability=np.full(rows, 0.1),
        features=None if features is None else pd.DataFrame(features),
        **more,
    )


def one(train, later, name, **rules):
    ours, theirs = (
        sample(np.zeros(len(column), dtype=int), features={name: column}, fitted=fitted)
        for column, fitted in ((train, True), (later, False))
    )
    return stability(ours, theirs, names=(name,), rules=Rules(**rules))[1]


def test_the_index_of_a_worked_table():
    """Income bands of two years (GeeksforGeeks, "Population Stability Index"): 40/30/30 % against 35/25/40 %."""
    terms = psi(np.array([0.4, 0.3, 0.3]), np.array([0.35, 0.25, 0.4]), expected_rows=100, actual_rows=100)
    by_hand = [-0.05 * math.log(0.875), -0.05 * math.log(5 / 6), 0.1 * math.log(4 / 3)]
    assert terms == pytest.approx(by_hand)
    assert terms.sum() == pytest.approx(0.0446, abs=5e-5)


def test_without_any_shift_the_index_exceeds_the_published_benchmark_in_one_case_of_twenty():
    """Yurdakul and Naranjo 2020 (J. Risk Model Validation 14, table 2): 0.034 for 10 bins, n = m = 1000, α = 0.05."""
    above = 0
    for trial in range(400):
        rng = np.random.default_rng(trial)
        first, second = (rng.multinomial(1000, np.full(10, 0.1)) / 1000 for _ in range(2))
        above += psi(first, second, expected_rows=1000, actual_rows=1000).sum() > 0.034
    assert 0.025 <= above / 400 <= 0.08


@given(COUNTS)
def test_the_index_is_zero_on_itself_symmetric_never_negative_and_finite(cells):
    first, second = (np.array(column, dtype=float) for column in zip(*cells, strict=True))
    n, m = int(first.sum()), int(second.sum())
    a, b = first / n, second / m
    there = psi(a, b, expected_rows=n, actual_rows=m)
    assert there.sum() == pytest.approx(psi(b, a, expected_rows=m, actual_rows=n).sum())
    assert (there >= 0).all()
    assert np.isfinite(there).all()
    assert psi(a, a, expected_rows=n, actual_rows=n).sum() == 0.0


def test_an_emptied_bin_counts_as_half_a_row():
    terms = psi(np.array([0.5, 0.5]), np.array([1.0, 0.0]), expected_rows=40, actual_rows=20)
    assert terms[1] == pytest.approx((0.5 / 20 - 0.5) * math.log(0.5 / 20 / 0.5))


def test_bins_are_those_of_the_fit_and_a_shift_is_seen():
    rng = np.random.default_rng(0)
    train = sample(rng.integers(0, 1000, 4000) * 1000, fitted=True)
    alike = sample(rng.integers(0, 1000, 4000) * 1000)
    moved = sample(rng.integers(0, 1000, 4000) * 1000 // 2)
    (steady,) = stability(train, alike, names=(), rules=Rules())
    (shifted,) = stability(train, moved, names=(), rules=Rules())
    assert steady.psi.value < 0.01
    assert shifted.psi.value > 1.0
    assert [bin_.expected for bin_ in shifted.bins] == pytest.approx([0.1] * 10, abs=0.002)
    assert sum(bin_.index for bin_ in shifted.bins) == pytest.approx(shifted.psi.value)
    (itself,) = stability(train, sample(train.score), names=(), rules=Rules())
    assert itself.psi.value == 0.0


def test_a_count_that_is_zero_for_nearly_everybody_still_shows_a_shift():
    found = one([0.0] * 95 + [1.0, 2.0, 3.0, 4.0, 5.0], [0.0] * 80 + [1.0] * 20, "penalties")
    by_hand = (0.80 - 0.95) * math.log(0.80 / 0.95) + (0.20 - 0.05) * math.log(0.20 / 0.05)
    assert found.psi.value == pytest.approx(by_hand)


def test_missing_is_a_bin_of_its_own_for_numbers_and_for_texts():
    by_hand = (0.5 - 0.1) * math.log(0.5 / 0.1) + (0.5 - 0.9) * math.log(0.5 / 0.9)
    numbers = one([1.0] * 9 + [np.nan], [1.0] * 5 + [np.nan] * 5, "f")
    texts = one(["a"] * 9 + [None], ["a"] * 5 + [None] * 5, "f")
    assert numbers.psi.value == pytest.approx(by_hand)
    assert texts.psi.value == pytest.approx(by_hand)
    assert {bin_.label for bin_ in texts.bins} == {"a", "(missing)"}


def test_rare_and_unseen_levels_are_told_apart():
    train = ["a"] * 50 + ["b"] * 30 + ["c"] * 15 + ["d"] * 3 + ["e"] * 2
    found = one(train, ["a"] * 50 + ["b"] * 30 + ["c"] * 15 + ["zz"] * 5, "f", bins=3)
    bins = {bin_.label: (bin_.expected, bin_.actual) for bin_ in found.bins}
    assert bins["(rare)"] == pytest.approx((0.05, 0.0))
    assert bins["(unseen)"] == pytest.approx((0.0, 0.05))


def test_a_feature_that_cannot_be_compared_says_why():
    assert "number in one table" in one([1.0, 2.0], ["a", "b"], "f").psi.reason.en
    train = sample([1, 2], features={"f": [1.0, 2.0]}, fitted=True)
    lacking = stability(train, sample([1, 2]), names=("f",), rules=Rules())[1]
    assert "not in later" in lacking.psi.reason.en


def test_a_column_missing_everywhere_is_stable_and_one_that_appears_is_not():
    nothing = [np.nan] * 20
    assert one(nothing, nothing, "f").psi.value == 0.0
    assert one(nothing, [1.0] * 20, "f").psi.value > 1.0


def test_a_weight_is_as_many_equal_rows():
    rng = np.random.default_rng(4)
    first, second = rng.integers(0, 30, 300) * 1000, rng.integers(5, 35, 300) * 1000
    weight = rng.integers(1, 4, 300)
    texts = rng.choice(["a", "b", "c"], 300)

    def measured(repeat):
        sides = [
            sample(
                np.repeat(score, weight) if repeat else score,
                features={"f": np.repeat(texts, weight) if repeat else texts},
                fitted=fitted,
                weight=None if repeat else weight,
            )
            for score, fitted in ((first, True), (second[::-1], False))
        ]
        return stability(*sides, names=("f",), rules=Rules())

    for few, many in zip(measured(False), measured(True), strict=True):
        shares = [[(b.label, b.expected, b.actual) for b in side.bins] for side in (few, many)]
        assert [label for label, _, _ in shares[0]] == [label for label, _, _ in shares[1]]
        assert [e for _, e, _ in shares[0]] == pytest.approx([e for _, e, _ in shares[1]])
        assert [a for _, _, a in shares[0]] == pytest.approx([a for _, _, a in shares[1]])


def test_an_infinite_feature_is_refused_by_name():
    with pytest.raises(InputError, match="'f' holds an infinite value"):
        one([1.0, np.inf], [1.0, 2.0], "f")


def test_each_observation_date_gets_its_rates_and_its_index():
    train = sample(range(0, 100_000, 1000), fitted=True)
    later = sample(
        list(range(0, 100_000, 1000)) + [0] * 20,
        bad=[0, 1] * 50 + [0] * 20,
        observed_on=np.array(["2024-06-30"] * 100 + ["2023-06-30"] * 20, dtype="datetime64[D]"),
    )
    first, second = trend(later, train=train, rules=Rules())
    assert (first.on, first.rows, first.bads) == ("2023-06-30", 20, 0)
    assert first.auc.value is None
    assert "too few rows" in first.auc.reason.en
    assert first.psi.value > 1
    assert second.psi.value == 0.0
    assert second.auc.value == pytest.approx(0.49)
    assert trend(later, train=None, rules=Rules())[0].psi.value is None
