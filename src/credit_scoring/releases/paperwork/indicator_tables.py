"""The annex of the notice: every indicator with its points, its rule, its sources and its legal basis."""

from __future__ import annotations

from collections.abc import Iterator

from credit_scoring.policy.catalogue import Item, Publicity
from credit_scoring.policy.language import Place
from credit_scoring.policy.measure_tables import item_codes
from credit_scoring.releases.paperwork.document import Block, Grid, Heading, Row, heading_row, row
from credit_scoring.releases.paperwork.matter import Tongue
from credit_scoring.releases.paperwork.voice import signed

_WIDTHS = (18, 46, 23, 13)


def indicator_tables(t: Tongue) -> Iterator[Block]:
    """A heading and a table for each dimension; second-level headings stand across the table."""
    say, card = t.voice.say, t.matter.card
    heads = (
        say("指标", "Indicator"), say("怎么计分", "How it counts"), say("记录来源与公示", "Sources and publication"),
        say("依据、性质", "Basis, standing"),
    )  # fmt: skip
    for name, dimension in card.dimensions.items():
        places = [place for place in card.places() if place.dimension == name]
        by_model = any(place.rule.curve == "model" for place in places)
        title = t.voice.of(dimension.title)
        most = (
            ""
            if by_model
            else say(f"（最多{signed(dimension.points)}分）", f" (at most {signed(dimension.points)} points)")
        )
        yield Heading(text=title + most, level=3)
        yield Grid(heads=heads, rows=tuple(_rows(t, places)), widths=_WIDTHS)


def _rows(t: Tongue, places: list[Place]) -> Iterator[Row]:
    group = None
    for place in places:
        if place.group is not None and place.group != group:
            group = place.group
            node = t.matter.card.dimensions[place.dimension].groups[group]
            most = t.voice.points(node.points)
            yield heading_row(
                t.voice.say(f"{node.title.zh}（最多{most}）", f"{node.title.en} (at most {most})")
            )
        yield indicator_row(t, place)


def indicator_row(t: Tongue, place: Place) -> Row:
    """One indicator."""
    rule = place.rule
    return row(
        (t.voice.of(rule.title), t.rules.span(rule)),
        t.rules.lines(rule),
        source_lines(t, place),
        (t.authority(place), *standing_lines(t, place)),
    )


def standing_lines(t: Tongue, place: Place) -> tuple[str, ...]:
    """Standing of the points and, where it differs, of the rest of the rule."""
    say, rule = t.voice.say, place.rule
    if rule.rule_basis is None or rule.rule_basis == rule.basis:
        return (t.voice.basis(rule.basis),)
    points, rest = t.voice.basis(rule.basis), t.voice.basis(rule.rule_basis)
    return (say(f"分值：{points}", f"points: {points}"), say(f"规则：{rest}", f"rule: {rest}"))


def source_lines(t: Tongue, place: Place) -> tuple[str, ...]:
    """Departments that deliver the records, and how long those are published."""
    say = t.voice.say
    catalogue = t.matter.policy.catalogue
    codes = [code for code in item_codes(place.rule.measure) if code in catalogue]
    if not codes:
        base = t.matter.base
        if place.rule.measure.kind == "public_score" and base is not None:
            return (say(f"公共信用评价：{base.title.zh}", f"the public scorecard: {base.title.en}"),)
        return (say("主体登记信息", "the subject's own registration"),)
    departments = dict.fromkeys(t.voice.of(catalogue[code].source) for code in codes)
    texts: dict[str, list[str]] = {}
    for code in codes:
        texts.setdefault(publicity(t, catalogue[code]), []).append(t.voice.of(catalogue[code].title))
    shown = [
        text
        if len(texts) == 1
        else say(f"{t.voice.listed(titles)}：{text}", f"{t.voice.listed(titles)}: {text}")
        for text, titles in texts.items()
    ]
    return (t.voice.listed(departments), *shown)


def publicity(t: Tongue, item: Item) -> str:
    """How long an entry may be shown, from the date of the decision."""
    say = t.voice.say
    if isinstance(item.publicity, dict):
        by_text: dict[str, list[str]] = {}
        for level, rule in item.publicity.items():
            title = t.voice.of(item.levels[level])
            by_text.setdefault(_shown(t, rule), []).append(title)
        if len(by_text) > 1:
            parts = (f"{t.voice.listed(levels)}{say('', ' ')}{text}" for text, levels in by_text.items())
            return say("公示：", "published: ") + t.voice.clauses(parts)
        return say("公示：", "published: ") + next(iter(by_text))
    if item.publicity == "not_published":
        return say("不公示", "not published")
    if item.publicity == "permanent":
        return say("长期公示", "published without limit")
    return say("公示：", "published: ") + _shown(t, item.publicity)


def _shown(t: Tongue, rule: Publicity) -> str:
    most = t.voice.span(rule.at_most)
    if rule.at_least is None:
        return t.voice.say(f"最长{most}", f"at most {most}")
    least = t.voice.span(rule.at_least)
    return t.voice.say(f"最短{least}、最长{most}", f"{least} at least, {most} at most")


def retention(t: Tongue, item: Item) -> str:
    """How long an entry may be kept at all."""
    if item.retention == "permanent":
        return t.voice.say("长期", "without limit")
    return t.voice.span(item.retention)


def validity(t: Tongue, item: Item) -> str:
    """How long an entry counts by the catalogue, where a rule leaves it to the catalogue."""
    if item.validity == "permanent":
        return t.voice.say("长期", "without limit")
    if item.validity == "until_repaired":
        return t.voice.say("修复前", "until repaired")
    return t.voice.span(item.validity)
