"""The gradient family: points add up to the score in every row, keep to the polarities, and survive as text."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import lightgbm
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks
from tests.sectors.boosted import POLARITY, beside, booster, labels, table
from tests.sectors.test_additive import BY_ROWS

from credit_scoring.errors import FeatureTableError, InputError, TrainingError
from credit_scoring.learnt.features import Feature, monotone_sign
from credit_scoring.learnt.frames import frame_of
from credit_scoring.learnt.gradient_model import apportioned, gradient_points, read_gradient_model
from credit_scoring.learnt.trees import read_model
from credit_scoring.sectors.boosting import Boosting
from credit_scoring.sectors.gradient import GradientScorecard
from credit_scoring.sectors.monotone import require_monotone_trees, worst_break

QUICK = Boosting(learning_rate=0.1, leaves=8, depth=4, most_trees=60)


@pytest.mark.filterwarnings("ignore:the labels are")
@parametrize_with_checks(
    [GradientScorecard(settings=QUICK)],
    expected_failed_checks=lambda _: {"check_sample_weight_equivalence_on_dense_data": BY_ROWS},
)
def test_it_is_a_scikit_learn_classifier(estimator, check) -> None:
    check(estimator)


@cache
def fitted() -> GradientScorecard:
    frame = table()
    return GradientScorecard(polarity=POLARITY, settings=QUICK).fit(frame, labels(frame))


def test_base_and_points_add_up_to_the_score_of_the_raw_log_odds_in_every_row() -> None:
    card, frame = fitted(), table(1500, seed=9)
    found = gradient_points(card.model_, frame_of(frame))
    np.testing.assert_array_equal(found.base + found.points.sum(axis=1), found.scores)
    np.testing.assert_array_equal(card.scores(frame), found.scores)
    np.testing.assert_array_equal(card.points(frame), found.points)
    raw = lightgbm.Booster(model_str=card.model_text_).predict(
        card.model_.matrix(frame_of(frame)), raw_score=True
    )
    exact = 1000 * (card.scale_.offset - card.scale_.factor * raw)
    assert np.abs(found.scores - exact).max() <= 0.5 + 1e-6


@cache
def fitted_on_numbers() -> GradientScorecard:
    frame = table().drop(columns="kind")
    polarity = {name: POLARITY[name] for name in frame.columns}
    return GradientScorecard(polarity=polarity, settings=QUICK).fit(frame, labels(table()))


@pytest.mark.parametrize(("model", "method"), [(fitted, "pred_contrib"), (fitted_on_numbers, "woodelf")])
def test_points_are_the_shap_values_to_two_thousandths(model, method: str) -> None:
    card, frame = model(), table(300, seed=9)
    found = gradient_points(card.model_, frame_of(frame))
    assert found.contributions.method == method
    np.testing.assert_array_equal(found.base + found.points.sum(axis=1), found.scores)
    assert [f.name for f in card.features_] == list(card.model_.coding.names)
    exact = -1000 * card.scale_.factor * found.contributions.values
    assert np.abs(found.points - exact).max() < 2


@pytest.mark.parametrize("model", [fitted, fitted_on_numbers])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_rows_points_do_not_depend_on_threads_or_the_rows_around_it(model, threads: int) -> None:
    frame = table(2_000, seed=9)
    expected = model().model_.points(frame_of(frame))
    card = read_gradient_model(model().model_.as_text(), num_threads=threads)
    order = np.random.default_rng(2).permutation(len(frame))
    np.testing.assert_array_equal(card.points(frame_of(frame.iloc[order])), expected[order])
    for start, stop in ((0, 1), (1, 40), (40, 2_000)):
        np.testing.assert_array_equal(card.points(frame_of(frame.iloc[start:stop])), expected[start:stop])


def test_both_ways_to_shap_values_give_the_same_points() -> None:
    model, frame = fitted_on_numbers().model_, frame_of(table(2_000, seed=9))
    found = gradient_points(model, frame)
    by_lightgbm = replace(model)
    by_lightgbm.__dict__["explainer"] = replace(model.explainer, fast=None, reason="to compare")
    expected = gradient_points(by_lightgbm, frame)
    assert (found.contributions.method, expected.contributions.method) == ("woodelf", "pred_contrib")
    np.testing.assert_array_equal(found.points, expected.points)


@settings(max_examples=200)
@given(
    shares=st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=12),
    off=st.integers(-1, 1),
)
def test_shares_are_apportioned_to_the_total_by_largest_remainder(shares: list[float], off: int) -> None:
    exact = np.array([shares])
    total = round(sum(shares)) + off
    found = apportioned(exact, np.array([total]))[0]
    assert found.sum() == total
    assert np.abs(found - exact[0]).max() <= 2
    down = [int(np.floor(share)) for share in shares]
    lacking = total - sum(down)
    if 0 <= lacking <= len(shares):
        first = sorted(range(len(shares)), key=lambda i: (down[i] - shares[i], i))[:lacking]
        assert found.tolist() == [value + (i in first) for i, value in enumerate(down)]


@settings(max_examples=40)
@given(
    row=st.integers(0, 799),
    name=st.sampled_from(["risk", "visits", "assets"]),
    values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30),
    kind=st.sampled_from(["甲", "乙", "戊", None]),
)
def test_more_of_what_is_worse_never_raises_the_score(row: int, name: str, values: list[float], kind) -> None:
    card = fitted()
    thresholds = card.model_.trees.thresholds[card.model_.coding.names.index(name)]
    tried = np.sort(np.concatenate([values, beside(thresholds[np.isfinite(thresholds)])]))
    frame = pd.concat([table().iloc[[row]]] * len(tried), ignore_index=True).assign(**{name: tried})
    frame["kind"] = pd.Series([kind] * len(tried), dtype="str")
    steps = np.diff(card.scores(frame))
    assert (steps * monotone_sign(POLARITY[name]) <= 0).all()
    assert (steps != 0).any()


def test_lightgbms_sharper_methods_break_polarities_with_missing_values_and_are_caught() -> None:
    draw = np.random.default_rng(0)
    values = np.column_stack([draw.normal(size=3000), draw.integers(0, 6, 3000), draw.integers(0, 4, 3000)])
    values[::7, 0] = np.nan
    effect = np.nan_to_num(values[:, 0]) + 0.5 * values[:, 1] - (values[:, 2] == 1) * values[:, 1]
    bad = (effect + draw.logistic(size=3000) > 1).astype(float)
    features = tuple(Feature(name=n, polarity=p) for n, p in (("a", "worse"), ("b", "worse"), ("c", "free")))
    models = {}
    for method in ("basic", "advanced"):
        chosen = {
            "objective": "binary",
            "num_leaves": 15,
            "max_depth": 6,
            "learning_rate": 0.03,
            "min_data_in_leaf": 6,
            "monotone_constraints": [1, 1, 0],
            "monotone_constraints_method": method,
            "verbosity": -1,
            "num_threads": 1,
        }
        models[method] = lightgbm.train(chosen, lightgbm.Dataset(values, bad), 60)
    require_monotone_trees(read_model(models["basic"].model_to_string()), features)
    with pytest.raises(TrainingError, match="breaks the polarity 'worse' of 'a'"):
        require_monotone_trees(read_model(models["advanced"].model_to_string()), features)


@settings(max_examples=30)
@given(seed=st.integers(0, 40))
def test_the_proof_sees_every_break_that_trying_values_sees(seed: int) -> None:
    model, values = booster(trees=1, leaves=6, seed=seed)
    tree = read_model(model.model_to_string()).trees[0]
    draw = np.random.default_rng(seed)
    for feature in range(3):
        grid = np.linspace(-4, 4, 161)
        rows = np.repeat(values[draw.integers(0, 600, 150)], len(grid), axis=0)
        rows[:, feature] = np.tile(grid, 150)
        raw = model.predict(rows, raw_score=True).reshape(150, -1)
        # Largest fall anywhere to the right of a point, not only to its neighbour.
        seen = float((np.maximum.accumulate(raw, axis=1) - raw).max())
        proved = worst_break(tree, feature, 1)
        assert proved >= seen - 1e-12


def test_a_model_written_as_text_gives_the_same_points() -> None:
    card, frame = fitted(), table(300, seed=9)
    again = read_gradient_model(card.model_.as_text())
    assert again == card.model_
    expected = gradient_points(card.model_, frame_of(frame))
    found = gradient_points(again, frame_of(frame))
    np.testing.assert_array_equal(found.points, expected.points)
    np.testing.assert_array_equal(found.scores, expected.scores)


def test_a_changed_text_is_refused() -> None:
    text = fitted().model_.as_text()
    with pytest.raises(InputError, match="digest differs"):
        read_gradient_model(text.replace('"offset": ', '"offset": 1', 1))
    content = json.loads(text)
    content["model"] = (
        content["model"].replace("leaf_value=0", "leaf_value=1").replace("leaf_value=-", "leaf_value=")
    )
    with pytest.raises(InputError, match="digest differs"):
        read_gradient_model(json.dumps(content))
    for other in ("", "[]", "{}", "tree\n"):
        with pytest.raises(InputError, match="not the text of a gradient model"):
            read_gradient_model(other)


def test_a_model_text_of_other_features_is_refused() -> None:
    model = fitted().model_
    with pytest.raises(InputError, match="points are described for"):
        replace(model, features=model.features[:-1])
    with pytest.raises(InputError, match="4 features, and 3 are described"):
        replace(
            model, coding=replace(model.coding, names=model.coding.names[:3], levels=model.coding.levels[:3])
        )
    with pytest.raises(InputError, match="cut short"):
        replace(model, model_text=model.model_text[: len(model.model_text) // 3])


def test_features_no_tree_looks_at_are_excluded_and_need_not_be_scored() -> None:
    draw = np.random.default_rng(0)
    frame = table().assign(flag=(draw.random(800) < 0.004).astype(float))
    card = GradientScorecard(settings=QUICK).fit(frame, labels(frame))
    assert [e.feature for e in card.excluded_] == ["flag"]
    found = gradient_points(card.model_, frame_of(frame.drop(columns="flag")))
    np.testing.assert_array_equal(found.scores, card.scores(frame))


def test_missing_values_where_training_had_none_and_levels_never_seen_add_up() -> None:
    card = fitted()
    frame = pd.concat([table().iloc[[0]]] * 4, ignore_index=True)
    frame.loc[1, "visits"] = np.nan
    frame.loc[2, "kind"] = "戊"
    frame.loc[3, ["risk", "visits", "assets"]] = np.nan
    np.testing.assert_array_equal(card.model_.base + card.points(frame).sum(axis=1), card.scores(frame))
    rare = frame.assign(kind=pd.Series(["戊", "己", "戊", "戊"], dtype="str"))
    assert card.points(rare)[0].tolist() == card.points(rare.assign(kind="庚"))[0].tolist()


def test_polars_gives_the_same_points_and_the_seed_the_same_model() -> None:
    frame = table(200, seed=5)
    np.testing.assert_array_equal(fitted().points(pl.from_pandas(frame)), fitted().points(frame))
    again = GradientScorecard(polarity=POLARITY, settings=QUICK).fit(table(), labels(table()))
    assert again.model_ == fitted().model_


def test_other_features_are_refused() -> None:
    with pytest.raises(FeatureTableError, match="visits"):
        fitted().scores(table().drop(columns="visits"))
    with pytest.raises(FeatureTableError, match="visits"):
        gradient_points(fitted().model_, frame_of(table().drop(columns="visits")))


def test_learning_and_explaining_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    GradientScorecard(settings=QUICK).fit(table(), labels(table())).points(table())
    assert capfd.readouterr() == ("", "")
