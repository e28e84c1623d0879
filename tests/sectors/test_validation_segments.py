"""Segments and comparisons: against plain counting on the rows of each."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from credit_scoring.errors import InputError
from credit_scoring.sectors.validation import GradeCuts, Rules, Scored
from credit_scoring.sectors.validation.comparison import compare
from credit_scoring.sectors.validation.segments import segment

GRADES = GradeCuts(grades=("A", "B", "C"), cuts=(700_000, 500_000))


def world(rows=1500, seed=0, **more):
    rng = np.random.default_rng(seed)
    odds = rng.normal(-1, 1, rows)
    told = 1 / (1 + np.exp(-odds))
    return Scored(
        name="out_of_time",
        fitted=False,
        bad=(rng.random(rows) < told).astype(int),
        score=(600_000 - 90_000 * odds).round().astype(int),
        probability=told,
        **more,
    )


def auc_by_pairs(bad, score):
    pairs = list(itertools.product(score[bad == 1], score[bad == 0]))
    return sum(1.0 if x < y else 0.5 if x == y else 0.0 for x, y in pairs) / len(pairs)


def segments_of(sample, *, draws=60, **rules):
    return segment(sample, grades=GRADES, rules=Rules(**rules), draws=draws, seed=1)


def test_every_number_of_a_segment_is_that_of_its_rows():
    rng = np.random.default_rng(3)
    size = rng.choice(["large", "small", None], 600, p=[0.4, 0.5, 0.1]).astype(object)
    sample = world(600, segments=pd.DataFrame({"size": size}))
    (kind,) = segments_of(sample, bads_at_least=10, goods_at_least=10)
    assert [value.value for value in kind.values] == ["large", "small", None]
    for value in kind.values:
        rows = np.array([own == value.value for own in size])
        bad, score = sample.bad[rows], sample.score[rows]
        assert (value.rows, value.bads, value.enough) == (len(bad), bad.sum(), True)
        assert value.auc.value == pytest.approx(auc_by_pairs(bad, score))
        assert value.auc.low < value.auc.value < value.auc.high
        assert value.bad_rate.value == pytest.approx(bad.mean())
        assert value.mean_score == pytest.approx(score.mean())
        assert value.calibration_gap.value == pytest.approx(sample.probability[rows].mean() - bad.mean())
        assert value.worst_grade.value == pytest.approx((score < 500_000).mean())
        assert value.grades[0] == pytest.approx((score >= 700_000).mean())
        assert sum(value.grades) == pytest.approx(1)
    aucs = {value.value: value.auc.value for value in kind.values}
    assert kind.auc_gap.difference.value == pytest.approx(max(aucs.values()) - min(aucs.values()))
    assert aucs[kind.auc_gap.largest] == max(aucs.values())
    assert aucs[kind.auc_gap.smallest] == min(aucs.values())
    worst = [value.worst_grade.value for value in kind.values]
    assert kind.worst_grade_gap.difference.value == pytest.approx(max(worst) - min(worst))
    assert kind.worst_grade_ratio.value == pytest.approx(min(worst) / max(worst))


def test_a_small_segment_is_listed_and_not_compared():
    region = np.array(["3301"] * 1480 + ["3302"] * 20, dtype=object)
    (kind,) = segments_of(world(segments=pd.DataFrame({"region": region})))
    small = kind.values[1]
    assert (small.value, small.rows, small.enough) == ("3302", 20, False)
    assert small.auc.value is None
    assert "at least 30" in small.auc.reason.en
    assert kind.auc_gap.difference.value is None
    assert "fewer than two values" in kind.auc_gap.difference.reason.en


def test_a_segment_treated_worse_is_found():
    sample = world(3000, segments=pd.DataFrame({"ownership": ["private", "state"] * 1500}))
    harmed = np.array(sample.score) - 150_000 * (np.arange(3000) % 2 == 0)
    told = np.where(np.arange(3000) % 2 == 0, np.minimum(sample.probability + 0.2, 1), sample.probability)
    unfair = Scored(
        name="x", fitted=False, bad=sample.bad, score=harmed, probability=told, segments=sample.segments
    )
    (kind,) = segments_of(unfair)
    assert kind.worst_grade_gap.largest == "private"
    assert kind.worst_grade_gap.difference.low > 0.2
    assert kind.worst_grade_ratio.high < 0.6
    assert kind.calibration_gap.largest == "private"
    assert kind.calibration_gap.difference.low > 0.1


def test_kinds_are_taken_apart_and_without_segments_there_are_none():
    both = pd.DataFrame({"a": ["x", "y"] * 750, "b": ["p"] * 500 + ["q"] * 1000})
    first, second = segments_of(world(segments=both))
    (alone,) = segments_of(world(segments=both[["b"]]))
    assert second == alone
    assert first.kind == "a"
    assert segments_of(world()) == ()


def against(sample, other, *, draws=200, other_grades=GRADES):
    return compare(
        sample,
        None if other is None else np.asarray(other, dtype=float),
        against="public",
        name=None,
        grades=GRADES,
        other_grades=other_grades,
        rules=Rules(),
        draws=draws,
        seed=0,
    )


def test_a_comparison_uses_only_rows_that_both_have_scored():
    sample = world(400)
    other = sample.score + np.random.default_rng(5).normal(0, 90_000, 400).round()
    other[::4] = np.nan
    got = against(sample, other)
    rows = ~np.isnan(other)
    assert got.rows == 300
    assert got.auc.value == pytest.approx(auc_by_pairs(sample.bad[rows], sample.score[rows]))
    assert got.other_auc.value == pytest.approx(auc_by_pairs(sample.bad[rows], other[rows]))
    assert got.difference.value == pytest.approx(got.auc.value - got.other_auc.value)
    ranks = [pd.Series(column[rows]).rank() for column in (sample.score, other)]
    assert got.rank_correlation.value == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert sum(map(sum, got.migration.rows)) == 300


def test_the_paired_interval_agrees_with_delong_and_is_narrower_than_unpaired_ones():
    sample = world(2000)
    got = against(sample, sample.score + np.random.default_rng(5).normal(0, 50_000, 2000).round(), draws=500)
    assert got.difference.high - got.difference.low < got.auc.high - got.auc.low
    spread = (got.difference.high - got.difference.low) / (2 * norm.ppf(0.975))
    assert got.delong_p == pytest.approx(2 * norm.sf(got.difference.value / spread), abs=0.02)


def test_against_itself_nothing_differs():
    sample = world(300)
    got = against(sample, sample.score)
    assert (got.difference.value, got.difference.low, got.difference.high) == (0.0, 0.0, 0.0)
    assert got.delong_p == 1.0
    assert got.rank_correlation.value == pytest.approx(1)
    assert got.migration.same == 1.0
    assert all(row[i] == sum(row) for i, row in enumerate(got.migration.rows))


def test_migration_counts_by_both_ladders():
    sample = Scored(
        name="x",
        fitted=False,
        bad=[0, 1, 0, 1],
        score=[700_000, 499_999, 500_000, 699_999],
        probability=[0.1] * 4,
    )
    other = GradeCuts(grades=("good", "poor"), cuts=(600_000,))
    got = against(sample, [600_000, 599_999, 0, 900_000], other_grades=other)
    assert got.migration.rows == ((1, 1, 0), (0, 1, 1))


def test_what_cannot_be_compared_says_why():
    sample = world(50)
    assert "no public score" in against(sample, None).difference.reason.en
    assert "no public score" in against(sample, np.full(50, np.nan)).difference.reason.en
    only_good = np.where(sample.bad == 1, np.nan, 1.0)
    assert "is bad" in against(sample, only_good).difference.reason.en
    assert "the same for everybody" in against(sample, np.full(50, 7.0)).rank_correlation.reason.en


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bad": [0, 2]}, "0 or 1"),
        ({"bad": [0, None]}, "'bad' is null in 1 rows"),
        ({"score": [1.5, 2]}, "whole numbers"),
        ({"score": ["a", "b"]}, "numbers only"),
        ({"score": [1, 2, 3]}, "'score' has 3 rows"),
        ({"probability": [0.5, 1.5]}, "between 0 and 1"),
        ({"probability": [0.5, np.inf]}, "infinite"),
        ({"weight": [1, 0]}, "above 0"),
        ({"subject": np.array(["a", None], dtype=object)}, "'subject' must be known"),
        ({"bad": [], "score": [], "probability": []}, "no rows"),
        ({"features": pd.DataFrame([[1, 2], [3, 4]], columns=["f", "f"])}, "same name"),
    ],
)
def test_rows_that_cannot_be_validated_are_refused_by_split_and_column(change, message):
    columns = {"bad": [0, 1], "score": [1, 2], "probability": [0.1, 0.2]} | change
    with pytest.raises(InputError, match=message) as caught:
        Scored(name="out_of_time", fitted=False, **columns)
    assert "out_of_time" in str(caught.value)


def test_nulls_of_another_score_may_come_in_any_dress():
    for public in (
        [1, None],
        np.array([1.0, np.nan]),
        pd.array([1, None], dtype="Int64"),
        pd.Series([1, None]),
    ):
        got = Scored(
            name="x", fitted=False, bad=[0, 1], score=[1, 2], probability=[0.1, 0.2], public_score=public
        )
        assert got.public_score[0] == 1
        assert np.isnan(got.public_score[1])


def test_grades_need_falling_cuts_and_one_name_more():
    with pytest.raises(InputError, match="must fall"):
        GradeCuts(grades=("A", "B", "C"), cuts=(500, 700))
    with pytest.raises(InputError, match="need 1 cuts"):
        GradeCuts(grades=("A", "B"), cuts=(500, 400))
