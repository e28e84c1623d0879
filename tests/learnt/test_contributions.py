"""SHAP values: equal to the definition, to LightGBM's and to shap's; refused where they differ."""

from __future__ import annotations

import warnings
from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bench.shap_speed import shap_speed
from tests.sectors.boosted import beside, booster, shapley

from credit_scoring.errors import InputError
from credit_scoring.learnt.contributions import Checks, Explainer, sample_rows, shap_values
from credit_scoring.learnt.tree_patterns import PatternLimitError, tables_of
from credit_scoring.learnt.trees import read_model


@pytest.mark.parametrize("missing", [True, False])
def test_values_are_those_of_the_definition_row_by_row(missing: bool) -> None:
    model, values = booster(trees=5, missing=missing)
    rows = np.vstack([values[:12], [[np.nan] * 4], [[0.0, -0.0, 99.0, 50.0]]])
    found = shap_values(model, rows)
    expected = np.array([shapley(model, row) for row in rows])
    assert found.method == "patterns"
    np.testing.assert_allclose(found.values, expected, atol=1e-9)


@pytest.mark.parametrize(("depth", "leaves"), [(3, 8), (6, 31), (-1, 40)])
def test_values_are_those_of_the_shap_package_and_add_up(depth: int, leaves: int) -> None:
    shap = pytest.importorskip("shap")
    model, values = booster(trees=40, leaves=leaves, depth=depth)
    found = shap_values(model, values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = shap.TreeExplainer(model).shap_values(values)
    assert np.isnan(values).any()
    np.testing.assert_allclose(found.values, expected, atol=1e-9)
    raw = model.predict(values, raw_score=True)
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), raw, atol=1e-9)
    assert found.largest_gap < 1e-9
    assert found.checked_rows > 300


def test_the_base_is_lightgbms_expected_value() -> None:
    model, values = booster()
    assert shap_values(model, values[:3]).base == pytest.approx(
        model.predict(values[:1], pred_contrib=True)[0, -1]
    )


@settings(max_examples=25)
@given(seed=st.integers(0, 50), leaves=st.integers(2, 20), group_bits=st.integers(1, 12))
def test_values_do_not_depend_on_how_leaves_share_tables(seed: int, leaves: int, group_bits: int) -> None:
    model, values = booster(trees=3, leaves=leaves, seed=seed)
    found = tables_of(read_model(model.model_to_string()), group_bits=group_bits).contributions(values[:60])
    np.testing.assert_allclose(found, model.predict(values[:60], pred_contrib=True)[:, :-1], atol=1e-9)


def test_values_on_and_beside_every_threshold_are_lightgbms() -> None:
    model, _ = booster(trees=20)
    thresholds = read_model(model.model_to_string()).thresholds
    for feature in range(3):
        column = beside(thresholds[feature][np.isfinite(thresholds[feature])])
        rows = np.zeros((len(column), 4))
        rows[:, feature] = column
        found = shap_values(model, rows, checks=Checks(rows=len(rows)))
        assert found.method == "patterns"
        np.testing.assert_allclose(found.values, model.predict(rows, pred_contrib=True)[:, :-1], atol=1e-9)


def test_values_that_differ_are_refused_and_lightgbms_used_with_the_reason() -> None:
    model, values = booster()
    explainer = Explainer.of(model)
    tree, groups = explainer.tables.trees[0]
    spoilt = replace(groups[0], table=groups[0].table + 0.001)
    tables = replace(explainer.tables, trees=((tree, (spoilt, *groups[1:])), *explainer.tables.trees[1:]))
    found = replace(explainer, tables=tables).shap_values(values)
    assert found.method == "pred_contrib"
    assert "differ from LightGBM's by 0.001" in found.reason
    np.testing.assert_allclose(found.values, model.predict(values, pred_contrib=True)[:, :-1], atol=1e-12)


