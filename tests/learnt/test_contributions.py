"""SHAP values: equal to the definition, to LightGBM's and to shap's; refused where they differ."""

from __future__ import annotations

import warnings

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bench.shap_speed import shap_speed
from tests.sectors.boosted import beside, booster, shapley

from credit_scoring.errors import InputError
from credit_scoring.learnt.contributions import Checks, Explainer, sample_rows, shap_values
from credit_scoring.learnt.tree_shap import LeafTables, TreeShap, UnreadableModelError
from credit_scoring.learnt.trees import read_model


def reference(model: lightgbm.Booster, values: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

        return shap.TreeExplainer(model).shap_values(values)


def own(model: lightgbm.Booster, values: np.ndarray) -> np.ndarray:
    return model.predict(values, pred_contrib=True)[:, :-1]


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize(("categories", "method"), [(False, "woodelf"), (True, "pred_contrib")])
def test_values_are_those_of_the_definition_row_by_row(missing: bool, categories: bool, method: str) -> None:
    model, values = booster(trees=5, missing=missing, categories=categories)
    rows = np.vstack([values[:12], [[np.nan] * 4], [[0.0, -0.0, 99.0, 50.0]]])
    found = shap_values(model, rows)
    expected = np.array([shapley(model, row) for row in rows])
    assert found.method == method
    np.testing.assert_allclose(found.values, expected, atol=1e-9)


@pytest.mark.parametrize(
    ("depth", "leaves"), [(1, 2), (2, 4), (3, 8), (4, 16), (5, 31), (6, 31), (6, 64), (-1, 40)]
)
def test_values_are_those_of_the_shap_package_and_add_up(depth: int, leaves: int) -> None:
    model, values = booster(trees=40, leaves=leaves, depth=depth, categories=False)
    found = shap_values(model, values)
    assert (found.method, found.reason) == ("woodelf", "")
    assert np.isnan(values).any()
    np.testing.assert_allclose(found.values, reference(model, values), atol=1e-9)
    np.testing.assert_allclose(found.values, own(model, values), atol=1e-9)
    raw = model.predict(values, raw_score=True)
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), raw, atol=1e-9)
    assert found.largest_gap < 1e-9
    assert found.largest_difference < 1e-9
    assert found.checked_rows > 300


@settings(max_examples=20)
@given(seed=st.integers(0, 50), leaves=st.integers(2, 20), depth=st.integers(1, 6), missing=st.booleans())
def test_values_are_those_of_the_shap_package_whatever_the_model(
    seed: int, leaves: int, depth: int, missing: bool
) -> None:
    model, values = booster(trees=3, leaves=leaves, depth=depth, seed=seed, missing=missing, categories=False)
    rows = values[:60].copy()
    rows[::3, seed % 4] = np.nan
    found = shap_values(model, rows)
    assert found.method == "woodelf"
    np.testing.assert_allclose(found.values, reference(model, rows), atol=1e-9)


def test_missing_values_go_where_lightgbm_sends_them_where_training_had_none() -> None:
    model, values = booster(missing=False, categories=False)
    rows = values[:200].copy()
    rows[np.random.default_rng(0).random(rows.shape) < 0.4] = np.nan
    found = shap_values(model, rows)
    assert found.method == "woodelf"
    np.testing.assert_allclose(found.values, reference(model, rows), atol=1e-9)


def test_a_model_that_splits_on_categories_falls_back_with_the_reason() -> None:
    model, values = booster()
    found = shap_values(model, values)
    assert found.method == "pred_contrib"
    assert found.reason == "the model splits on categories, which woodelf does not read"
    assert found.checked_rows == 0
    assert np.isnan(found.largest_difference)
    assert found.largest_gap < 1e-9
    np.testing.assert_array_equal(found.values, own(model, values))


def test_trees_of_one_leaf_give_nothing_to_anyone() -> None:
    draw = np.random.default_rng(0)
    values, bad = draw.normal(size=(300, 2)), draw.integers(0, 2, 300)
    chosen = {"objective": "binary", "min_data_in_leaf": 200, "verbosity": -1, "num_threads": 1}
    model = lightgbm.train(chosen, lightgbm.Dataset(values, bad), 3)
    assert not any(tree.splits for tree in read_model(model.model_to_string()).trees)
    found = shap_values(model, values)
    np.testing.assert_array_equal(found.values, np.zeros((300, 2)))
    np.testing.assert_allclose(found.base, model.predict(values, raw_score=True), atol=1e-12)


