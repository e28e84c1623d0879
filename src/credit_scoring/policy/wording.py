"""Rules in words, in Chinese and English, from the same typed policy that is computed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.language import Indicator
from credit_scoring.policy.measures import (
    CalendarYears,
    Curve,
    EventPoints,
    ItemPoints,
    LevelsCurve,
    LinearCurve,
    Measure,
    MonthsSinceDate,
    OwnTermWindow,
    PerUnit,
    PublicScore,
    Ratio,
    RecordMeasure,
    RepairFactors,
    Steps,
    StepsCurve,
    Window,
)
from credit_scoring.policy.numbers import plain_number

_MEASURES = {
    "count": {"zh": "次数", "en": "number of events"},
    "count_months": {"zh": "涉及月数", "en": "months with an event"},
    "longest_run_months": {"zh": "最长连续月数", "en": "longest run of months"},
    "ever": {"zh": "是否发生", "en": "any event"},
    "sum": {"zh": "合计", "en": "sum"},
    "mean": {"zh": "均值", "en": "mean"},
    "weighted_mean": {"zh": "加权均值", "en": "weighted mean"},
    "minimum": {"zh": "最小值", "en": "smallest value"},
    "maximum": {"zh": "最大值", "en": "largest value"},
    "latest": {"zh": "最近值", "en": "latest value"},
    "latest_level": {"zh": "最近等级", "en": "latest level"},
    "months_since": {"zh": "距今月数", "en": "months since"},
}
_STATED = {
    "full": {"zh": "满分", "en": "full marks"},
    "zero": {"zh": "0 分", "en": "0"},
    "unrated": {"zh": "不评级", "en": "unrated"},
    "renormalise": {"zh": "不计入并重新分配权重", "en": "left out, re-weighted"},
}


def rule_in_words(rule: Indicator, catalogue: Mapping[str, Item], lang: str) -> str:
    """How an indicator's points come about, in one sentence.

    Args:
        lang: `zh` or `en`.
    """
    start = _stated(rule.start, lang)
    none = _stated(rule.no_record, lang)
    head = f"无记录 {none}；起始 {start}；" if lang == "zh" else f"no record: {none}; from {start}: "
    return (
        head
        + _measure(rule.measure, catalogue, lang)
        + _curve(rule.curve, _first_item(rule.measure, catalogue), lang)
    )


def _measure(measure: Measure, catalogue: Mapping[str, Item], lang: str) -> str:
    if isinstance(measure, MonthsSinceDate):
        return "成立以来月数" if lang == "zh" else "months since establishment"
    if isinstance(measure, PublicScore):
        part = "" if measure.dimension is None else f" ({measure.dimension})"
        return ("公共信用评价得分" if lang == "zh" else "public credit score") + part
    if isinstance(measure, Ratio):
        return f"{_measure(measure.numerator, catalogue, lang)} ÷ {_measure(measure.denominator, catalogue, lang)}"
    if isinstance(measure, EventPoints):
        parts = [
            f"{_item(code, catalogue, lang)} {_points(points, catalogue.get(code), lang)}"
            for code, points in measure.items.items()
        ]
        return "; ".join(parts) + _shared(measure, lang)
    names = ", ".join(_item(code, catalogue, lang) for code in measure.items)
    return f"{_MEASURES[measure.kind][lang]} ({names})" + _shared(measure, lang)


def _shared(measure: RecordMeasure, lang: str) -> str:
    notes = [_window(measure.window, lang)]
    if isinstance(measure, EventPoints):
        if measure.decay == "linear":
            notes.append("线性衰减" if lang == "zh" else "fading linearly")
        elif isinstance(measure.decay, Steps):
            steps = ", ".join(f"≤{age}: ×{factor}" for age, factor in measure.decay.steps.items())
            notes.append(("按月龄 " if lang == "zh" else "by age in months ") + steps)
        if measure.repeat is not None:
            again = (
                f"{measure.repeat.within.split()[0]} 个月内再次发生 ×"
                if lang == "zh"
                else f"again within {measure.repeat.within} ×"
            )
            notes.append(again + str(measure.repeat.factor))
        if measure.cap is not None:
            notes.append(f"{'累计至多' if lang == 'zh' else 'at most'} {measure.cap}")
        if isinstance(measure.repaired, RepairFactors):
            factors = ", ".join(
                f"{f'≤{f.days_at_most} d ' if f.days_at_most is not None else ''}×{f.factor}"
                for f in measure.repaired.factors
            )
            notes.append(("修复后 " if lang == "zh" else "repaired ") + factors)
    if measure.repaired == "counts":
        notes.append("修复仍计" if lang == "zh" else "repaired ones count")
    if measure.one_event == "month":
        notes.append("同月计一次" if lang == "zh" else "once a month")
    return f" [{'，'.join(notes) if lang == 'zh' else ', '.join(notes)}]"


def _window(window: Window, lang: str) -> str:
    if isinstance(window, CalendarYears):
        ago = f"，止于 {window.offset} 年前" if lang == "zh" else f", ending {window.offset} years ago"
        years = (
            f"{window.calendar_years} 个自然年" if lang == "zh" else f"{window.calendar_years} calendar years"
        )
        return years + (ago if window.offset else "")
    if isinstance(window, OwnTermWindow):
        months = window.own_term.default
        return (
            f"有效期内，默认 {months.split()[0]} 个月" if lang == "zh" else f"own term, by default {months}"
        )
    if window == "all":
        return "不限期" if lang == "zh" else "any time"
    return f"近 {window.split()[0]} 个月" if lang == "zh" else f"last {window}"


def _curve(curve: Curve, item: Item | None, lang: str) -> str:
    if isinstance(curve, StepsCurve):
        bins = ", ".join(
            f"{'' if b.from_ is None else f'≥{plain_number(b.from_)} '}{'' if b.below is None else f'<{plain_number(b.below)} '}→ {plain_number(b.points)}"
            for b in curve.steps
        )
        return f": {bins}"
    if isinstance(curve, LinearCurve):
        line = curve.linear
        origin = (
            ""
            if line.from_ == 0
            else (
                f"，自 {plain_number(line.from_)} 起"
                if lang == "zh"
                else f" beyond {plain_number(line.from_)}"
            )
        )
        return f": {'每' if lang == 'zh' else 'for every '}{plain_number(line.per)} → {plain_number(line.points)}{origin}"
    if isinstance(curve, LevelsCurve):
        return ": " + ", ".join(
            f"{_level(level, item, lang)} → {plain_number(points)}" for level, points in curve.levels.items()
        )
    if curve == "model":
        return "：由模型给分" if lang == "zh" else ": points by the model"
    return ""


def _first_item(measure: Measure, catalogue: Mapping[str, Item]) -> Item | None:
    codes = tuple(getattr(measure, "items", ()))
    return catalogue.get(codes[0]) if codes else None


def _item(code: str, catalogue: Mapping[str, Item], lang: str) -> str:
    return catalogue[code].title.in_language(lang) if code in catalogue else code


def _points(points: ItemPoints, item: Item | None, lang: str) -> str:
    if isinstance(points, PerUnit):
        unit = f" {item.unit}" if item and item.unit else ""
        return f"{'每 ' if lang == 'zh' else 'per '}{plain_number(points.per)}{unit}: {plain_number(points.points)}"
    if isinstance(points, dict):
        return " / ".join(f"{_level(level, item, lang)} {plain_number(n)}" for level, n in points.items())
    return plain_number(points)


def _level(level: str, item: Item | None, lang: str) -> str:
    if item is not None and level in item.levels:
        return item.levels[level].in_language(lang)
    return ("其他" if lang == "zh" else "other") if level == "other" else level


def _stated(stated: str | Decimal, lang: str) -> str:
    return _STATED[stated][lang] if isinstance(stated, str) else plain_number(stated)
