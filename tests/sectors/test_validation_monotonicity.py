"""The proof by perturbation finds what is planted and passes what is right."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.errors import InputError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.points_table import Characteristic, LevelBins, NumericBins, PointsTable
from credit_scoring.sectors.validation import (
    cuts_of,
    importance_of_points,
    importance_of_table,
    prove_monotone,
)

PENALTIES = Feature(name="penalties", polarity="worse")
CAPITAL = Feature(name="capital", polarity="better")
SECTOR = Feature(name="sector", polarity="free", reason="no order")


def frame(rows=300, seed=0):
    rng = np.random.default_rng(seed)
    penalties = rng.poisson(1.0, rows).astype(float)
    penalties[rng.random(rows) < 0.3] = np.nan
    return pd.DataFrame(
        {"penalties": penalties, "capital": rng.lognormal(3, 1, rows), "sector": rng.choice(["a", "b"], rows)}
    )


def thousandths(values):
    return np.asarray(values).round().astype(np.int64)


def honest(rows):
    penalties = np.nan_to_num(rows["penalties"].to_numpy())
    return thousandths(600_000 - 20_000 * penalties + 5_000 * np.log(rows["capital"].clip(lower=1e-3)))


def proof(scores, rows=None, *, features=(PENALTIES, CAPITAL, SECTOR), **more):
    return prove_monotone(scores, frame() if rows is None else rows, features, seed=0, **more)


def test_an_honest_score_passes_and_every_polarity_was_swept():
    got = proof(honest, nothing_on_record=frozenset({"penalties"}))
    assert [sweep.feature for sweep in got.sweeps] == ["penalties", "capital"]
    assert got.violations == 0
    assert got.pairs > 5_000
    assert all(sweep.rows == 200 and sweep.reason is None for sweep in got.sweeps)


def test_a_single_planted_step_is_found_with_the_row_and_the_values():
    """From 2 to 3 penalties the score rises by a thousandth, for firms of one sector only."""

    def planted(rows):
        reward = (rows["penalties"] >= 3) & (rows["sector"] == "b")
        return honest(rows) + np.where(reward, 20_001, 0)

    data = frame()
    got = proof(planted, data)
    sweep = got.sweeps[0]
    assert (
        sweep.violations
        == (data.iloc[np.random.default_rng(0).permutation(300)[:200]]["sector"] == "b").sum()
    )
    assert (sweep.worst.from_value, sweep.worst.to_value, sweep.worst.change) == (2.0, 3.0, 1)
    assert data["sector"][sweep.worst.row] == "b"
    assert got.sweeps[1].violations == 0


def test_a_fall_is_wrong_where_more_is_better():
    got = proof(lambda rows: honest(rows) - np.where(rows["capital"] > 50, 90_000, 0))
    worst = got.sweeps[1].worst
    assert worst.from_value <= 50 < worst.to_value
    assert worst.change < 0


def test_a_step_that_no_observed_value_shows_is_found_at_the_cut():
    def planted(rows):
        return honest(rows) + np.where(rows["capital"] == 1e6, -1, 0)

    assert proof(planted).violations == 0
    assert proof(planted, cuts={"capital": (1e6,)}).sweeps[1].violations > 0


def test_a_first_record_must_not_be_better_than_none():
    def scores(rows):
        return honest(rows) - np.where(rows["penalties"].isna(), 30_000, 0)

    assert proof(scores).violations == 0
    got = proof(scores, nothing_on_record=frozenset({"penalties"}))
    worst = got.sweeps[0].worst
    assert (worst.from_value, worst.to_value, worst.change) == (None, 0.0, 30_000)


@pytest.mark.parametrize("feature", ["sector", "absent", "empty"])
def test_what_cannot_be_moved_says_why(feature):
    data = frame().assign(empty=np.nan)
    got = proof(
        lambda rows: np.zeros(len(rows), dtype=int), data, features=[Feature(name=feature, polarity="worse")]
    )
    assert got.sweeps[0].pairs == 0
    assert got.sweeps[0].reason is not None


def test_a_column_with_one_value_is_moved_beyond_it():
    data = frame().assign(capital=5.0)
    assert proof(lambda rows: thousandths(-rows["capital"]), data).sweeps[1].violations == 400


def test_the_number_of_scores_stays_within_the_bound():
    counted = []

    def scores(rows):
        counted.append(len(rows))
        return honest(rows)

    got = proof(scores, cuts={"capital": tuple(range(1, 400))}, evaluations=5_000)
    assert max(counted) <= 5_000
    assert got.sweeps[1].values > 1_100
    assert got.sweeps[1].rows >= 1


@pytest.mark.parametrize("scores", [lambda rows: np.zeros(3, dtype=int), lambda rows: np.zeros(len(rows))])
def test_scores_that_are_no_whole_numbers_per_row_are_refused(scores):
    with pytest.raises(InputError, match="one whole number"):
        proof(scores)


def test_the_frame_is_left_as_it_was():
    data = frame()
    before = data.copy()
    proof(honest, data)
    pd.testing.assert_frame_equal(data, before)


TABLE = PointsTable(
    base=500_000,
    characteristics=(
        Characteristic(
            feature=CAPITAL, bins=NumericBins(cuts=(1.0, 5.0), points=(0, 10_000, 40_000), missing=-5_000)
        ),
        Characteristic(
            feature=SECTOR, bins=LevelBins(groups=(("a",),), points=(3_000,), missing=0, other=-1_000)
        ),
    ),
)


def test_cuts_and_spans_come_from_the_points_table():
    assert cuts_of(TABLE) == {"capital": (1.0, 5.0)}
    first, second = importance_of_table(TABLE)
    assert (first.feature, first.fewest, first.most) == ("capital", -5_000, 40_000)
    assert (second.feature, second.fewest, second.most) == ("sector", -1_000, 3_000)


def test_spans_come_from_explained_points_where_there_is_no_table():
    points = pd.DataFrame({"capital": [1, -4, 2], "sector": [100, 0, 50]})
    spans = importance_of_points(points, [CAPITAL, SECTOR])
    assert [(s.feature, s.fewest, s.most) for s in spans] == [("sector", 0, 100), ("capital", -4, 2)]


@given(st.lists(st.integers(-50, 50), min_size=4, max_size=4), st.sampled_from(["better", "worse"]))
def test_a_table_violates_exactly_when_its_points_go_the_wrong_way(points, polarity):
    cuts = np.array([1.0, 2.0, 3.0])
    data = pd.DataFrame({"f": np.arange(0.0, 4.0, 0.25)})

    def scores(rows):
        return np.array(points)[np.searchsorted(cuts, rows["f"].to_numpy(), side="right")]

    got = prove_monotone(
        scores, data, [Feature(name="f", polarity=polarity)], seed=0, cuts={"f": tuple(cuts)}
    )
    steps = np.diff(points) * (1 if polarity == "worse" else -1)
    assert got.violations == (steps > 0).sum() * len(data)