def test_a_tree_of_one_leaf_among_others_changes_nothing() -> None:
    _, values = booster(categories=False)
    bad = (np.nan_to_num(values[:, 0]) > 0.3).astype(float)
    chosen = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    first = lightgbm.train(chosen | {"min_data_in_leaf": 400}, lightgbm.Dataset(values, bad), 1)
    model = lightgbm.train(chosen, lightgbm.Dataset(values, bad, free_raw_data=False), 3, init_model=first)
    sizes = [len(tree.leaf_values) for tree in read_model(model.model_to_string()).trees]
    assert sizes[0] == 1
    assert max(sizes) > 1
    found = shap_values(model, values)
    assert found.method == "woodelf"
    np.testing.assert_allclose(found.values, own(model, values), atol=1e-9)
    assert found.largest_gap < 1e-9


def test_a_feature_no_tree_looks_at_gets_exactly_nothing() -> None:
    model, values = booster(trees=1, leaves=3, categories=False)
    used = {split.feature for tree in read_model(model.model_to_string()).trees for split in tree.splits}
    unused = sorted({0, 1, 2, 3} - used)
    assert unused
    assert not shap_values(model, values).values[:, unused].any()


def test_the_base_is_lightgbms_expected_value() -> None:
    model, values = booster()
    assert shap_values(model, values[:3]).base == pytest.approx(
        model.predict(values[:1], pred_contrib=True)[0, -1]
    )


def test_values_on_and_beside_every_threshold_are_lightgbms() -> None:
    model, _ = booster(trees=20, categories=False)
    thresholds = read_model(model.model_to_string()).thresholds
    for feature in range(4):
        column = beside(
            np.append(thresholds[feature][np.isfinite(thresholds[feature])], [0.0, 1e-35, -1e-35])
        )
        rows = np.zeros((len(column), 4))
        rows[:, feature] = column
        found = shap_values(model, rows, checks=Checks(rows=len(rows)))
        assert found.method == "woodelf"
        np.testing.assert_allclose(found.values, own(model, rows), atol=1e-9)


@pytest.mark.parametrize("spoilt", [0.001, np.nan])
def test_values_that_differ_are_refused_and_lightgbms_used_with_the_reason(spoilt: float) -> None:
    model, values = booster(categories=False)
    explainer = Explainer.of(model)
    table = next(iter(explainer.fast.tables.kept.values()))
    next(iter(table.values()))[:] += spoilt
    found = explainer.shap_values(values)
    assert found.method == "pred_contrib"
    assert f"differ from LightGBM's by {spoilt}" in found.reason
    np.testing.assert_array_equal(found.values, own(model, values))


def test_values_that_do_not_add_up_are_refused() -> None:
    model, values = booster(categories=False)
    found = shap_values(model, values, checks=Checks(additivity=0.0))
    assert found.method == "pred_contrib"
    assert "miss the model's log-odds" in found.reason


def test_one_row_that_does_not_add_up_is_seen_though_no_one_compared_its_values() -> None:
    model, values = booster(categories=False)
    explainer = Explainer.of(model)
    rows = np.repeat(values[:1], 3_000, axis=0)
    rows[1_234] = values[7]
    checks = Checks(rows=3)
    assert 1_234 not in sample_rows(rows, checks.rows)
    assert explainer.shap_values(rows, checks=checks).method == "woodelf"
    spoil_what_only_the_second_row_looks_up(explainer, np.stack([values[0], values[7]]))
    found = explainer.shap_values(rows, checks=checks)
    assert found.method == "pred_contrib"
    assert "miss the model's log-odds" in found.reason
    assert found.largest_difference < 1e-9
    np.testing.assert_array_equal(found.values, own(model, rows))


def spoil_what_only_the_second_row_looks_up(explainer: Explainer, two: np.ndarray) -> None:
    before = explainer.fast.contributions(two)
    for table in explainer.fast.tables.kept.values():
        for part in table.values():
            for place in range(len(part)):
                part[place] += 0.01
                changed = (explainer.fast.contributions(two) != before).any(axis=1)
                if changed.tolist() == [False, True]:
                    return
                part[place] -= 0.01
    raise AssertionError("both rows look up the same")


