"""Tables that several papers share: dimensions, grades and what follows, overrides, worked examples."""

from __future__ import annotations

from decimal import Decimal

from credit_scoring.policy.language import Grade, Indicator
from credit_scoring.policy.numbers import plain_number
from credit_scoring.policy.ranges import stated_points
from credit_scoring.releases.paperwork.document import Grid, Row, row
from credit_scoring.releases.paperwork.examples import Entry, Example
from credit_scoring.releases.paperwork.matter import Tongue
from credit_scoring.releases.paperwork.voice import percent, signed
from credit_scoring.scoring.contents import Explanation, IndicatorLine

_CHANGES_SHOWN = 3
_OVERRIDE_WIDTHS = (18, 48, 20, 14)


def dimensions_table(t: Tongue) -> Grid:
    """What the score is made of."""
    say, card = t.voice.say, t.matter.card
    rows: list[Row] = []
    if any(start.points for start in card.starts):
        for start in card.starts:
            who = say("其他主体", "everyone else") if len(card.starts) > 1 else say("全体", "everyone")
            if start.when is not None:
                who = t.conditions.words(start.when)
            points = signed(start.points)
            rows.append(row((say("起始分", "Start"), who), points, points, "–", t.voice.basis(card.basis)))
    for name, dimension in card.dimensions.items():
        places = [place for place in card.places() if place.dimension == name]
        by_model = any(place.rule.curve == "model" for place in places)
        most = "–" if by_model else signed(dimension.points)
        rules = [place.rule for place in places]
        none = "–" if by_model else _without_records(rules)
        rows.append(
            row(t.voice.of(dimension.title), most, none, str(len(places)), t.voice.basis(dimension.basis))
        )
    return Grid(
        heads=(
            say("部分", "Part"), say("最多（分）", "At most (points)"), say("没有任何记录时（分）", "With nothing on record (points)"),
            say("指标数", "Indicators"), say("分值性质", "Standing of the points"),
        ),
        rows=tuple(rows),
    )  # fmt: skip


def _without_records(rules: list[Indicator]) -> str:
    total = Decimal(0)
    for rule in rules:
        if rule.no_record in ("unrated", "renormalise"):
            return "–"
        total += stated_points(rule, rule.no_record)  # type: ignore[arg-type]
    return signed(total)


def grades_table(t: Tongue) -> Grid:
    """Grades, their limits and the inspections that follow."""
    say, card = t.voice.say, t.matter.card
    inspections = t.matter.terms.inspections_of(card.scorecard)
    rows = []
    for name, grade in card.grades.items():
        ratio = None if inspections is None else inspections.ratios.get(name)
        follows = say("未规定", "not stated") if ratio is None else percent(ratio)
        rows.append(row(t.voice.of(grade.title), grade_limit(t, grade), follows))
    return Grid(
        heads=(
            say("等级", "Grade"),
            say("条件", "Condition"),
            say("每年抽查比例", "Share inspected in a year"),
        ),
        rows=tuple(rows),
    )


def grade_limit(t: Tongue, grade: Grade) -> tuple[str, ...]:
    """What a subject needs for a grade, in lines."""
    say = t.voice.say
    lines = []
    if grade.from_ is not None:
        lines.append(say(f"{signed(grade.from_)}分以上（含）", f"{signed(grade.from_)} points or more"))
    if grade.below is not None:
        lines.append(say(f"低于{signed(grade.below)}分", f"below {signed(grade.below)} points"))
    if grade.otherwise:
        lines.append(say("不符合以上各等级的", "everyone else"))
    if grade.by_override_only:
        lines.append(say("仅由直接判定给出", "given by an override only"))
    if grade.requires is not None:
        words = t.conditions.words(grade.requires)
        lines.append(say(f"还须：{words}", f"and also: {words}"))
    if grade.top_share is not None:
        within = {
            None: say("全体已评级主体", "all rated subjects"),
            "industry_code": say("同行业已评级主体", "the rated subjects of the same industry"),
            "region_code": say("同地区已评级主体", "the rated subjects of the same region"),
        }[grade.within]
        share = percent(grade.top_share)
        lines.append(say(f"得分居{within}的前{share}", f"among the best {share} of {within}"))
    return tuple(lines)


def overrides_table(t: Tongue) -> Grid:
    """Direct determinations: when, what follows, on what basis."""
    say = t.voice.say
    rows = [
        row(
            t.voice.of(override.title),
            t.conditions.words(override.when),
            t.conditions.effect(override.effect),
            (t.authority_of_override(override), t.voice.basis(override.basis)),
        )
        for override in t.matter.card.overrides.values()
    ]
    return Grid(
        heads=(say("情形", "Case"), say("何时适用", "When"), say("结果", "What follows"), say("依据、性质", "Basis, standing")),
        rows=tuple(rows),
        widths=_OVERRIDE_WIDTHS,
    )  # fmt: skip


