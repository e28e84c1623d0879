"""The additive family: its table is the boosted model, bin by bin, and keeps to the polarities."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks
from tests.sectors.boosted import POLARITY, beside, booster, labels, table

from credit_scoring.errors import FeatureTableError, InputError, TrainingError
from credit_scoring.learnt.coding import Coding, coding_of
from credit_scoring.learnt.features import Feature, monotone_sign
from credit_scoring.learnt.frames import frame_of
from credit_scoring.learnt.points_table import LevelBins, NumericBins
from credit_scoring.learnt.trees import read_model
from credit_scoring.sectors.additive import AdditiveScorecard, require_monotone, rounding_bound
from credit_scoring.sectors.boosting import Boosting
from credit_scoring.sectors.step_functions import Additive, Steps, additive_of, pruned

QUICK = Boosting(learning_rate=0.1, leaves=4, most_trees=120, feature_share=0.5, random_cuts=True)

BY_ROWS = (
    "LightGBM counts rows, not weights, where it forms histogram bins and limits the size of a leaf, and the inner rows "
    "that decide when to stop are drawn by row: a row of weight 2 is not two rows."
)


@pytest.mark.filterwarnings("ignore:the labels are")
@parametrize_with_checks(
    [AdditiveScorecard(bags=2, settings=QUICK)],
    expected_failed_checks=lambda _: {"check_sample_weight_equivalence_on_dense_data": BY_ROWS},
)
def test_it_is_a_scikit_learn_classifier(estimator, check) -> None:
    check(estimator)


@cache
def fitted() -> AdditiveScorecard:
    frame = table()
    return AdditiveScorecard(polarity=POLARITY, settings=QUICK, bags=3, max_bins=None).fit(
        frame, labels(frame)
    )


def boosters_say(scorecard: AdditiveScorecard, frame: pd.DataFrame) -> np.ndarray:
    """Mean raw log-odds of the boosters, coded apart from the package."""
    columns = []
    for name, levels in zip(scorecard.coding_.names, scorecard.coding_.levels, strict=True):
        if levels is None:
            columns.append(frame[name].to_numpy(dtype=float))
        else:
            codes = {level: i + 1 for i, level in enumerate(levels)}
            missing = frame[name].isna()
            columns.append(np.where(missing, len(levels) + 1, frame[name].map(codes).fillna(0)).astype(float))
    matrix = np.column_stack(columns)
    models = [lightgbm.Booster(model_str=text) for text in scorecard.boosters_]
    return np.mean([model.predict(matrix, raw_score=True) for model in models], axis=0)


def test_log_odds_of_the_points_are_the_boosters_to_rounding_in_every_row() -> None:
    card, frame = fitted(), table(1500, seed=9)
    gap = np.abs(card.decision_function(frame) - boosters_say(card, frame)).max()
    assert 0 < gap <= rounding_bound(card.table_, card.scale_)


def test_base_and_points_add_up_to_the_score_in_every_row() -> None:
    card, frame = fitted(), table(1500, seed=9)
    points = card.points(frame)
    assert points.dtype == np.int64
    np.testing.assert_array_equal(card.model_.base + points.sum(axis=1), card.scores(frame))


@pytest.mark.parametrize("name", ["risk", "visits", "assets"])
def test_on_and_beside_every_cut_and_threshold_the_points_are_the_boosters(name: str) -> None:
    card = fitted()
    place = card.coding_.names.index(name)
    thresholds = np.concatenate([read_model(text).thresholds[place] for text in card.boosters_])
    values = beside(np.append(thresholds[np.isfinite(thresholds)], [0.0, 1e-300, -1e300, 1e308]))
    frame = pd.concat([table().iloc[[0]]] * len(values), ignore_index=True).assign(**{name: values})
    gap = np.abs(card.decision_function(frame) - boosters_say(card, frame)).max()
    assert gap <= rounding_bound(card.table_, card.scale_)


def test_missing_and_unseen_values_get_what_the_boosters_give_them() -> None:
    card = fitted()
    frame = pd.concat([table().iloc[[0]]] * 6, ignore_index=True)
    frame.loc[1, "risk"] = np.nan
    frame.loc[2, "visits"] = np.nan  # never missing in training
    frame.loc[3, "kind"] = None
    frame.loc[4, "kind"] = "戊"
    frame.loc[5, "kind"] = "甲 "
    gap = np.abs(card.decision_function(frame) - boosters_say(card, frame)).max()
    assert gap <= rounding_bound(card.table_, card.scale_)
    bins = {c.feature.name: c.bins for c in card.table_.characteristics}["kind"]
    assert isinstance(bins, LevelBins)
    kinds = card.points(frame)[:, [f.name for f in card.features_].index("kind")]
    assert kinds[3] == bins.missing
    assert kinds[4] == kinds[5] == bins.other


def test_rare_levels_are_learnt_together_and_stand_for_levels_never_seen() -> None:
    draw = np.random.default_rng(0)
    kind = draw.choice(["common", "usual"], 600).astype(object)
    kind[:60] = [f"rare {i % 20}" for i in range(60)]
    bad = draw.random(600) < np.where(np.arange(600) < 60, 0.9, 0.2)
    card = AdditiveScorecard(settings=QUICK, bags=1).fit(pd.DataFrame({"kind": kind}), bad.astype(int))
    points = card.points(pd.DataFrame({"kind": ["rare 3", "never seen", "common"]}))[:, 0]
    assert points[0] == points[1] < points[2]


def test_points_have_mean_zero_over_the_training_rows() -> None:
    card = fitted()
    assert np.abs(card.points(table()).mean(axis=0)).max() < 1.0


def test_no_two_neighbouring_bins_have_equal_points() -> None:
    for characteristic in fitted().table_.characteristics:
        if isinstance(characteristic.bins, NumericBins):
            assert all(a != b for a, b in pairwise(characteristic.bins.points))


@settings(max_examples=40)
@given(
    row=st.integers(0, 799),
    name=st.sampled_from(["risk", "visits", "assets"]),
    values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30),
)
def test_more_of_what_is_worse_never_raises_the_score(row: int, name: str, values: list[float]) -> None:
    card = fitted()
    (cuts,) = (c.bins.cuts for c in card.table_.characteristics if c.feature.name == name)
    tried = np.sort(np.concatenate([values, beside(np.array(cuts))]))
    frame = pd.concat([table().iloc[[row]]] * len(tried), ignore_index=True).assign(**{name: tried})
    steps = np.diff(card.scores(frame))
    assert (steps * monotone_sign(POLARITY[name]) <= 0).all()
    assert (steps != 0).any()


@settings(max_examples=20)
@given(seed=st.integers(0, 60), leaves=st.integers(2, 6))
def test_step_functions_are_the_model_exactly(seed: int, leaves: int) -> None:
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(300, 3)).round(1)
    values[draw.random(values.shape) < draw.choice([0.0, 0.2])] = np.nan
    bad = (np.nan_to_num(values[:, 0], nan=1.0) + draw.normal(size=300) > 0).astype(float)
    chosen = {
        "objective": "binary",
        "num_leaves": leaves,
        "interaction_constraints": [[0], [1], [2]],
        "verbosity": -1,
        "num_threads": 1,
        "min_data_in_leaf": 3,
    }
    model = lightgbm.train(chosen, lightgbm.Dataset(values, bad), 8)
    frame = frame_of(values)

    additive = additive_of([read_model(model.model_to_string())], coding_of(frame, level_rows=1))
    rows = np.vstack([values, [[np.nan] * 3, [0.0, -0.0, 1e300], [1e-35, -1e-35, 2e-35]]])
    total = additive.intercept + sum(
        np.append(steps.values, steps.missing)[steps.places(rows[:, i], text=False)]
        for i, steps in enumerate(additive.steps)
    )
    np.testing.assert_allclose(total, model.predict(rows, raw_score=True), atol=1e-12)


def test_a_model_with_interactions_is_no_sum_and_is_refused() -> None:

    coding = Coding(names=("a", "b", "c", "d"), levels=(None, None, None, tuple("123456789")))
    with pytest.raises(InputError, match="looks at several features"):
        additive_of([read_model(booster()[0].model_to_string())], coding)


@settings(max_examples=50)
@given(values=st.lists(st.floats(-5, 5), min_size=1, max_size=40), most=st.integers(1, 10))
def test_merged_bins_stay_monotone_keep_the_mean_and_are_few(values: list[float], most: int) -> None:
    rising = np.sort(values)
    weights = np.arange(1, len(values) + 1, dtype=float)
    steps = Steps(cuts=np.arange(len(values) - 1, dtype=float), values=rising, missing=0.0)
    found = pruned(steps, weights, most)
    assert len(found.values) == min(most, len(values)) == len(found.cuts) + 1
    assert (np.diff(found.values) >= -1e-9).all()
    kept = np.searchsorted(found.cuts, np.arange(len(values)) - 0.5, side="right")
    assert np.average(found.values[kept], weights=weights) == pytest.approx(
        np.average(rising, weights=weights)
    )


def test_at_most_so_many_bins_and_monotone() -> None:
    frame = table()
    card = AdditiveScorecard(polarity=POLARITY, settings=QUICK, bags=2, max_bins=5).fit(frame, labels(frame))
    for characteristic in card.table_.characteristics:
        if isinstance(characteristic.bins, NumericBins):
            assert len(characteristic.bins.points) <= 5
            points = np.array(characteristic.bins.points)
            assert (np.diff(points) * monotone_sign(characteristic.feature.polarity) <= 0).all()


def test_a_function_against_its_polarity_is_refused() -> None:
    steps = Steps(cuts=np.array([1.0]), values=np.array([0.2, 0.1]), missing=0.0)
    additive = Additive(intercept=0.0, steps=(steps,), used=(True,))
    with pytest.raises(TrainingError, match="'age' breaks its polarity 'worse'"):
        require_monotone(additive, (Feature(name="age", polarity="worse"),))
    require_monotone(additive, (Feature(name="age", polarity="better"),))


def test_the_same_rows_and_seed_give_the_same_table_and_another_seed_another() -> None:
    frame = table()
    again = AdditiveScorecard(polarity=POLARITY, settings=QUICK, bags=3, max_bins=None).fit(
        frame, labels(frame)
    )
    assert again.table_ == fitted().table_
    other = AdditiveScorecard(polarity=POLARITY, settings=QUICK, bags=3, max_bins=None, random_state=1).fit(
        frame, labels(frame)
    )
    assert other.table_ != fitted().table_


def test_pandas_polars_and_arrow_tables_give_the_same_points() -> None:
    frame = table(200, seed=5)
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    expected = fitted().points(frame)
    for other in (arrow, pl.from_arrow(arrow), frame.astype({"kind": "category"})):
        np.testing.assert_array_equal(fitted().points(other), expected)


def test_features_without_help_are_excluded_with_the_reason() -> None:
    frame = table().assign(same=1.0, empty=np.nan)
    polarity = {**POLARITY, "same": "free", "empty": "free"}
    card = AdditiveScorecard(polarity=polarity, settings=QUICK, bags=1).fit(frame, labels(frame))
    assert {(e.feature, e.code) for e in card.excluded_} >= {("same", "constant"), ("empty", "all_missing")}
    assert "same" not in card.get_feature_names_out()


def test_weights_count() -> None:
    frame = table()
    bad = labels(frame)
    weights = np.where(frame["visits"] > 2, 5.0, 1.0) * np.where(bad == 1, 3.0, 1.0)
    card = AdditiveScorecard(polarity=POLARITY, settings=QUICK, bags=1).fit(frame, bad, weights)
    plain = AdditiveScorecard(polarity=POLARITY, settings=QUICK, bags=1).fit(frame, bad)
    assert card.predict_proba(frame)[:, 1].mean() > plain.predict_proba(frame)[:, 1].mean() + 0.05


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda f: f.drop(columns="visits"), FeatureTableError, "visits"),
        (lambda f: f.rename(columns={"visits": "visit"}), FeatureTableError, "visit"),
        (lambda f: f[["visits", "risk", "assets", "kind"]], FeatureTableError, "order"),
        (lambda f: f.assign(visits=np.inf), FeatureTableError, "infinite"),
        (lambda f: f.assign(kind=1.0), FeatureTableError, "texts"),
        (lambda f: f.assign(risk="x"), FeatureTableError, "numbers"),
    ],
)
def test_a_table_that_differs_from_the_one_learnt_from_is_refused(change, error, message) -> None:
    with pytest.raises(error, match=message):
        fitted().points(change(table()))


@pytest.mark.parametrize("argument", [{"bags": 0}, {"max_bins": 0}])
def test_impossible_settings_are_refused(argument) -> None:
    with pytest.raises(TrainingError, match="must be 1 or more"):
        AdditiveScorecard(**argument).fit(table(), labels(table()))


def test_constant_features_only_leave_nothing_to_learn_from() -> None:
    frame = pd.DataFrame({"a": np.ones(50), "b": np.full(50, np.nan)})
    with pytest.raises(TrainingError, match=r"no feature is left to learn from: .*a, b"):
        AdditiveScorecard().fit(frame, np.arange(50) % 2)


def test_learning_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    AdditiveScorecard(settings=QUICK, bags=1).fit(table(), labels(table())).points(table())
    assert capfd.readouterr() == ("", "")
