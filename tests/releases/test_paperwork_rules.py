"""Rules, conditions and effects in words: for any policy, every number of a rule stands in the sentence about it."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.releases.paperwork import dossier_papers
from credit_scoring.releases.paperwork.condition_words import Conditions
from credit_scoring.releases.paperwork.measuring_words import Measuring
from credit_scoring.releases.paperwork.rules import Rules
from credit_scoring.releases.paperwork.voice import Voice
from credit_scoring.releases.terms import load_terms
from oracle.reading import Node, read_yaml
from oracle.scoring import all_indicators
from properties.policies import Written, scorecards
from properties.runs import loaded
from releases.paperwork_cases import card_of, manifest_of, shipped


def rules_in(policy: Policy, card: Scorecard, lang: str) -> Rules:
    return Rules(Conditions(Measuring(Voice(lang), policy.catalogue, {}, persons=False), card, None))


def numbers_of(node: Any) -> set[Decimal]:
    """Every number a rule states, whatever it is for; spans of time as their months."""
    if isinstance(node, dict):
        keys = {Decimal(key) for key in node if str(key).isdigit()}
        skipped = ("title", "basis", "rule_basis", "authority", "offset")
        return keys.union(*(numbers_of(value) for key, value in node.items() if key not in skipped), set())
    if isinstance(node, list):
        return set().union(*(numbers_of(value) for value in node), set())
    found = re.fullmatch(r"(-?[0-9.]+)( months?)?", str(node))
    return {abs(Decimal(found[1]))} if found else set()


def left_unsaid(rule: Node) -> set[Decimal]:
    """A linear rule by single events says `for each`; 0 is said in words."""
    linear = rule.get("curve", {}).get("linear") if isinstance(rule.get("curve"), dict) else None
    return {Decimal(0)} | ({Decimal(1)} if linear and Decimal(linear["per"]) == 1 else set())


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(scorecards())
def test_every_number_of_a_random_rule_is_said_in_both_languages(written: Written) -> None:
    policy = loaded([written])
    card = policy.scorecards[0]
    nodes = all_indicators(read_yaml(written.text))
    for lang in ("zh", "en"):
        rules = rules_in(policy, card, lang)
        for place in card.places():
            text = " ".join((rules.span(place.rule), *rules.lines(place.rule)))
            said = {Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}
            node = nodes[place.indicator]
            assert numbers_of(node) - left_unsaid(node) <= said, (text, node)


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(scorecards())
def test_any_scorecard_has_papers_that_name_its_overrides_and_their_numbers(written: Written) -> None:
    policy = loaded([written])
    card = policy.scorecards[0]
    manifest = manifest_of(policy, card, on=date(2026, 6, 30))
    papers = dossier_papers(policy, card, manifest, load_terms().terms)
    assert len(papers) == 13
    conditions = rules_in(policy, card, "en").conditions
    for override in card.overrides.values():
        assert conditions.words(override.when)
        effect = conditions.effect(override.effect)
        value = getattr(override.effect, override.effect.kind)
        if isinstance(value, Decimal):
            assert str(abs(value).normalize().to_integral_value() if value == value.to_integral_value() else abs(value).normalize()) in effect or "E" in str(value.normalize())  # fmt: skip


def words_of(card: str, lang: str) -> dict[str, str]:
    conditions = rules_in(shipped(), card_of(card), lang).conditions
    return {name: conditions.words(o.when) for name, o in card_of(card).overrides.items()}


@pytest.mark.parametrize(
    ("lang", "says"),
    [("zh", "出生以来的整月数低于216个月"), ("en", "whole months since birth below 216 months")],
)
def test_age_is_told_by_birth_for_persons(lang: str, says: str) -> None:
    card = card_of("public-natural-person@2020")
    measuring = Measuring(Voice(lang), shipped().catalogue, {}, persons=True)
    assert Conditions(measuring, card, None).words(card.overrides["under_age"].when) == says


def test_a_list_that_must_be_stood_on_and_a_grade_with_a_condition_read_as_sentences() -> None:
    assert words_of("public-enterprise@2020", "zh")["abnormal_not_excellent"] == (
        "评价日有仍然有效的记录：经营异常名录、个体工商户经营异常标记、非正常户"
    )
    card = card_of("public-enterprise@2020")
    rules = rules_in(shipped(), card, "zh")
    excellent = card.grades["excellent"]
    assert excellent.requires is not None
    assert rules.conditions.words(excellent.requires) == "“遵纪守法”得分不低于465分"
    assert rules.conditions.effect(card.overrides["closed"].effect) == "不评级"


def test_a_rule_that_fades_repeats_and_is_softened_by_repair_says_all_of_it() -> None:
    card = card_of("sector-environment@2020")
    rule = next(p.rule for p in card.places() if p.indicator == "environmental_penalties")
    assert rules_in(shipped(), card, "zh").lines(rule) == (
        "没有记录：120分。有记录：从120分起，每项加减如下。",
        "生态环境行政处罚：轻微 扣12分；一般 扣36分；严重 扣96分；未分类 0分",
        "只计最近36个月内发生的记录。",
        "越久影响越小：12个月以内乘1、24个月以内乘0.7、36个月以内乘0.4。",
        "12个月内再次发生的乘2。",
        "修复后减轻：90天内修复的乘0、其他修复的乘0.4。",
    )
