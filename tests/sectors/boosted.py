"""Rows, models and slow oracles for the tests of boosted trees."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from math import factorial

import lightgbm
import numpy as np
import pandas as pd

LEVELS = ("甲", "乙", "丙", "丁")


@cache
def table(rows: int = 800, seed: int = 3) -> pd.DataFrame:
    """Numbers with ties and missing values, a whole number, a text with missing and rare values."""
    draw = np.random.default_rng(seed)
    risk = draw.normal(size=rows).round(2)
    risk[draw.random(rows) < 0.12] = np.nan
    kind = draw.choice([*LEVELS, None], rows, p=[0.4, 0.3, 0.2, 0.02, 0.08])
    return pd.DataFrame(
        {
            "risk": risk,
            "visits": draw.integers(0, 6, rows).astype(float),
            "assets": draw.exponential(size=rows),
            "kind": pd.Series(kind, dtype="str"),
        }
    )


def labels(frame: pd.DataFrame, seed: int = 4) -> np.ndarray:
    """Bad more often with risk and visits, less often with assets; visits matter less for one kind."""
    draw = np.random.default_rng(seed)
    effect = frame["risk"].fillna(-0.4) + 0.5 * frame["visits"] - 0.6 * frame["assets"]
    effect -= 0.4 * frame["visits"] * (frame["kind"] == "甲")
    return (effect + draw.logistic(size=len(frame)) > 0.8).to_numpy().astype(int)


POLARITY = {"risk": "worse", "visits": "worse", "assets": "better", "kind": "free"}


def booster(
    *,
    trees: int = 12,
    leaves: int = 8,
    depth: int = -1,
    missing: bool = True,
    seed: int = 0,
    categories: bool = True,
) -> tuple[lightgbm.Booster, np.ndarray]:
    """A model of three numbers and a category, or its codes taken as a number; rows lie on its thresholds."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=(600, 4)).round(1)
    values[:, 3] = draw.integers(0, 9, 600)
    if missing:
        values[draw.random(values.shape) < 0.15] = np.nan
    known = np.nan_to_num(values)
    effect = known[:, 0] * known[:, 1] + known[:, 2] + np.isin(known[:, 3], [1, 4, 7]) * 2
    bad = (effect + draw.logistic(size=600) > 0.5).astype(float)
    settings = {
        "objective": "binary",
        "num_leaves": leaves,
        "max_depth": depth,
        "min_data_in_leaf": 5,
        "min_data_per_group": 5,
        "verbosity": -1,
        "num_threads": 1,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
    }
    data = lightgbm.Dataset(values, bad, categorical_feature=[3] if categories else [])
    return lightgbm.train(settings, data, trees), values


def shapley(booster: lightgbm.Booster, row: np.ndarray) -> np.ndarray:
    """SHAP values of one row straight from the definition: every order of every feature, by LightGBM's own dump."""
    dump = booster.dump_model()
    k = len(row)
    found = np.zeros(k)
    for i in range(k):
        others = [j for j in range(k) if j != i]
        for size in range(k):
            for chosen in combinations(others, size):
                weight = factorial(size) * factorial(k - size - 1) / factorial(k)
                for tree in dump["tree_info"]:
                    node = tree["tree_structure"]
                    found[i] += weight * (
                        _expected(node, row, {*chosen, i}) - _expected(node, row, set(chosen))
                    )
    return found


def _expected(node: dict, row: np.ndarray, known: set[int]) -> float:
    if "leaf_value" in node:
        return node["leaf_value"]
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return _expected(left if _goes_left(node, row[node["split_feature"]]) else right, row, known)
    share = _count(left) / (_count(left) + _count(right))
    return share * _expected(left, row, known) + (1 - share) * _expected(right, row, known)


def _count(node: dict) -> int:
    return node["leaf_count"] if "leaf_value" in node else node["internal_count"]


def _goes_left(node: dict, value: float) -> bool:
    if node["decision_type"] == "==":
        return not np.isnan(value) and str(int(value)) in str(node["threshold"]).split("||")
    if np.isnan(value):
        if node["missing_type"] == "NaN":
            return node["default_left"]
        value = 0.0
    return value <= node["threshold"]


def beside(values: np.ndarray) -> np.ndarray:
    """Each value, and the next numbers below and above it."""
    return np.unique(np.concatenate([np.nextafter(values, -np.inf), values, np.nextafter(values, np.inf)]))
