"""Conditions and the effects of overrides in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from credit_scoring.policy.conditions import (
    AllOf,
    AnyOf,
    Bounds,
    Condition,
    DimensionCondition,
    IndicatorCondition,
    MeasureCondition,
    Not,
    RecordCondition,
    ScoreCondition,
    SubjectCondition,
)
from credit_scoring.policy.language import Effect, Scorecard
from credit_scoring.policy.measures import EventPoints
from credit_scoring.releases.paperwork.measuring_words import Measuring
from credit_scoring.releases.paperwork.voice import Voice, signed

_FIELDS = {
    "region_code": ("所在地区代码", "the region code"),
    "industry_code": ("行业代码", "the industry code"),
    "established_on": ("成立或者出生日期", "the date of establishment or birth"),
    "public_grade": ("公共信用评价等级", "the public grade"),
}
_BOUNDS = {
    "at_least": ("不低于", "at least"),
    "at_most": ("不高于", "at most"),
    "above": ("高于", "above"),
    "below": ("低于", "below"),
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions of one scorecard in one language."""

    measuring: Measuring
    card: Scorecard
    base: Scorecard | None
    """The public scorecard it extends."""

    @property
    def voice(self) -> Voice:
        """The language."""
        return self.measuring.voice

    def words(self, condition: Condition) -> str:
        """When a condition holds."""
        say = self.voice.say
        if isinstance(condition, AllOf):
            return say("，并且", ", and ").join(self._within(part) for part in condition.all)
        if isinstance(condition, AnyOf):
            return say("；或者", "; or ").join(self._within(part) for part in condition.any)
        if isinstance(condition, Not):
            inner = self.words(condition.not_)
            return say(f"不属于下列情形：（{inner}）", f"it is not so that ({inner})")
        return self._simple(condition)

    def _within(self, part: Condition) -> str:
        words = self.words(part)
        if not isinstance(part, AllOf | AnyOf):
            return words
        return self.voice.say(f"（{words}）", f"({words})")

    def _simple(self, condition: Condition) -> str:
        say = self.voice.say
        if isinstance(condition, RecordCondition):
            return self._records(condition)
        if isinstance(condition, MeasureCondition):
            measure = condition.measure
            values: tuple[str, ...] = ()
            if isinstance(measure, EventPoints):
                values = tuple(
                    self.measuring.event(code, points, relative=False)
                    for code, points in measure.items.items()
                )
            aside = self.measuring.aside((*values, *self.measuring.notes(measure)))
            unit = self.measuring.unit_of(measure)
            return f"{self.measuring.subject_of(measure)}{aside}{self._bounds(condition, unit)}"
        if isinstance(condition, IndicatorCondition):
            title = next(p.rule.title for p in self.card.places() if p.indicator == condition.indicator)
            named = self.voice.quoted(title)
            return say(f"{named}得分", f"points for {named}") + self._bounds(condition, say("分", ""))
        if isinstance(condition, DimensionCondition):
            named = self.voice.quoted(self.card.dimensions[condition.dimension].title)
            return say(f"{named}得分", f"points for {named}") + self._bounds(condition, say("分", ""))
        if isinstance(condition, ScoreCondition):
            return say("直接判定前的总分", "the score before overrides") + self._bounds(
                condition.score, say("分", "")
            )
        if isinstance(condition, SubjectCondition):
            return self._subject(condition)
        raise TypeError(f"no words for a {type(condition).__name__}")

    def _records(self, condition: RecordCondition) -> str:
        say = self.voice.say
        items = self.measuring.items(condition.items, condition.levels)
        least = condition.at_least
        if condition.window == "all":
            text = (
                say(f"评价日有仍然有效的记录：{items}", f"a record stands on the date: {items}")
                if least == 1
                else say(f"评价日有至少{least}条仍然有效的记录：{items}", f"at least {least} records stand on the date: {items}")
            )  # fmt: skip
            notes = self.measuring.time(condition)[1:]
        else:
            number = (
                say("", "there is a record")
                if least == 1
                else say(f"至少{least}条", f"at least {least} records")
            )
            text = say(f"有{number}下列记录：{items}", f"{number}: {items}")
            notes = self.measuring.time(condition)
        return text + self.measuring.aside(notes)

    def _bounds(self, bounds: Bounds, unit: str) -> str:
        gap = "" if self.voice.lang == "zh" or unit in ("", "%") else " "
        parts = []
        for name in ("at_least", "above", "at_most", "below"):
            value: Decimal | None = getattr(bounds, name)
            if value is not None:
                word = self.voice.say(_BOUNDS[name][0], f" {_BOUNDS[name][1]} ")
                parts.append(f"{word}{signed(value)}{gap}{unit}")
        return self.voice.say("、", " and").join(parts)

    def _subject(self, condition: SubjectCondition) -> str:
        say = self.voice.say
        if condition.subject == "closed":
            return say("主体在评价日已经注销或撤销", "the subject is closed on the date")
        field = say(*_FIELDS[condition.subject])
        if condition.missing:
            return say(f"没有登记{field}", f"{field} is not on file")
        values = condition.one_of or condition.starts_with
        if condition.subject == "public_grade" and self.base is not None:
            grades = self.base.grades
            values = tuple(self.voice.of(grades[v].title) if v in grades else v for v in values)
        named = self.voice.listed(values)
        if condition.starts_with:
            return say(f"{field}以{named}开头", f"{field} begins with {named}")
        return say(f"{field}为{named}", f"{field} is {named}")

    def effect(self, effect: Effect) -> str:
        """What an override does."""
        say = self.voice.say
        kind = effect.kind
        if kind == "unrated":
            return say("不评级", "no grade is given")
        if kind == "grades_down":
            return say(f"等级下调{effect.grades_down}级", f"{effect.grades_down} grade(s) down")
        value = getattr(effect, kind)
        if kind.startswith("grade"):
            named = self.voice.quoted(self.card.grades[value].title)
            return {
                "grade": say(f"等级直接定为{named}", f"the grade is {named}"),
                "grade_at_most": say(f"等级不高于{named}", f"the grade is at most {named}"),
                "grade_at_least": say(f"等级不低于{named}", f"the grade is at least {named}"),
            }[kind]
        number = self.voice.points(value)
        return {
            "score": say(f"得分直接定为{number}", f"the score is {number}"),
            "score_at_most": say(f"得分不高于{number}", f"the score is at most {number}"),
            "score_at_least": say(f"得分不低于{number}", f"the score is at least {number}"),
        }[kind]