def test_values_that_do_not_add_up_are_refused() -> None:
    model, values = booster()
    found = shap_values(model, values, checks=Checks(additivity=0.0))
    assert found.method == "pred_contrib"
    assert "miss the model's log-odds" in found.reason


def test_a_path_through_too_many_features_falls_back_with_the_reason() -> None:
    draw = np.random.default_rng(0)
    values = (draw.random((4_000, 20)) < 0.95).astype(float)
    # Bad only if all twenty are 1: each split cuts off the zeros of one more feature.
    bad = values.all(axis=1).astype(float)
    chosen = {"objective": "binary", "num_leaves": 40, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0}
    model = lightgbm.train(chosen | {"verbosity": -1, "num_threads": 1}, lightgbm.Dataset(values, bad), 2)
    with pytest.raises(PatternLimitError, match=r"goes through \d\d features"):
        tables_of(read_model(model.model_to_string()))
    found = shap_values(model, values[:50])
    assert found.method == "pred_contrib"
    assert "the fast way bears 12" in found.reason
    np.testing.assert_allclose(found.values, model.predict(values[:50], pred_contrib=True)[:, :-1])


def test_work_in_blocks_gives_the_same_values_and_tells_of_progress() -> None:
    model, values = booster()
    told: list[tuple[int, int]] = []
    explainer = Explainer.of(model)
    found = explainer.shap_values(
        values, block_rows=250, progress=lambda done, rows: told.append((done, rows))
    )
    assert told == [(250, 600), (500, 600), (600, 600)]
    np.testing.assert_array_equal(found.values, explainer.shap_values(values).values)


def test_the_sample_holds_rows_with_missing_values() -> None:
    values = np.zeros((10_000, 2))
    values[9_000:9_100, 1] = np.nan
    sample = sample_rows(values, 100)
    assert np.isnan(values[sample]).any(axis=1).sum() >= 50
    assert len(sample) <= 100


def test_an_empty_table_has_no_values() -> None:
    model, _ = booster()
    assert shap_values(model, np.zeros((0, 4))).values.shape == (0, 4)


@pytest.mark.parametrize(
    ("rows", "message"),
    [(np.zeros((2, 3)), "the model has 4 features"), (np.full((2, 4), np.inf), "infinite values")],
)
def test_a_wrong_table_is_refused(rows: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        shap_values(booster()[0], rows)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("end of trees", "", "cut short"),
        ("objective=binary", "objective=regression", "not one of a binary outcome"),
        ("tree\nversion", "wood\nversion", "not the text of a LightGBM model"),
        ("left_child=", "left_child=7 ", "tree 0 of the model text cannot be read"),
        ("split_feature=", "split_feature=9", "tree"),
        ("leaf_value=", "leaf_value=nan ", "tree 0"),
        ("\nTree=1\n", "\n\n", "names 12 trees and holds 11"),
        ("is_linear=0", "is_linear=1", "linear"),
    ],
)
def test_a_changed_model_text_is_refused(before: str, after: str, message: str) -> None:
    text = booster()[0].model_to_string()
    assert before in text
    with pytest.raises(InputError, match=message):
        read_model(text.replace(before, after, 1))


def test_every_tree_is_read_as_lightgbm_walks_it() -> None:
    model, values = booster(trees=15)
    leaves = model.predict(values, pred_leaf=True)
    for number, tree in enumerate(read_model(model.model_to_string()).trees):
        for leaf, path in tree.paths():
            arrives = np.ones(len(values), dtype=bool)
            for node, left in path:
                split = tree.splits[node]
                arrives &= split.goes_left(values[:, split.feature]) == left
            np.testing.assert_array_equal(arrives, leaves[:, number] == leaf)


def test_the_speed_table_measures_equal_values() -> None:
    speed = shap_speed(depth=4, rows=3_000, trees=10, sample=200)
    assert speed.largest_difference < 1e-9
    assert speed.woodelf_difference < 1e-4
    assert speed.gain > 0
