"""Segments: is the evaluation as good, as well calibrated and as severe for one kind of subject as for another."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.validation.discrimination import Ladder
from credit_scoring.sectors.validation.inputs import FloatArray, GradeCuts, Scored, effective_rows
from credit_scoring.sectors.validation.resampling import bootstrap, wilson, with_interval
from credit_scoring.sectors.validation.results import Estimate, Gap, Rules, SegmentKind, SegmentValue
from credit_scoring.sectors.validation.stability import too_few


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one value of a segment kind."""

    value: str | None
    rows: NDArray[np.intp]
    ladder: Ladder
    reason: Title | None

    def drawn(
        self, scored: Scored, worst: NDArray[np.bool_], weight: FloatArray
    ) -> tuple[float, float, float]:
        """AUC, share of the worst grade and calibration gap under a draw's weights."""
        own = weight[self.rows]
        total = own.sum()
        if not total:
            return float("nan"), float("nan"), float("nan")
        gap = np.dot(own, scored.probability[self.rows] - scored.bad[self.rows]) / total
        return self.ladder.auc(own), float(np.dot(own, worst[self.rows]) / total), float(gap)


def segment(
    scored: Scored, *, grades: GradeCuts, rules: Rules, draws: int, seed: int
) -> tuple[SegmentKind, ...]:
    """Every kind of segment of one split.

    Values with fewer than `rules.bads_at_least` bad or `rules.goods_at_least` good rows are listed with their size
    and not compared. Intervals of the AUC, of the calibration gap and of differences come from the bootstrap, those
    of rates from Wilson. The difference of a kind is that between its two extreme values as found; its interval
    keeps these two, so it does not widen with the number of values.
    """
    if scored.segments is None or not len(scored.segments.columns):
        return ()
    place = grades.index(scored.score)
    worst = place == len(grades.cuts)
    kinds = [(str(name), _parts(scored, scored.segments[name], rules)) for name in scored.segments.columns]
    enough = [[part for part in parts if part.reason is None] for _, parts in kinds]

    def all_drawn(weight: FloatArray) -> FloatArray:
        return np.array([part.drawn(scored, worst, weight) for parts in enough for part in parts]).ravel()

    drawn = bootstrap(scored, all_drawn, draws=draws, seed=seed).reshape(draws, sum(map(len, enough)), 3)
    found, start = [], 0
    for (name, parts), chosen in zip(kinds, enough, strict=True):
        own = drawn[:, start : start + len(chosen)]
        start += len(chosen)
        found.append(_kind(scored, name, parts, chosen, own, place=place, grades=grades, rules=rules))
    return tuple(found)


def _parts(scored: Scored, column: pd.Series, rules: Rules) -> list[_Part]:
    texts = column.astype(object).where(column.notna(), None)
    codes, values = pd.factorize(texts, sort=False, use_na_sentinel=True)
    groups: list[tuple[str | None, NDArray[np.intp]]] = [
        (str(values[i]), np.flatnonzero(codes == i)) for i in range(len(values))
    ]
    groups.sort(key=_order([value for value, _ in groups]))
    if (codes < 0).any():
        groups.append((None, np.flatnonzero(codes < 0)))
    return [
        _Part(
            value,
            rows,
            Ladder.of(scored.bad[rows], scored.score[rows]),
            too_few(scored.bad[rows], rules=rules),
        )
        for value, rows in groups
    ]


_BAND = re.compile(r"(\d+)(?:-\d+|\+)")


def _order(values: list[str | None]) -> Callable[[tuple[str | None, NDArray[np.intp]]], tuple[int, str]]:
    """Bands (`0-2`, `3-9`, `10+`) stand in the order of their numbers, other values in that of the alphabet."""
    found = {value: _BAND.fullmatch(value or "") for value in values}
    # Codes such as 33 and 3301 are hierarchies: only where every value is a band are they numbers.
    lowest = {value: int(band[1]) for value, band in found.items() if band}
    banded = len(lowest) == len(found)
    return lambda group: (lowest[group[0]] if banded else 0, group[0] or "")


