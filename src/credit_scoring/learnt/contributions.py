"""SHAP values of a boosted model for many rows, checked against the reference before anyone sees them.

The values are those of TreeSHAP with the training rows' paths as background (Lundberg et al. 2020, "From local
explanations to global understanding with explainable AI for trees"), in log-odds of the bad outcome. `shap.TreeExplainer`
and LightGBM's `pred_contrib`, which give the same numbers, walk every row through every tree; woodelf reads them from
tables. Where it cannot read a model, or its values are not those of `pred_contrib`, `pred_contrib` is used and the
reason kept. Both are in double precision and give a row the same values whatever rows stand around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from credit_scoring.errors import InputError
from credit_scoring.learnt.tree_shap import TreeShap, UnreadableModelError
from credit_scoring.learnt.trees import Floats, Integers, TreeModel, read_model

if TYPE_CHECKING:
    import lightgbm

Progress: TypeAlias = Callable[[int, int], None]
"""Called with rows done and rows in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """How woodelf's values are held against LightGBM's own before they are used."""

    rows: int = 500
    """Rows compared value by value, spread over the table; rows with missing values come first."""
    tolerance: float = 1e-5
    """Largest difference of one value, in log-odds."""
    additivity: float = 1e-5
    """Largest difference, over all rows, between base + Σ values and the model's raw log-odds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """SHAP values in log-odds of the bad outcome, with how they were come by."""

    values: Floats
    """n rows by k features."""
    base: float
    """Expected raw log-odds over the training rows."""
    raw: Floats
    """The model's raw log-odds of each row; base + Σ values, to rounding."""
    method: Literal["woodelf", "pred_contrib"]
    reason: str
    """Why LightGBM's own slower values were used; empty if woodelf's were."""
    checked_rows: int
    largest_difference: float
    """Between the two methods over the checked rows; NaN where woodelf could not read the model."""
    largest_gap: float
    """Of base + Σ values to raw, over all rows."""


@dataclass(frozen=True, kw_only=True)
class Explainer:
    """A model made ready to explain rows; worth keeping, as making ready takes about a second."""

    booster: lightgbm.Booster
    model: TreeModel
    fast: TreeShap | None
    """None where woodelf cannot read the model."""
    reason: str
    """Why not."""
    num_threads: int
    """Threads of LightGBM's predictions."""

    @classmethod
    def of(cls, booster: lightgbm.Booster, *, num_threads: int = 1) -> Explainer:
        """Make a LightGBM model of one binary outcome ready.

        Raises:
            InputError: the model is of another kind.
        """
        model = read_model(booster.model_to_string(num_iteration=-1))
        try:
            fast, reason = TreeShap.of(booster, model), ""
        except UnreadableModelError as error:
            fast, reason = None, str(error)
        return cls(booster=booster, model=model, fast=fast, reason=reason, num_threads=num_threads)

    def shap_values(
        self,
        values: Floats,
        *,
        checks: Checks | None = None,
        block_rows: int = 131_072,
        progress: Progress | None = None,
    ) -> Contributions:
        """SHAP values of every row, by woodelf if it agrees with LightGBM's own, else by that.

        Args:
            values: n rows by k features, in the order of the model; NaN is missing, categories are their codes.
            checks: how many rows are compared and what difference is borne.
            block_rows: rows worked on at a time; memory beyond the result grows with it, not with n.
            progress: told of rows done.

        Returns:
            The values, the base, the raw log-odds and what the check found.

        Raises:
            InputError: the table has not the model's features, or holds infinite values.
        """
        checks = checks or Checks()
        _check_table(values, self.model)
        raw = self.raw(values)
        sample = sample_rows(values, checks.rows)
        difference, reason = float("nan"), self.reason
        if self.fast is not None:
            found = _in_blocks(self.fast.contributions, values, block_rows, progress)
            gap = _largest(found.sum(axis=1) + self.model.expected - raw)
            difference = _largest(found[sample] - self._reference(values[sample]))
            reason = _objection(checks, difference=difference, gap=gap)
        if reason:
            found = _in_blocks(self._reference, values, block_rows, progress)
            gap = _largest(found.sum(axis=1) + self.model.expected - raw)
        return Contributions(
            values=found,
            base=self.model.expected,
            raw=raw,
            method="pred_contrib" if reason else "woodelf",
            reason=reason,
            checked_rows=len(sample) if self.fast is not None else 0,
            largest_difference=difference,
            largest_gap=gap,
        )

    def raw(self, values: Floats) -> Floats:
        """The model's raw log-odds of n rows."""
        if not len(values):
            return np.zeros(0)
        predicted = self.booster.predict(values, raw_score=True, num_threads=self.num_threads)
        return np.asarray(predicted, dtype=np.float64)

    def _reference(self, values: Floats) -> Floats:
        if not len(values):
            return np.zeros(values.shape)
        predicted = self.booster.predict(values, pred_contrib=True, num_threads=self.num_threads)
        return np.asarray(predicted, dtype=np.float64)[:, :-1]


def shap_values(
    booster: lightgbm.Booster,
    values: Floats,
    *,
    checks: Checks | None = None,
    num_threads: int = 1,
    progress: Progress | None = None,
) -> Contributions:
    """SHAP values of every row of a table; see `Explainer.shap_values`."""
    return Explainer.of(booster, num_threads=num_threads).shap_values(
        values, checks=checks, progress=progress
    )


def sample_rows(values: Floats, rows: int) -> Integers:
    """At most `rows` row numbers: first half those with missing values, the rest spread evenly over the table."""
    incomplete = np.flatnonzero(np.isnan(values).any(axis=1))
    spread = np.linspace(0, len(values) - 1, min(rows, len(values))).astype(np.int64)
    return np.unique(np.concatenate([_spaced(incomplete, rows // 2), _spaced(spread, rows - rows // 2)]))


def _spaced(numbers: Integers, most: int) -> Integers:
    if len(numbers) <= most:
        return numbers
    return numbers[np.linspace(0, len(numbers) - 1, most).astype(np.int64)]


def _check_table(values: Floats, model: TreeModel) -> None:
    if values.ndim != 2 or values.shape[1] != len(model.features):
        raise InputError(f"the model has {len(model.features)} features; the table has shape {values.shape}.")
    if np.isinf(values).any():
        raise InputError("the table holds infinite values. Make them missing or set a limit before scoring.")


def _objection(checks: Checks, *, difference: float, gap: float) -> str:
    # Written so that NaN, too, is an objection.
    if not difference <= checks.tolerance:
        return f"woodelf's values differ from LightGBM's by {difference:.2g} log-odds"
    if not gap <= checks.additivity:
        return f"base and woodelf's values miss the model's log-odds by {gap:.2g}"
    return ""


def _largest(differences: Floats) -> float:
    return float(np.abs(differences).max()) if differences.size else 0.0


def _in_blocks(
    explain: Callable[[Floats], Floats], values: Floats, block_rows: int, progress: Progress | None
) -> Floats:
    found = np.empty(values.shape, dtype=np.float64)
    for start in range(0, len(values), block_rows):
        stop = min(start + block_rows, len(values))
        found[start:stop] = explain(values[start:stop])
        if progress:
            progress(stop, len(values))
    return found
