"""Stability: has the population moved since the fit, in its scores and in each feature, and over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credit_scoring.errors import InputError
from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.validation.discrimination import Ladder
from credit_scoring.sectors.validation.grouping import equal_cuts, group_of
from credit_scoring.sectors.validation.inputs import FloatArray, IntArray, Scored, effective_rows
from credit_scoring.sectors.validation.resampling import both_classes, wilson
from credit_scoring.sectors.validation.results import (
    Estimate,
    FeatureStability,
    Rules,
    StabilityBin,
    TrendPoint,
)


def psi(expected: FloatArray, actual: FloatArray, *, expected_rows: int, actual_rows: int) -> FloatArray:
    """Terms of the population stability index, Σ (a − e) · ln(a ÷ e) (Siddiqi 2006, Credit Risk Scorecards, ch. 8).

    A bin that is empty on one side counts there as half a row, so that the index stays finite and says that the bin
    has emptied; a bin empty on both sides adds nothing. Swapping the sides changes nothing.

    Args:
        expected: share of each bin among the rows of the fit, summing to 1.
        actual: share of each bin among the other rows.
        expected_rows: number of rows of the fit.
        actual_rows: number of other rows.

    >>> float(psi(np.array([0.5, 0.5]), np.array([0.5, 0.5]), expected_rows=10, actual_rows=10).sum())
    0.0
    """
    e = np.where(expected > 0, expected, 0.5 / expected_rows)
    a = np.where(actual > 0, actual, 0.5 / actual_rows)
    terms: FloatArray = np.where((expected > 0) | (actual > 0), (a - e) * np.log(a / e), 0.0)
    return terms


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bins:
    """Bins fixed on the rows of the fit."""

    labels: tuple[str, ...]
    expected: FloatArray
    rows: int
    cuts: FloatArray | None = None
    levels: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()

    def codes(self, values: NDArray[np.generic]) -> IntArray:
        """Bin of each value; the last bin is for what is missing."""
        missing = pd.isna(pd.Series(values)).to_numpy()
        if self.cuts is not None:
            found = group_of(np.where(missing, 0.0, values.astype(np.float64)), self.cuts)
        else:
            place = {level: i for i, level in enumerate(self.levels)}
            rare, unseen = len(self.levels), len(self.levels) + 1
            texts = pd.Series(values).astype(str)
            found = texts.map(lambda t: place.get(t, rare if t in self.known else unseen)).to_numpy(np.int64)
        return np.where(missing, len(self.labels) - 1, found)

    def compare(self, name: str, values: NDArray[np.generic], weight: FloatArray) -> FeatureStability:
        """The index of other rows against those of the fit."""
        actual = _shares(self.codes(values), weight, len(self.labels))
        terms = psi(self.expected, actual, expected_rows=self.rows, actual_rows=len(values))
        bins = tuple(
            StabilityBin(label=label, expected=float(e), actual=float(a), index=float(t))
            for label, e, a, t in zip(self.labels, self.expected, actual, terms, strict=True)
            if e or a
        )
        return FeatureStability(name=name, psi=Estimate(value=float(terms.sum())), bins=bins)


def _shares(codes: IntArray, weight: FloatArray, bins: int) -> FloatArray:
    share: FloatArray = np.bincount(codes, weights=weight, minlength=bins) / weight.sum()
    return share


def _fixed(values: NDArray[np.generic], weight: FloatArray, *, bins: int) -> _Bins:
    """Bins of a column: about equal shares of a number, the commonest levels of a text; missing apart."""
    missing = pd.isna(pd.Series(values)).to_numpy()
    present, mass = values[~missing], weight[~missing]
    cuts, levels, known = None, (), frozenset[str]()
    if np.issubdtype(values.dtype, np.number):
        cuts = equal_cuts(present, mass, groups=bins, isolate=True) if len(present) else np.empty(0)
        written = [f"{cut:.10g}" for cut in cuts]
        labels = [f"[{a}, {b})" for a, b in zip(["−∞", *written], [*written, "∞"], strict=True)]
    else:
        share = pd.Series(mass).groupby(pd.Series(present).astype(str).to_numpy(), sort=True).sum()
        known = frozenset(share.index)
        levels = tuple(share.sort_values(ascending=False, kind="stable").index[:bins])
        labels = [*levels, "(rare)", "(unseen)"]
    labels.append("(missing)")
    empty = _Bins(
        labels=tuple(labels), expected=np.empty(0), rows=len(values), cuts=cuts, levels=levels, known=known
    )
    return _Bins(
        labels=empty.labels,
        expected=_shares(empty.codes(values), weight, len(labels)),
        rows=len(values),
        cuts=cuts,
        levels=levels,
        known=known,
    )


def plain_column(frame: pd.DataFrame, name: str) -> NDArray[np.generic]:
    """A column as floats (missing is NaN) or as texts (missing is None); an infinite value is refused."""
    column = frame[name]
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        numbers: FloatArray = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isinf(numbers).any():
            raise InputError(f"feature '{name}' holds an infinite value; it must be missing or a number.")
        return numbers
    texts: NDArray[np.generic] = column.astype(object).where(column.notna(), None).to_numpy(dtype=object)
    return texts


def stability(
    train: Scored, other: Scored, *, names: tuple[str, ...], rules: Rules
) -> tuple[FeatureStability, ...]:
    """The score's index (named `score`, first), then that of each feature, `other` against the rows of the fit.

    Numbers are divided into bins of about equal share of the rows of the fit, a value as heavy as a bin getting its
    own; texts into their commonest levels, the rarer ones together and levels never seen apart. Missing is a bin.
    A feature that one of the two tables lacks carries the reason in place of the index.
    """
    bins = _fixed(train.score.astype(np.float64), train.weights, bins=rules.bins)
    found = [bins.compare("score", other.score.astype(np.float64), other.weights)]
    for name in names:
        lacking = [s.name for s in (train, other) if s.features is None or name not in s.features]
        if train.features is None or other.features is None or lacking:
            reason = Title(
                zh=f"数据集 {'、'.join(lacking)} 没有特征 {name}",
                en=f"feature {name} is not in {' and '.join(lacking)}",
            )
            found.append(FeatureStability(name=name, psi=Estimate(reason=reason)))
            continue
        ours, theirs = plain_column(train.features, name), plain_column(other.features, name)
        if ours.dtype != theirs.dtype:
            reason = Title(
                zh=f"特征 {name} 的类型前后不同",
                en=f"feature {name} is a number in one table and text in the other",
            )
            found.append(FeatureStability(name=name, psi=Estimate(reason=reason)))
            continue
        found.append(_fixed(ours, train.weights, bins=rules.bins).compare(name, theirs, other.weights))
    return tuple(found)


def trend(scored: Scored, *, train: Scored | None, rules: Rules) -> tuple[TrendPoint, ...]:
    """One point per observation date: rate, mean score, AUC where there are enough rows, index against the fit."""
    if scored.observed_on is None:
        return ()
    bins = None if train is None else _fixed(train.score.astype(np.float64), train.weights, bins=rules.bins)
    no_fit = Estimate(reason=Title(zh="没有建模样本可比", en="no rows of a fit to compare with"))
    points = []
    for day in np.unique(scored.observed_on):
        rows = scored.observed_on == day
        bad, score, weight = scored.bad[rows], scored.score[rows], scored.weights[rows]
        rate = wilson(
            float(np.average(bad, weights=weight)), effective_rows(weight), confidence=rules.confidence
        )
        points.append(
            TrendPoint(
                on=str(day),
                rows=len(bad),
                bads=int(bad.sum()),
                bad_rate=rate,
                mean_score=float(np.average(score, weights=weight)),
                auc=auc_if_enough(bad, score, weight, rules=rules),
                psi=bins.compare("score", score.astype(np.float64), weight).psi if bins else no_fit,
            )
        )
    return tuple(points)


def too_few(bad: IntArray, *, rules: Rules) -> Title | None:
    """Why these rows are not compared, or None if they are."""
    bads, goods = int(bad.sum()), int(len(bad) - bad.sum())
    if bads >= rules.bads_at_least and goods >= rules.goods_at_least:
        return both_classes(bad)
    return Title(
        zh=f"样本过少：失信 {bads}（至少 {rules.bads_at_least}），守信 {goods}（至少 {rules.goods_at_least}）",
        en=f"too few rows: {bads} bad (at least {rules.bads_at_least}), {goods} good (at least {rules.goods_at_least})",
    )


def auc_if_enough(bad: IntArray, score: IntArray, weight: FloatArray, *, rules: Rules) -> Estimate:
    """AUC without interval, or the reason why there are too few rows."""
    reason = too_few(bad, rules=rules)
    return Estimate(reason=reason) if reason else Estimate(value=Ladder.of(bad, score).auc(weight))
