"""Bins of one feature by optimal binning, with the weight of evidence of each.

Weight of evidence is ln(share of good ÷ share of bad) of a bin and the information value the sum of
(share of good - share of bad) · WoE (Siddiqi, Credit Risk Scorecards, 2006, ch. 6). Bins are chosen by optbinning
(Navas-Palencia, Optimal binning: mathematical programming formulation, 2020) along the polarity; what it leaves
unsaid (an impossible trend, missing values, levels never seen) is decided and reported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from credit_scoring.errors import TrainingError
from credit_scoring.learnt.features import Feature, monotone_sign
from credit_scoring.learnt.frames import Column, NumberColumn, TextColumn
from credit_scoring.learnt.lookup import positions_of
from credit_scoring.learnt.points_table import Bins, LevelBins, NumericBins
from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.cuts import (
    BinningRules,
    adjusted_woe,
    levels_by_risk,
    optimal_cuts,
    pooled,
    shortest_cuts,
)
from credit_scoring.sectors.training_rows import Exclusion

Floats: TypeAlias = npt.NDArray[np.float64]
Labels: TypeAlias = npt.NDArray[np.int64]
GroupKind: TypeAlias = Literal["range", "levels", "special", "missing", "other"]

_STEP = 1e-6
"""Values are kept to the millionth, so a special value is alone between itself and the next millionth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows whose values count the same."""

    kind: GroupKind
    label: str
    rows: int
    bads: int
    weight: float
    bad_weight: float
    woe: float
    """Weight of evidence; above 0 is less risk than average. 0, the average, if not `learnt`."""
    information: float
    """Its part of the information value."""
    learnt: bool
    """Whether the WoE is that of its rows; if not, they are too few or of one class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureBinning:
    """The bins of a feature."""

    feature: Feature
    bins: Bins
    """Boundaries; their points are still 0."""
    group_of: tuple[int, ...]
    """Group of each position of `lookup.positions_of(bins, ...)`."""
    groups: tuple[Group, ...]
    remarks: tuple[Title, ...] = ()

    @property
    def information(self) -> float:
        """The information value."""
        return sum(group.information for group in self.groups)

    def woe_of(self, column: Column) -> Floats:
        """WoE of n values."""
        return self.woe_by_position()[positions_of(self.bins, column)]

    def woe_by_position(self) -> Floats:
        """WoE at each position of `positions_of`: bins, missing, and (texts) other levels."""
        return np.asarray([self.groups[group].woe for group in self.group_of], np.float64)


def bin_feature(
    column: Column,
    feature: Feature,
    *,
    bad: Labels,
    weights: Floats,
    rules: BinningRules,
    special: Sequence[float | str] = (),
    cuts: Sequence[float] | None = None,
) -> FeatureBinning | Exclusion:
    """Bins of one feature, or why it has none.

    Args:
        column: n values, some of them present.
        feature: its polarity sets the trend: the rate of bad rises along `worse` and falls along `better`.
        bad: n labels, 1 is bad; both occur.
        weights: n weights above 0.
        special: values that are codes, not amounts: each a bin of its own, without polarity.
        cuts: the only cuts allowed, rising; neighbours that contradict the polarity or lack a class are merged.

    Raises:
        TrainingError: special values or cuts that do not fit the column, or a binning the solver gave up.
    """
    if isinstance(column, TextColumn):
        if cuts is not None:
            raise TrainingError(f"cuts are given for '{column.name}', which is a text. Remove them.")
        return _bin_text(column, feature, bad=bad, weights=weights, rules=rules, special=special)
    return _bin_number(column, feature, bad=bad, weights=weights, rules=rules, special=special, given=cuts)