def test_a_path_through_too_many_features_falls_back_with_the_reason() -> None:
    draw = np.random.default_rng(0)
    values = (draw.random((4_000, 20)) < 0.95).astype(float)
    # Bad only if all twenty are 1: each split cuts off the zeros of one more feature.
    bad = values.all(axis=1).astype(float)
    chosen = {"objective": "binary", "num_leaves": 40, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0}
    model = lightgbm.train(chosen | {"verbosity": -1, "num_threads": 1}, lightgbm.Dataset(values, bad), 2)
    with pytest.raises(UnreadableModelError, match=r"goes through \d\d features"):
        TreeShap.of(model, read_model(model.model_to_string()))
    found = shap_values(model, values[:50])
    assert found.method == "pred_contrib"
    assert "woodelf's tables bear 12" in found.reason
    np.testing.assert_array_equal(found.values, own(model, values[:50]))


def test_work_in_blocks_gives_the_same_values_and_tells_of_progress() -> None:
    model, values = booster(categories=False)
    told: list[tuple[int, int]] = []
    explainer = Explainer.of(model)
    found = explainer.shap_values(
        values, block_rows=250, progress=lambda done, rows: told.append((done, rows))
    )
    assert told == [(250, 600), (500, 600), (600, 600)]
    np.testing.assert_array_equal(found.values, explainer.shap_values(values).values)


@pytest.mark.parametrize(("depth", "leaves"), [(1, 2), (4, 16), (6, 31), (-1, 40)])
def test_a_rows_values_are_the_same_to_the_last_bit_whatever_rows_stand_around_it(
    depth: int, leaves: int
) -> None:
    model, values = booster(trees=8, leaves=leaves, depth=depth, categories=False)
    many = np.tile(values, (20, 1))
    explainer = Explainer.of(model)
    found = explainer.shap_values(many).values
    np.testing.assert_array_equal(found, np.tile(found[:600], (20, 1)))
    order = np.random.default_rng(1).permutation(len(many))
    np.testing.assert_array_equal(explainer.shap_values(many[order]).values, found[order])
    np.testing.assert_array_equal(explainer.shap_values(many, block_rows=7_777).values, found)
    for start, stop in ((0, 1), (17, 18), (5, 45), (0, 600)):
        alone = Explainer.of(model, num_threads=2).shap_values(values[start:stop])
        np.testing.assert_array_equal(alone.values, found[start:stop])


def test_tables_that_are_not_kept_give_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    model, values = booster(categories=False)
    found = shap_values(model, values).values
    monkeypatch.setattr("credit_scoring.learnt.tree_shap.KEPT_BYTES", 1_000)
    explainer = Explainer.of(model)
    assert 0 < explainer.fast.tables.kept_bytes <= 1_000
    np.testing.assert_array_equal(explainer.shap_values(values).values, found)


def test_a_model_is_read_and_its_tables_made_once() -> None:
    model, values = booster(categories=False)
    explainer = Explainer.of(model)
    tables = dict(explainer.fast.tables.kept)
    assert tables
    explainer.shap_values(values, block_rows=100)
    assert list(explainer.fast.tables.kept) == list(tables)
    assert all(explainer.fast.tables.kept[key] is table for key, table in tables.items())


def test_a_leaf_at_the_root_has_no_table() -> None:
    assert LeafTables().get_path_dependent_s_matrix([], np.zeros(1, dtype=np.int64), np.ones(1), 0.5) == {}


def test_explaining_is_silent(capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder) -> None:
    for categories in (False, True):
        model, values = booster(categories=categories)
        shap_values(model, values)
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list


def test_the_sample_holds_rows_with_missing_values() -> None:
    values = np.zeros((10_000, 2))
    values[9_000:9_100, 1] = np.nan
    sample = sample_rows(values, 100)
    assert np.isnan(values[sample]).any(axis=1).sum() >= 50
    assert len(sample) <= 100


def test_an_empty_table_has_no_values() -> None:
    model, _ = booster()
    assert shap_values(model, np.zeros((0, 4))).values.shape == (0, 4)
    found = shap_values(booster(categories=False)[0], np.zeros((0, 4)))
    assert (found.method, found.values.shape, found.checked_rows) == ("woodelf", (0, 4), 0)


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
    assert speed.largest_gap < 1e-9
    assert speed.gain > 0