def _kind(
    scored: Scored,
    name: str,
    parts: list[_Part],
    chosen: list[_Part],
    drawn: FloatArray,
    *,
    place: NDArray[np.intp],
    grades: GradeCuts,
    rules: Rules,
) -> SegmentKind:
    worst = place == len(grades.cuts)
    now = np.array([part.drawn(scored, worst, scored.weights) for part in chosen]).reshape(-1, 3)
    estimates = [
        tuple(with_interval(now[i, m], drawn[:, i, m], confidence=rules.confidence) for m in (0, 2))
        for i in range(len(chosen))
    ]
    values, number = [], 0
    for part in parts:
        if part.reason is None:
            auc, gap = estimates[number]
            number += 1
        else:
            auc = gap = Estimate(reason=part.reason)
        values.append(_value(scored, part, auc, gap, place=place, grades=grades, rules=rules))
    names = [part.value for part in chosen]
    return SegmentKind(
        kind=name,
        values=tuple(values),
        auc_gap=_gap(names, now[:, 0], drawn[:, :, 0], rules),
        worst_grade_gap=_gap(names, now[:, 1], drawn[:, :, 1], rules),
        worst_grade_ratio=_ratio(now[:, 1], drawn[:, :, 1], rules),
        calibration_gap=_gap(names, now[:, 2], drawn[:, :, 2], rules),
    )


def _value(
    scored: Scored,
    part: _Part,
    auc: Estimate,
    gap: Estimate,
    *,
    place: NDArray[np.intp],
    grades: GradeCuts,
    rules: Rules,
) -> SegmentValue:
    weight, bad, own = scored.weights[part.rows], scored.bad[part.rows], place[part.rows]
    size = effective_rows(weight)
    shares = np.bincount(own, weights=weight, minlength=len(grades.grades)) / weight.sum()
    return SegmentValue(
        value=part.value,
        rows=len(bad),
        bads=int(bad.sum()),
        enough=part.reason is None,
        bad_rate=wilson(float(np.average(bad, weights=weight)), size, confidence=rules.confidence),
        mean_score=float(np.average(scored.score[part.rows], weights=weight)),
        auc=auc,
        calibration_gap=gap,
        worst_grade=wilson(
            float(np.average(own == len(grades.cuts), weights=weight)), size, confidence=rules.confidence
        ),
        grades=tuple(float(share) for share in shares),
    )


_ALONE = Title(
    zh="样本足够的取值不足两个，无从比较", en="fewer than two values have enough rows to be compared"
)


def _gap(names: list[str | None], now: FloatArray, drawn: FloatArray, rules: Rules) -> Gap:
    if len(names) < 2:
        return Gap(difference=Estimate(reason=_ALONE))
    high, low = int(np.argmax(now)), int(np.argmin(now))
    if high == low:
        return Gap(difference=Estimate(value=0.0), equal=True)
    difference = with_interval(
        float(now[high] - now[low]), drawn[:, high] - drawn[:, low], confidence=rules.confidence
    )
    return Gap(difference=difference, largest=names[high], smallest=names[low])


def _ratio(now: FloatArray, drawn: FloatArray, rules: Rules) -> Estimate:
    if len(now) < 2:
        return Estimate(reason=_ALONE)
    high, low = int(np.argmax(now)), int(np.argmin(now))
    if not now[high]:
        return Estimate(reason=Title(zh="各取值均无人落入最差等级", en="nobody gets the worst grade"))
    if high == low:
        return Estimate(value=1.0)
    ratios = np.divide(
        drawn[:, low], drawn[:, high], out=np.full(len(drawn), np.nan), where=drawn[:, high] > 0
    )
    return with_interval(float(now[low] / now[high]), ratios, confidence=rules.confidence)
