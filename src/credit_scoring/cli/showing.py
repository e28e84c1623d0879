"""A scorecard as people read it: every indicator with its points, its rule in words, its authority."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from credit_scoring.cli.options import say
from credit_scoring.policy.language import Grade, Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.numbers import plain_number
from credit_scoring.policy.wording import rule_in_words

_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "indicator": "指标", "points": "分值", "basis": "性质", "rule": "规则", "authority": "依据", "published": "公布",
        "assumed": "假定", "learnt": "由数据估计", "total": "总分", "override": "直接判定", "grade": "等级", "from": "不低于", "below": "低于",
        "otherwise": "其余", "given": "仅由直接判定给出", "bands": "按分段公布，不评等级，每段分值", "whole": "全文",
        "counted": "项三级指标",
    },
    "en": {
        "indicator": "indicator", "points": "points", "basis": "basis", "rule": "rule", "authority": "authority",
        "published": "published", "assumed": "assumed", "learnt": "learnt", "total": "total", "override": "override", "grade": "grade",
        "from": "from", "below": "below", "otherwise": "everyone else", "given": "by override only",
        "bands": "a band and no grade, of points each", "whole": "the whole text", "counted": "indicators",
    },
}  # fmt: skip


def print_scorecard(card: Scorecard, policy: Policy, *, lang: str, console: Console) -> None:
    """Print one edition: the tree of indicators, then overrides and grades.

    Args:
        lang: `zh` or `en`.
    """
    w = _WORDS[lang]
    until = f" – {card.in_force.until}" if card.in_force.until else " –"
    console.print(
        f"[bold]{say(card.title, lang)}[/] {card.edition} ({card.scorecard}), {card.in_force.from_}{until}, "
        f"{w['total']} {plain_number(card.total)}, {w[card.basis]}"
    )
    console.print(_tree(card, policy, lang))
    for override in card.overrides.values():
        kind = override.effect.kind
        value = getattr(override.effect, kind)
        effect = kind if value is True else f"{kind} {value}"
        console.print(
            f"{w['override']}: {say(override.title, lang)} → {effect} ({', '.join(override.authority)})"
        )
    for grade in card.grades.values():
        console.print(f"{w['grade']} {say(grade.title, lang)}: {_limit(grade, w)}")
    if card.bands:
        console.print(f"{w['bands']}: {plain_number(card.bands.width)}")
    count = len(list(card.places()))
    console.print(
        f"[dim]{count} {w['counted']}; {w['whole']}: credit-scoring policy show {card.id} --format json[/]"
    )


def _tree(card: Scorecard, policy: Policy, lang: str) -> Table:
    w = _WORDS[lang]
    table = Table(show_edge=False, pad_edge=False)
    for name, ratio in (("indicator", 4), ("points", 1), ("basis", 1), ("rule", 8), ("authority", 3)):
        table.add_column(w[name], overflow="fold", ratio=ratio)
    for name, dimension in card.dimensions.items():
        points = f"[bold]{plain_number(dimension.points)}[/]"
        table.add_row(f"[bold]{say(dimension.title, lang)}[/]", points, w[dimension.basis], name, "")
        group = None
        for place in (p for p in card.places() if p.dimension == name):
            if place.group is not None and place.group != group:
                group = place.group
                node = dimension.groups[group]
                title = f"  {say(node.title, lang)}"
                table.add_row(title, plain_number(node.points), w[node.basis], group, "", style="dim")
            table.add_row(
                f"    {say(place.rule.title, lang)}",
                plain_number(place.rule.points),
                w[place.rule.basis],
                escape(rule_in_words(place.rule, policy.catalogue, lang)),
                ", ".join(card.authority_of(place)),
            )
    return table


def _limit(grade: Grade, w: dict[str, str]) -> str:
    if grade.from_ is not None:
        return f"{w['from']} {plain_number(grade.from_)}"
    if grade.below is not None:
        return f"{w['below']} {plain_number(grade.below)}"
    return w["given"] if grade.by_override_only else w["otherwise"]