def _bin_number(
    column: NumberColumn,
    feature: Feature,
    *,
    bad: Labels,
    weights: Floats,
    rules: BinningRules,
    special: Sequence[float | str],
    given: Sequence[float] | None,
) -> FeatureBinning | Exclusion:
    codes = sorted({_number(value, column.name) for value in special})
    plain = ~column.missing() & ~np.isin(column.values, codes)
    values, labels, weigh = column.values[plain], bad[plain], weights[plain]
    sign = monotone_sign(feature.polarity)
    trend = {1: "ascending", -1: "descending", 0: "auto"}[sign]
    remarks: list[Title] = []

    def solved(direction: str) -> tuple[float, ...]:
        return optimal_cuts(
            values,
            labels,
            weigh,
            trend=direction,
            name=column.name,
            given=given,
            least=rules.least(weights),
            rules=rules,
        )

    cuts = solved(trend)
    if sign and not cuts and solved({1: "descending", -1: "ascending"}[sign]):
        return _impossible(feature)
    if given is None:
        cuts, lost = shortest_cuts(np.unique(values), cuts)
        if lost:
            remarks.append(
                Title(
                    zh=f"{lost} 个分箱边界小于百万分之一，已合并",
                    en=f"{lost} cuts finer than a millionth were merged",
                )
            )
    elif len(cuts) < len(given):
        dropped = sorted(set(given) - set(cuts))
        remarks.append(
            Title(
                zh=f"给定的分箱边界 {_list(dropped)} 与方向不符或缺少一类样本，已合并",
                en=f"given cuts {_list(dropped)} contradict the polarity, lack a class or tell nothing: merged",
            )
        )
    cuts = pooled(values, labels, weigh, cuts=cuts, sign=sign)
    bins, group_of, names = _with_codes(values, cuts, codes)
    return _measured(
        column,
        feature,
        bins=bins,
        group_of=group_of,
        names=names,
        bad=bad,
        weights=weights,
        rules=rules,
        remarks=remarks,
    )


def _with_codes(
    values: Floats, cuts: tuple[float, ...], codes: list[float]
) -> tuple[NumericBins, tuple[int, ...], list[tuple[GroupKind, str]]]:
    """Boundaries that set each code apart from the values around it, and the group of each bin."""
    ends = {code: _end_of(code, values) for code in codes}
    every = sorted({*cuts, *codes, *ends.values()})
    group_of = [0]
    for low in every:
        if low in ends:
            group_of.append(len(cuts) + 1 + codes.index(low))
        else:
            group_of.append(int(np.searchsorted(cuts, low, side="right")))
    names: list[tuple[GroupKind, str]] = [("range", label) for label in _ranges(cuts)]
    names += [("special", f"{code:g}") for code in codes]
    names.append(("missing", ""))
    bins = NumericBins(cuts=tuple(every), points=(0,) * (len(every) + 1), missing=0)
    return bins, (*group_of, len(names) - 1), names


def _end_of(code: float, values: Floats) -> float:
    end = round(code + _STEP, 6)
    if end <= code or ((values > code) & (values < end)).any():
        return float(np.nextafter(code, np.inf))
    return end


def _bin_text(
    column: TextColumn,
    feature: Feature,
    *,
    bad: Labels,
    weights: Floats,
    rules: BinningRules,
    special: Sequence[float | str],
) -> FeatureBinning | Exclusion:
    alone = [_level(value, column.name) for value in special]
    by_risk, rare = levels_by_risk(column, bad, weights, min_weight=rules.least(weights), apart=alone)
    rank = np.full(len(column.levels) + 1, -1, np.int64)
    for place, level in enumerate(by_risk):
        rank[column.levels.index(level)] = place
    ranks = rank[column.codes]
    plain = ranks >= 0
    cuts: tuple[float, ...] = ()
    if len(by_risk) > 1:
        cuts = optimal_cuts(
            ranks[plain].astype(np.float64),
            bad[plain],
            weights[plain],
            trend="ascending",
            name=column.name,
            given=None,
            least=rules.least(weights),
            rules=rules,
        )
    place_of = np.searchsorted(np.asarray(cuts), np.arange(len(by_risk)), side="right")
    groups = [tuple(by_risk[i] for i in np.flatnonzero(place_of == g)) for g in range(len(cuts) + 1)]
    groups = [tuple(sorted(group)) for group in groups if group] + [(level,) for level in alone]
    names: list[tuple[GroupKind, str]] = [
        ("special" if i >= len(groups) - len(alone) else "levels", ", ".join(group))
        for i, group in enumerate(groups)
    ]
    names += [("missing", ""), ("other", ", ".join(rare))]
    bins = LevelBins(groups=tuple(groups), points=(0,) * len(groups), missing=0, other=0)
    return _measured(
        column,
        feature,
        bins=bins,
        group_of=tuple(range(len(names))),
        names=names,
        bad=bad,
        weights=weights,
        rules=rules,
        remarks=[],
    )


