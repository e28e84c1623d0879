"""SHAP values: rows per second of `shap.TreeExplainer` and of the package, on the same models in one run.

Run as `python -m tests.bench.shap_speed`. TreeExplainer is measured on a sample of rows and compared per row; it hands
LightGBM models to LightGBM's own routine, which is held to one thread here as is the package.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass

import lightgbm
import numpy as np

from credit_scoring.learnt.contributions import Checks, Explainer


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Rates in rows per second, differences in log-odds."""

    depth: int
    rows: int
    sample: int
    tree_explainer: float
    """Over the sample."""
    package: float
    """Over all rows, with the raw log-odds and every check; the model is made ready before, as for TreeExplainer."""
    ready_seconds: float
    """To make the model ready for the package, once."""
    method: str
    largest_difference: float
    """Of the package's values from TreeExplainer's, over the sample."""
    largest_gap: float
    """Of base + Σ values from the raw log-odds, over all rows."""

    @property
    def gain(self) -> float:
        """How many times TreeExplainer's rate the package's is."""
        return self.package / self.tree_explainer


def model_and_rows(
    *, depth: int, rows: int, trees: int, leaves: int = 31
) -> tuple[lightgbm.Booster, np.ndarray]:
    """A booster of such trees and rows of 30 features, a tenth of them missing."""
    draw = np.random.default_rng(7)
    values = draw.normal(size=(rows, 30))
    values[draw.random(values.shape) < 0.1] = np.nan
    known = np.nan_to_num(values)
    risk = (
        known[:, 0] + known[:, 1] * known[:, 2] + np.sin(2 * known[:, 3]) + 0.3 * known[:, 4:12].sum(axis=1)
    )
    bad = (risk + draw.logistic(size=rows) > 1).astype(float)
    learnt = min(rows, 50_000)
    settings = {
        "objective": "binary",
        "num_leaves": leaves,
        "max_depth": depth,
        "learning_rate": 0.05,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 1,
        "deterministic": True,
        "force_row_wise": True,
    }
    booster = lightgbm.train(settings, lightgbm.Dataset(values[:learnt], bad[:learnt]), trees)
    return booster, values


def shap_speed(*, depth: int, rows: int = 200_000, trees: int = 200, sample: int = 2_000) -> Speed:
    """Measure one model."""
    import shap

    booster, values = model_and_rows(depth=depth, rows=rows, trees=trees)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = shap.TreeExplainer(booster)
        start = time.perf_counter()
        expected = reference.shap_values(values[:sample])
        tree_explainer = sample / (time.perf_counter() - start)
    start = time.perf_counter()
    explainer = Explainer.of(booster)
    ready = time.perf_counter() - start
    start = time.perf_counter()
    found = explainer.shap_values(values, checks=Checks())
    package = rows / (time.perf_counter() - start)
    return Speed(
        depth=depth,
        rows=rows,
        sample=sample,
        tree_explainer=tree_explainer,
        package=package,
        ready_seconds=ready,
        method=found.method,
        largest_difference=float(np.abs(found.values[:sample] - expected).max()),
        largest_gap=found.largest_gap,
    )


if __name__ == "__main__":
    for measured in (shap_speed(depth=depth) for depth in (4, 6)):
        print(measured, f"gain {measured.gain:.1f}")
