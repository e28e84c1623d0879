"""Which items a perturbation can judge: for the others it is said why a further record may count either way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from credit_scoring.errors import Problem
from credit_scoring.policy.catalogue import Item, Title
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.measures import (
    LatestLevel,
    Measure,
    MonthsSinceDate,
    OfValues,
    PublicScore,
    Ratio,
)
from credit_scoring.policy.polarity import polarity_of
from credit_scoring.policy.walking import item_uses, stated_measures
from credit_scoring.releases.gates.items import place_of
from credit_scoring.sectors.validation.results import FeatureNote

WARNINGS = {"P501": "better", "P503": "worse", "P504": "worse"}
"""Warnings of the policy that say of an indicator that a record of this polarity may count the other way."""
_EITHER_WAY = ("mean", "weighted_mean", "minimum", "latest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Something about an item that is not judged, where and why."""

    item: str
    place: str
    """The indicator, override or other node that reads it."""
    reason: Title
    entries: bool
    """One more record is not judged, nor one less."""
    order: bool
    """A larger value is not judged."""


def exemptions(
    cards: tuple[Scorecard, ...],
    catalogue: Mapping[str, Item],
    *,
    warnings: tuple[Problem, ...],
    features: tuple[FeatureNote, ...],
) -> tuple[Exemption, ...]:
    """Everything that is not judged, by item.

    Args:
        cards: the scorecard and those it extends.
        warnings: of the policy check; P501, P503 and P504 name indicators whose rules are known to be ambiguous.
        features: of a learnt evaluation, with the polarity they were declared to have.
    """
    declared = {note.name: note for note in features}
    found: dict[tuple[str, str, str], Exemption] = {}
    for card in cards:
        for keys, measure in stated_measures(card):
            place = place_of(keys)
            for each in (*_by_measure(place, measure), *_by_polarity(place, measure, declared, catalogue)):
                found[each.item, each.place, each.reason.en] = each
        for each in _by_warning(card, catalogue, warnings):
            found[each.item, each.place, each.reason.en] = each
    return tuple(sorted(found.values(), key=lambda each: (each.item, each.place)))


def read_items(cards: tuple[Scorecard, ...]) -> tuple[str, ...]:
    """Every item that any of the scorecards reads, sorted."""
    return tuple(sorted({code for card in cards for _, code in item_uses(card)}))


def _by_measure(place: str, measure: Measure) -> Iterator[Exemption]:
    """What a kind of measure leaves open."""
    if isinstance(measure, MonthsSinceDate | PublicScore):
        return
    if isinstance(measure, Ratio):
        below = Title(zh="是比率的分母", en="it stands below the line of a ratio")
        for code in measure.denominator.items:
            yield Exemption(item=code, place=place, reason=below, entries=True, order=True)
        yield from _by_measure(place, measure.numerator)
        return
    if isinstance(measure, LatestLevel) or (isinstance(measure, OfValues) and measure.kind in _EITHER_WAY):
        reason = Title(
            zh=f"指标口径为 {measure.kind}，新增一条可升可降",
            en=f"the measure is `{measure.kind}`: one more record may move it either way",
        )
        for code in measure.items:
            yield Exemption(item=code, place=place, reason=reason, entries=True, order=False)
    if measure.repaired == "only":
        reason = Title(zh="只计已修复的记录", en="only repaired records count: repair adds one")
        for code in measure.items:
            yield Exemption(item=code, place=place, reason=reason, entries=True, order=False)
    if measure.value_below is not None:
        reason = Title(zh="只计低于上限的数值", en="values from a limit on do not count (`value_below`)")
        for code in measure.items:
            yield Exemption(item=code, place=place, reason=reason, entries=False, order=True)


def _by_polarity(
    place: str, measure: Measure, declared: Mapping[str, FeatureNote], catalogue: Mapping[str, Item]
) -> Iterator[Exemption]:
    """What a learnt evaluation was declared to leave open, or to count against the catalogue, with the reason."""
    note = declared.get(place)
    if note is None or isinstance(measure, MonthsSinceDate | PublicScore):
        return
    if note.polarity != "free" and note.polarity == polarity_of(measure, catalogue):
        return
    why = note.reason or "-"
    reason = (
        Title(zh=f"特征方向声明为不限：{why}", en=f"the feature is declared free: {why}")
        if note.polarity == "free"
        else Title(
            zh=f"特征方向由行业文件声明（{note.polarity}）：{why}",
            en=f"the polarity of the feature is stated by the sector ({note.polarity}): {why}",
        )
    )
    parts = (measure.numerator, measure.denominator) if isinstance(measure, Ratio) else (measure,)
    for code in dict.fromkeys(code for part in parts for code in part.items):
        yield Exemption(item=code, place=place, reason=reason, entries=True, order=True)


def _by_warning(
    card: Scorecard, catalogue: Mapping[str, Item], warnings: tuple[Problem, ...]
) -> Iterator[Exemption]:
    for problem in warnings:
        named = set(re.findall(r"'([^']+)'", problem.message))
        polarity = WARNINGS.get(problem.code)
        for place in card.places() if polarity is not None else ():
            measure = place.rule.measure
            if place.indicator not in named or not hasattr(measure, "items"):
                continue
            for code in measure.items:
                if code in catalogue and catalogue[code].polarity == polarity:
                    reason = Title(
                        zh=f"政策检查警告 {problem.code}：{problem.message}",
                        en=f"warning {problem.code} of the policy check: {problem.message}",
                    )
                    yield Exemption(item=code, place=place.indicator, reason=reason, entries=True, order=True)