def _measured(
    column: Column,
    feature: Feature,
    *,
    bins: Bins,
    group_of: tuple[int, ...],
    names: list[tuple[GroupKind, str]],
    bad: Labels,
    weights: Floats,
    rules: BinningRules,
    remarks: list[Title],
) -> FeatureBinning | Exclusion:
    place = np.asarray(group_of)[positions_of(bins, column)]
    count = len(names)
    rows = np.bincount(place, minlength=count)
    bads = np.bincount(place[bad == 1], minlength=count)
    weight = np.bincount(place, weights=weights, minlength=count)
    bad_weight = np.bincount(place, weights=weights * bad, minlength=count)
    all_bad = float(bad_weight.sum())
    all_good = float(weight.sum()) - all_bad
    groups = []
    for i, (kind, label) in enumerate(names):
        both, inner = 0 < bads[i] < rows[i], kind in ("range", "levels") and rows[i] > 0
        learnt = bool(inner or (both and weight[i] >= min(rules.rows_apart, rules.least(weights))))
        good_share, bad_share = (weight[i] - bad_weight[i]) / all_good, bad_weight[i] / all_bad
        if both:
            woe = float(np.log(good_share / bad_share)) if learnt else 0.0
        else:
            woe = _woe_of_one_class(weight[i], bad_weight[i], all_good, all_bad) if learnt else 0.0
        groups.append(
            Group(
                kind=kind,
                label=label,
                rows=int(rows[i]),
                bads=int(bads[i]),
                weight=float(weight[i]),
                bad_weight=float(bad_weight[i]),
                woe=woe,
                information=float((good_share - bad_share) * woe),
                learnt=learnt,
            )
        )
        if inner and not both:
            remarks.append(_one_class(label, int(rows[i])))
        if rows[i] and not learnt:
            remarks.append(_neutral(kind, label, int(rows[i])))
    if len({group.woe for group in groups if group.rows}) < 2:
        return Exclusion(
            feature=feature.name,
            code="one_bin",
            reason=Title(
                zh="各取值的失信率没有可分辨的差异", en="no split of its values tells good from bad: one bin"
            ),
        )
    return FeatureBinning(
        feature=feature, bins=bins, group_of=group_of, groups=tuple(groups), remarks=tuple(remarks)
    )


def _woe_of_one_class(weight: float, bad_weight: float, all_good: float, all_bad: float) -> float:
    good, bads = np.asarray([weight - bad_weight]), np.asarray([bad_weight])
    return float(adjusted_woe(good, bads, all_good=all_good, all_bad=all_bad)[0])


def _one_class(label: str, rows: int) -> Title:
    return Title(
        zh=f"{label}：{rows} 行全为同一类，WoE 按各加半行计；请检查该特征是否已知结果",
        en=f"{label}: {rows} rows are all of one class; WoE with half a row added to each. Check that the feature does "
        "not know the outcome",
    )


def _impossible(feature: Feature) -> Exclusion:
    other = "better" if feature.polarity == "worse" else "worse"
    said = {"worse": "越大越差", "better": "越大越好"}
    return Exclusion(
        feature=feature.name,
        code="impossible_trend",
        reason=Title(
            zh=f"声明为“{said[feature.polarity]}”，而数据显示“{said[other]}”：该方向上无法分箱",
            en=f"declared '{feature.polarity}', and the data say '{other}': no bins follow the declared direction",
        ),
    )


def _neutral(kind: GroupKind, label: str, rows: int) -> Title:
    zh = {"missing": "缺失值", "special": f"特殊值 {label}", "other": "罕见类别"}.get(kind, label)
    en = {"missing": "missing values", "special": f"special value {label}", "other": "rare levels"}.get(
        kind, label
    )
    return Title(
        zh=f"{zh}：{rows} 行，样本太少或只有一类，按平均风险计（WoE 0）",
        en=f"{en}: {rows} rows are too few or of one class; they count as average risk (WoE 0)",
    )


def _number(value: float | str, name: str) -> float:
    if isinstance(value, str) or not np.isfinite(value):
        raise TrainingError(f"special value {value!r} of '{name}' is not a finite number.")
    return float(value)


def _level(value: float | str, name: str) -> str:
    if not isinstance(value, str):
        raise TrainingError(f"special value {value!r} of '{name}' is not a text, and the column holds texts.")
    return value


def _ranges(cuts: tuple[float, ...]) -> list[str]:
    ends = ["-∞", *(f"{cut:.10g}" for cut in cuts), "∞"]
    return [f"[{low}, {high})" for low, high in pairwise(ends)]


def _list(numbers: Sequence[float]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)
