"""An indicator's rule in plain sentences: what gives points, what takes them, for how long."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from credit_scoring.policy.language import Indicator
from credit_scoring.policy.measures import (
    Bin,
    EventPoints,
    LevelsCurve,
    Linear,
    LinearCurve,
    SelectedMeasure,
    StepsCurve,
)
from credit_scoring.policy.numbers import plain_number
from credit_scoring.policy.ranges import stated_points
from credit_scoring.releases.paperwork.condition_words import Conditions
from credit_scoring.releases.paperwork.voice import Voice, signed

_STEP = Decimal("0.000001")
"""Values are measured in millionths: below 1.000001 is at most 1."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of indicators in one language."""

    conditions: Conditions

    @property
    def voice(self) -> Voice:
        """The language."""
        return self.conditions.voice

    def span(self, rule: Indicator) -> str:
        """Fewest and most points, `0–50`."""
        if rule.curve == "model":
            return self.voice.say("由模型给分", "given by the model")
        most = signed(rule.points)
        if rule.floor == "none":
            return self.voice.say(f"至多{most}分", f"at most {most}")
        return self.voice.say(f"{signed(rule.floor)}至{most}分", f"{signed(rule.floor)} to {most}")

    def lines(self, rule: Indicator) -> tuple[str, ...]:
        """The whole rule, a sentence a line."""
        measuring = self.conditions.measuring
        return (
            *self._applies(rule),
            *self._without(rule),
            *self._with(rule),
            *measuring.notes(rule.measure),
        )

    def _applies(self, rule: Indicator) -> tuple[str, ...]:
        if rule.applies is None:
            return ()
        who = self.conditions.words(rule.applies.when)
        otherwise = self._stated(rule, rule.applies.otherwise)
        return (
            self.voice.say(
                f"适用条件：{who}。不适用的：{otherwise}。",
                f"Applies where {who}. Elsewhere: {otherwise}.",
            ),
        )

    def _without(self, rule: Indicator) -> tuple[str, ...]:
        none = self._stated(rule, rule.no_record)
        if rule.curve == "model" or self._starts_there(rule):
            return self._not_collected(rule)
        return (
            self.voice.say(f"没有记录：{none}。", f"Nothing on record: {none}."),
            *self._not_collected(rule),
        )

    def _not_collected(self, rule: Indicator) -> tuple[str, ...]:
        if rule.not_collected is None or rule.not_collected == rule.no_record:
            return ()
        missing = self._stated(rule, rule.not_collected)
        return (self.voice.say(f"尚未归集：{missing}。", f"Not yet collected: {missing}."),)

    def _starts_there(self, rule: Indicator) -> bool:
        """Whether events move the points away from those of a subject without any."""
        if rule.no_record in ("unrated", "renormalise") or not isinstance(rule.measure, EventPoints):
            return False
        none = stated_points(rule, rule.no_record)  # type: ignore[arg-type]
        return rule.curve == "identity" and none == stated_points(rule, rule.start)

    def _with(self, rule: Indicator) -> tuple[str, ...]:
        say, measure = self.voice.say, rule.measure
        if isinstance(measure, EventPoints):
            relative = rule.curve == "identity"
            items = tuple(
                self.conditions.measuring.event(code, points, relative=relative)
                for code, points in measure.items.items()
            )
            if relative:
                return (self._from(rule), *items)
            head = say("有记录：先把下列数值相加。", "On record: first add up these values.")
            return (head, *items, self._curve(rule))
        return (self._curve(rule),)

    def _from(self, rule: Indicator) -> str:
        start = signed(stated_points(rule, rule.start))
        if self._starts_there(rule):
            zh = f"没有记录：{start}分。有记录：从{start}分起，每项加减如下。"
            return self.voice.say(zh, f"Nothing on record: {start}. From there, for every event:")
        return self.voice.say(
            f"有记录：从{start}分起，每项加减如下。", f"On record: from {start}, for every event:"
        )

    def _stated(self, rule: Indicator, stated: str | Decimal) -> str:
        say = self.voice.say
        if stated == "unrated":
            return say("不评级", "no grade is given")
        if stated == "renormalise":
            return say("不计入，由其余指标按比例折算", "left out, the other indicators count for it")
        number = stated_points(rule, stated)  # type: ignore[arg-type]
        return self.voice.points(number)

    def _curve(self, rule: Indicator) -> str:
        say, measuring = self.voice.say, self.conditions.measuring
        what = measuring.subject_of(rule.measure)
        curve = rule.curve
        if curve == "model":
            return say(
                f"模型读取：{what}。得分由模型对全部指标一并给出。",
                f"The model reads {what}; it gives the points from all indicators together.",
            )
        start = stated_points(rule, rule.start)
        relative = start != 0
        head = (
            say(
                f"有记录：从{signed(start)}分起，按{what}加减",
                f"On record: from {signed(start)}, by {what}",
            )
            if relative
            else say(f"有记录：按{what}", f"On record: by {what}")
        )
        if isinstance(curve, LinearCurve):
            unit = measuring.unit_of(rule.measure)
            body = self._line(curve.linear, unit, whole=measuring.is_counted(rule.measure))
        elif isinstance(curve, StepsCurve):
            unit = measuring.unit_of(rule.measure)
            body = self.voice.clauses(self._bin(b, unit, relative=relative) for b in curve.steps)
        elif isinstance(curve, LevelsCurve):
            code = rule.measure.items[0] if isinstance(rule.measure, SelectedMeasure) else ""
            body = self.voice.clauses(
                f"{measuring.level(code, level)} {self._given(points, relative=relative)}"
                for level, points in curve.levels.items()
            )
        else:
            return head + say("，数值即得分。", ", the value is the points.")
        return head + say("：", ": ") + body + say("。", ".")

    def _given(self, points: Decimal, *, relative: bool) -> str:
        return (
            self.voice.change(points)
            if relative
            else self.voice.say(f"{signed(points)}分", f"→ {signed(points)}")
        )

    def _line(self, line: Linear, unit: str, *, whole: bool) -> str:
        say = self.voice.say
        gap = "" if self.voice.lang == "zh" or unit in ("", "%") else " "
        per = f"{plain_number(line.per)}{gap}{unit}"
        if whole and line.per == 1:
            change = self.voice.change(line.points)
            text = say(f"每{unit}{change}", f"{change} for each")
        else:
            text = self.conditions.measuring.per(per, self.voice.change(line.points), line.units)
        if line.from_ == 0:
            return text
        beyond = f"{signed(line.from_)}{gap}{unit}"
        return say(f"超过{beyond}的部分，{text}", f"beyond {beyond}, {text}")

    def _bin(self, b: Bin, unit: str, *, relative: bool) -> str:
        return f"{self._range(b, unit)} {self._given(b.points, relative=relative)}"

    def _range(self, b: Bin, unit: str) -> str:
        say = self.voice.say
        gap = "" if self.voice.lang == "zh" or unit in ("", "%") else " "
        parts = []
        if b.from_ is not None:
            from_, beyond = _rounded(b.from_)
            least = f"{signed(from_)}{gap}{unit}"
            parts.append(
                say(f"超过{least}", f"above {least}")
                if beyond
                else say(f"{least}以上（含）", f"from {least}")
            )
        if b.below is not None:
            below, within = _rounded(b.below)
            most = f"{signed(below)}{gap}{unit}"
            parts.append(
                say(f"不超过{most}", f"up to {most}") if within else say(f"不到{most}", f"below {most}")
            )
        return say("、", " and ").join(parts) if parts else say("任何数值", "any value")


def _rounded(limit: Decimal) -> tuple[Decimal, bool]:
    """A limit one millionth beyond a shorter number, as that number; learnt cuts are put so, to take equal values in."""
    shorter = limit - _STEP
    near = shorter == shorter.quantize(Decimal("0.0001"))
    return (shorter, True) if near else (limit, False)