def examples_table(t: Tongue) -> Grid:
    """The worked examples, a column each."""
    say, examples = t.voice.say, t.matter.examples
    shown = [example.explanation for example in examples]
    rows = [
        row(say("有什么记录", "On record"), *(_on_record(t, e) for e in examples)),
    ]
    if any(e.start for e in shown):
        rows.append(row(say("起始分", "Start"), *(signed(e.start) for e in shown)))
    for name, dimension in t.matter.card.dimensions.items():
        rows.append(row(t.voice.of(dimension.title), *(_dimension(e, name) for e in shown)))
    if any(e.kept_within for e in shown):
        bound = say("按总分上下限调整", "Kept within the scale")
        rows.append(row(bound, *(signed(e.kept_within) for e in shown)))
    rows.append(row(say("各部分合计", "Sum"), *(signed(e.score_raw) for e in shown)))
    rows.append(
        row(
            say("与例1不同的指标", "Indicators that differ from example 1"),
            *(_changes(t, shown[0], e) for e in shown),
        )
    )
    rows.append(row(say("直接判定", "Overrides"), *(_overrides(t, e) for e in shown)))
    rows.append(row(say("得分", "Score"), *(signed(e.score) for e in shown)))
    rows.append(row(outcome_head(t), *(outcome(t, e) for e in shown)))
    letters = [say(f"例{number}", f"Example {number}") for number in range(1, len(examples) + 1)]
    return Grid(heads=(say("项目", "Item"), *letters), rows=tuple(rows))


def outcome_head(t: Tongue) -> str:
    """What the score becomes: a grade or a band."""
    if t.matter.card.grades:
        return t.voice.say("等级", "Grade")
    return t.voice.say("分段", "Band")


def outcome(t: Tongue, e: Explanation) -> str:
    """The grade or band of an explanation."""
    if e.unrated:
        return t.voice.say("不评级", "unrated")
    if any(grade.top_share is not None for grade in t.matter.card.grades.values()):
        # The grade hangs on everybody else's score.
        return t.voice.say("按全体主体的得分排定", "by everyone's scores")
    if e.grade_title is not None:
        return t.voice.of(e.grade_title)
    return t.voice.say("无", "none") if e.band is None else _band(t, e.band)


def _band(t: Tongue, band: str) -> str:
    """`[800,850)` for people."""
    low, high = band[1:-1].split(",")
    return t.voice.say(f"{low}分以上（含）、不到{high}分", f"from {low} and below {high}")


def _on_record(t: Tongue, example: Example) -> tuple[str, ...]:
    if example.entry is None:
        return (t.voice.say("没有任何记录", "nothing"),)
    return entry_lines(t, example.entry)


def entry_lines(t: Tongue, entry: Entry) -> tuple[str, ...]:
    """The record of an example."""
    say = t.voice.say
    lines = [t.voice.of(entry.title)]
    if entry.level_title is not None:
        lines.append(say(f"等级：{entry.level_title.zh}", f"level: {entry.level_title.en}"))
    lines.append(say(f"发生日：{t.voice.day(entry.occurred_on)}", f"date: {t.voice.day(entry.occurred_on)}"))
    if entry.repaired_on is not None:
        day = t.voice.day(entry.repaired_on)
        lines.append(say(f"已修复：{day}", f"repaired: {day}"))
    return tuple(lines)


def _dimension(e: Explanation, name: str) -> str:
    return signed(next(d.points for d in e.dimensions if d.dimension == name))


def _changes(t: Tongue, clean: Explanation, e: Explanation) -> tuple[str, ...]:
    """Indicators that give other points than without a record, the largest change first."""
    before = {line.indicator: line.points for line in _lines(clean)}
    changed = [(line.points - before[line.indicator], line.title) for line in _lines(e)]
    changed = sorted((c for c in changed if c[0]), key=lambda c: -abs(c[0]))
    shown = [f"{t.voice.of(title)} {t.voice.change(change)}" for change, title in changed[:_CHANGES_SHOWN]]
    if len(changed) > _CHANGES_SHOWN:
        more = len(changed) - _CHANGES_SHOWN
        shown.append(t.voice.say(f"另有{more}个指标", f"and {more} more"))
    return tuple(shown) or ("–",)


def _lines(e: Explanation) -> list[IndicatorLine]:
    return [line for d in e.dimensions for group in d.groups for line in group.indicators]


def _overrides(t: Tongue, e: Explanation) -> tuple[str, ...]:
    return tuple(t.voice.of(o.title) for o in e.overrides) or (t.voice.say("无", "none"),)


def weights_of(t: Tongue) -> dict[str, str]:
    """Weights of the indicators as the file states them; empty where it states points."""
    return {
        place.indicator: plain_number(place.rule.weight)
        for place in t.matter.written.places()
        if place.rule.weight is not None
    }
