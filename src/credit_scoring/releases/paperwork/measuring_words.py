"""What is measured, in the words of someone who has not read the policy language.

`policy.wording` has the short form that fits a terminal's table; a notice has to say everything that changes points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from credit_scoring.policy.catalogue import Item, Title
from credit_scoring.policy.measures import (
    CalendarYears,
    Count,
    EventPoints,
    ItemPoints,
    Measure,
    MonthsSinceDate,
    OfValues,
    OwnTermWindow,
    PerUnit,
    PublicScore,
    Ratio,
    RecordMeasure,
    RepairFactors,
    SelectedMeasure,
    Steps,
    Window,
)
from credit_scoring.policy.numbers import plain_number
from credit_scoring.releases.paperwork.voice import Voice, signed

_KINDS = {
    "count": ("{items}的次数", "number of events: {items}"),
    "count_months": ("有{items}的月数", "number of months with {items}"),
    "longest_run_months": ("{items}最长连续月数", "longest run of months with {items}"),
    "ever": ("是否有{items}（有为1，无为0）", "whether there is any {items} (1 if so, else 0)"),
    "sum": ("{items}的合计", "sum of {items}"),
    "mean": ("{items}的平均值", "mean of {items}"),
    "weighted_mean": ("{items}的加权平均值", "weighted mean of {items}"),
    "minimum": ("{items}的最小值", "smallest value of {items}"),
    "maximum": ("{items}中最大的一笔", "largest value of {items}"),
    "latest": ("最近一次{items}的数值", "latest value of {items}"),
    "latest_level": ("最近一次{items}的等级", "latest level of {items}"),
    "months_since": ("距最近一次{items}的整月数", "whole months since the latest {items}"),
}
_SINCE_BIRTH = ("出生以来的整月数", "whole months since birth")
_SINCE_ESTABLISHMENT = ("成立以来的整月数", "whole months since establishment")
_COUNTED = {
    "count": ("次", "events"),
    "count_months": ("个月", "months"),
    "longest_run_months": ("个月", "months"),
    "months_since": ("个月", "months"),
}


@dataclass(frozen=True, slots=True)
class Measuring:
    """Measures in one language."""

    voice: Voice
    catalogue: Mapping[str, Item]
    dimensions: Mapping[str, Title]
    """Of the public scorecard that is extended."""
    persons: bool
    """Whether the subjects are natural persons."""

    def item(self, code: str) -> str:
        """The title of an item."""
        return self.voice.of(self.catalogue[code].title) if code in self.catalogue else code

    def level(self, code: str, level: str) -> str:
        """The title of a level of an item."""
        item = self.catalogue.get(code)
        if item is not None and level in item.levels:
            return self.voice.of(item.levels[level])
        return self.voice.say("其他等级", "any other level") if level == "other" else level

    def items(self, codes: Sequence[str], levels: Sequence[str] = ()) -> str:
        """Items, restricted to some of their levels."""
        named = self.voice.listed(self.item(code) for code in codes)
        if not levels:
            return named
        titles = dict.fromkeys(
            self.level(next((c for c in codes if level in self.levels_of(c)), codes[0]), level)
            for level in levels
        )
        only = self.voice.listed(titles)
        return self.voice.say(f"{named}（限{only}）", f"{named} (only {only})")

    def levels_of(self, code: str) -> tuple[str, ...]:
        """The levels an item may have."""
        return tuple(self.catalogue[code].levels) if code in self.catalogue else ()

    def subject_of(self, measure: Measure) -> str:
        """What is measured, without the time it looks at."""
        say = self.voice.say
        if isinstance(measure, MonthsSinceDate):
            return say(*(_SINCE_BIRTH if self.persons else _SINCE_ESTABLISHMENT))
        if isinstance(measure, PublicScore):
            if measure.dimension is None:
                return say("公共信用评价得分", "the public credit score")
            title = self.dimensions.get(measure.dimension)
            part = measure.dimension if title is None else self.voice.of(title)
            return say(f"公共信用评价“{part}”的得分", f"points of the public score for “{part}”")
        if isinstance(measure, Ratio):
            parts = [self._part(part) for part in (measure.numerator, measure.denominator)]
            return say(f"{parts[0]}，除以{parts[1]}", f"{parts[0]}, divided by {parts[1]}")
        if isinstance(measure, EventPoints):
            return say("各条记录数值的合计", "the sum over the records")
        zh, en = _KINDS[measure.kind]
        return say(zh, en).format(items=self.items(measure.items, measure.levels))

    def _part(self, measure: Count | OfValues) -> str:
        return self.subject_of(measure) + self.aside(self.time(measure))

    def aside(self, sentences: Sequence[str]) -> str:
        """Sentences in brackets; nothing where there are none."""
        if not sentences:
            return ""
        parts = [sentence.rstrip("。.") for sentence in sentences]
        if self.voice.lang == "zh":
            return f"（{'，'.join(parts)}）"
        return f" ({'; '.join(part[:1].lower() + part[1:] for part in parts)})"

    def unit_of(self, measure: Measure) -> str:
        """The unit of the value, in words; empty where it has none."""
        if isinstance(measure, PublicScore):
            return self.voice.unit("points")
        kind = getattr(measure, "kind", "")
        if kind in _COUNTED:
            return self.voice.say(*_COUNTED[kind])
        if isinstance(measure, SelectedMeasure):
            units = {self.catalogue[code].unit for code in measure.items if code in self.catalogue}
            return self.voice.unit(units.pop()) if len(units) == 1 else ""
        return ""

    def event(self, code: str, points: ItemPoints, *, relative: bool) -> str:
        """What one event of an item gives; `relative` where the number is points added or taken."""
        item = self.item(code)
        colon = self.voice.say("：", ": ")
        if isinstance(points, PerUnit):
            entry = self.catalogue.get(code)
            per = self.voice.amount(points.per, None if entry is None else entry.unit)
            change = self._number(points.points, relative=relative)
            return item + colon + self.per(per, change, points.units)
        if isinstance(points, dict):
            by_level = [
                f"{self.level(code, level)} {self._number(n, relative=relative)}"
                for level, n in points.items()
            ]
            known = self.levels_of(code)
            if "other" not in points and set(known) - set(points):
                rest = self.voice.say("其余等级", "any other level")
                by_level.append(f"{rest} {self._number(Decimal(0), relative=relative)}")
            return item + colon + self.voice.clauses(by_level)
        return item + colon + self._number(points, relative=relative)

    def _number(self, number: Decimal, *, relative: bool) -> str:
        return self.voice.change(number) if relative else signed(number)

    def per(self, per: str, change: str, units: str) -> str:
        """So much for every so much."""
        say = self.voice.say
        rest = {
            "exact": ("", ""),
            "whole": ("，不足的部分不计", ", whole ones only"),
            "started": ("，不足的按整计", ", started ones in full"),
        }[units]
        return say(f"每{per}{change}{rest[0]}", f"{change} for every {per}{rest[1]}")

    def is_counted(self, measure: Measure) -> bool:
        """Whether the value is a whole number of events or months."""
        return getattr(measure, "kind", "") in _COUNTED

    def notes(self, measure: Measure) -> tuple[str, ...]:
        """When a record counts, and what departs from the general rules: sentences."""
        say = self.voice.say
        if isinstance(measure, PublicScore | MonthsSinceDate):
            return ()
        if isinstance(measure, Ratio):
            empty = say("按没有记录处理", "counts as nothing on record")
            if measure.empty != "no_record":
                empty = say(f"取{signed(measure.empty)}", f"the value is {signed(measure.empty)}")
            return (say(f"除数为零或没有时，{empty}。", f"Where the divisor is zero or missing, {empty}."),)
        return self.time(measure)

    def time(self, measure: RecordMeasure) -> tuple[str, ...]:
        """The time a measure of records looks at, and its departures from the general rules."""
        return (self._window(measure.window, measure), *self._fading(measure), *self._departures(measure))

    def _window(self, window: Window, measure: RecordMeasure) -> str:
        say, months = self.voice.say, self.voice.span
        if isinstance(window, CalendarYears):
            count = window.calendar_years
            if window.offset == 0:
                return say(f"只计最近{count}个自然年（含本年）的记录。", f"Counts records of the last {count} calendar years, this one included.")  # fmt: skip
            return say(f"只计截至{window.offset}年前年末的{count}个自然年的记录。", f"Counts records of {count} calendar years ending {window.offset} before this one.")  # fmt: skip
        if isinstance(window, OwnTermWindow):
            term = window.own_term
            text = say(f"在记录自身有效期内计入；没有写明有效期的，自发生日起计{months(term.default)}。", f"Counts for the record's own term; without one, for {months(term.default)} from its date.")  # fmt: skip
            if term.until_repaired:
                codes = tuple(getattr(measure, "items", ()))
                named = self.voice.listed(
                    self.level(next((c for c in codes if n in self.levels_of(c)), ""), n)
                    for n in term.until_repaired
                )
                text += say(
                    f"{named}的没有期限，计到修复或撤销为止。",
                    f" {named}: no term, until repaired or withdrawn.",
                )
            return text
        if window == "all":
            return say("记录有效期间一直计入。", "Counts as long as the record stands.")
        return say(f"只计最近{months(window)}内发生的记录。", f"Counts records of the last {months(window)}.")

    def _fading(self, measure: RecordMeasure) -> tuple[str, ...]:
        if not isinstance(measure, EventPoints) or measure.decay == "none":
            return ()
        say, months = self.voice.say, self.voice.months
        if isinstance(measure.decay, Steps):
            steps = self.voice.listed(
                say(
                    f"{months(age)}以内乘{plain_number(factor)}",
                    f"up to {months(age)} × {plain_number(factor)}",
                )
                for age, factor in measure.decay.steps.items()
            )
            return (say(f"越久影响越小：{steps}。", f"Fades with age: {steps}."),)
        span = self.voice.span(str(measure.window))
        return (
            say(
                f"每过一个整月影响减少一份，满{span}不再计入。",
                f"Fades evenly with every whole month and is gone after {span}.",
            ),
        )

    def _departures(self, measure: RecordMeasure) -> tuple[str, ...]:
        say = self.voice.say
        notes = []
        if measure.value_at_least is not None or measure.value_below is not None:
            notes.append(self._value_limits(measure))
        if isinstance(measure, EventPoints):
            if measure.repeat is not None:
                span, factor = (
                    self.voice.span(measure.repeat.within),
                    plain_number(measure.repeat.factor),
                )
                notes.append(say(f"{span}内再次发生的乘{factor}。", f"Again within {span}: × {factor}."))
            if measure.cap is not None:
                notes.append(
                    say(
                        f"合计最多{self.voice.change(measure.cap)}。",
                        f"At most {self.voice.change(measure.cap)} in all.",
                    )
                )
        notes += self._repair(measure)
        if measure.same_event == "first":
            notes.append(say("同一事件多次报送的，以最先登记的为准。", "Of several reports of one event the first recorded counts."))  # fmt: skip
        if measure.same_event == "sum":
            notes.append(say("同一事件多次报送的，逐次计入。", "Every report of one event counts."))
        if measure.one_event == "month":
            notes.append(
                say(
                    "同一个月内的多条记录按一个事件计。",
                    "Records of one calendar month are one event.",
                )
            )
        if measure.one_event == "record":
            notes.append(say("每条记录按一个事件计。", "Every record is an event of its own."))
        return tuple(notes)

    def _value_limits(self, measure: RecordMeasure) -> str:
        say = self.voice.say
        units = {self.catalogue[c].unit for c in getattr(measure, "items", ()) if c in self.catalogue}
        unit = units.pop() if len(units) == 1 else None
        parts = []
        if measure.value_at_least is not None:
            least = self.voice.amount(measure.value_at_least, unit)
            parts.append(say(f"不低于{least}", f"of at least {least}"))
        if measure.value_below is not None:
            below = self.voice.amount(measure.value_below, unit)
            parts.append(say(f"低于{below}", f"below {below}"))
        limits = self.voice.listed(parts)
        return say(f"只计数值{limits}的记录。", f"Only records with a value {limits}.")

    def _repair(self, measure: RecordMeasure) -> list[str]:
        say = self.voice.say
        repaired = measure.repaired
        if isinstance(repaired, RepairFactors):
            parts = []
            for entry in repaired.factors:
                limits = []
                if entry.days_at_most is not None:
                    limits.append(say(f"{entry.days_at_most}天内修复", f"within {entry.days_at_most} days"))
                if entry.value_at_most is not None:
                    limits.append(
                        say(
                            f"数值不超过{signed(entry.value_at_most)}",
                            f"value at most {signed(entry.value_at_most)}",
                        )
                    )
                who = self.voice.listed(limits) or say("其他修复", "otherwise")
                factor = plain_number(entry.factor)
                parts.append(say(f"{who}的乘{factor}", f"{who} × {factor}"))
            return [
                say(f"修复后减轻：{self.voice.listed(parts)}。", f"Softened by repair: {self.voice.listed(parts)}.")
            ]  # fmt: skip
        if repaired == "counts":
            return [say("修复后仍然计入。", "Counts after repair as well.")]
        if repaired == "only":
            return [say("只计已修复的记录。", "Only repaired records count.")]
        return []
