"""Editions by date, what two of them do differently, and the fingerprint that tells policies apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import ValidationError

from credit_scoring import Policy, load_policy
from credit_scoring.errors import NotFoundError, NotInForceError
from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.difference import Change, differences
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import as_written, dump_scorecard
from credit_scoring.policy.reading import parse_document, validated
from credit_scoring.policy.schema import json_schema
from credit_scoring.policy.wording import rule_in_words
from policy.texts import CARD, CATALOGUE, changed, write_policy

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
PUBLIC = sorted((CONFIGS / "public").glob("*.yaml"))
SHIPPED = load_policy(CONFIGS / "public")
EDITIONS = {card.id: card for card in SHIPPED.scorecards}

every_edition = pytest.mark.parametrize("name", sorted(EDITIONS))


@every_edition
def test_a_shipped_scorecard_written_and_read_again_is_the_same(name: str) -> None:
    card = EDITIONS[name]
    document = parse_document(dump_scorecard(card), file=name)
    assert document.problems == []
    again = validated(Scorecard, document, code="P002")
    assert again == card
    assert SHIPPED.fingerprint([again]) == SHIPPED.fingerprint([card])
    assert list(again.dimensions) == list(card.dimensions)
    assert [p.keys for p in again.places()] == [p.keys for p in card.places()]


def test_all_six_shipped_editions_are_read() -> None:
    assert len(PUBLIC) == len(EDITIONS) == 6


@pytest.mark.parametrize(
    ("on", "edition"), [(date(2020, 8, 16), "2019"), (date(2020, 8, 17), "2020"), (date(2026, 7, 1), "2020")]
)
def test_the_edition_in_force_changes_on_the_day_of_the_new_one(on: date, edition: str) -> None:
    assert SHIPPED.edition_in_force("public-enterprise", on).edition == edition
    assert edition in {c.edition for c in SHIPPED.in_force(on) if c.scorecard == "public-enterprise"}


def test_before_the_first_edition_nothing_is_in_force_and_the_message_tells_when(tmp_path: Path) -> None:
    policy = load_policy(write_policy(tmp_path, changed(CARD, "01-01}", "01-01, until: 2025-01-01}")))
    for day in (date(2023, 12, 31), date(2025, 1, 1)):
        with pytest.raises(NotInForceError) as error:
            policy.in_force(day)
        assert str(error.value) == (
            f"no edition of 'demo' is in force on {day}. Editions: 1: from 2024-01-01 until 2025-01-01."
        )
    assert [c.id for c in policy.in_force(date(2024, 12, 31))] == ["demo@1"]


def test_an_unknown_scorecard_or_item_is_named_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match=r"no scorecard is called 'nobody'\. Known: .*public-enterprise"):
        SHIPPED.edition_in_force("nobody", date(2025, 1, 1))
    with pytest.raises(NotFoundError, match=r"the catalogue has no item 'a\.b'"):
        SHIPPED.item("a.b")


def read(text: str, folder: Path, **files: str) -> Policy:
    return load_policy(write_policy(folder, text, **files))


def test_equal_editions_do_not_differ() -> None:
    for card in EDITIONS.values():
        assert differences(card, card) == ()


def test_differences_are_the_values_that_changed_with_their_places(tmp_path: Path) -> None:
    before = read(CARD, tmp_path / "a").scorecards[0]
    text = changed(CARD, "general: -5", "general: -6.50")
    text = changed(text, "              cap: -30\n", "")
    text = changed(text, "good: {title", "good: {requires: {subject: region_code, missing: true}, title")
    text = changed(text, "indicators: [penalties, listings]", "indicators: [listings, penalties]")
    after = read(text, tmp_path / "b").scorecards[0]
    rule = "dimensions.conduct.groups.sanctions.indicators.penalties.measure"
    assert set(differences(before, after)) == {
        Change(f"{rule}.items.a.penalty.general", "-5", "-6.5"),
        Change(f"{rule}.cap", "-30", None),
        Change("event_groups.same_case.indicators", "penalties, listings", "listings, penalties"),
        Change("grades.good.requires.subject", None, "region_code"),
        Change("grades.good.requires.missing", None, "True"),
    }
    assert {(c.path, c.after, c.before) for c in differences(before, after)} == {
        (c.path, c.before, c.after) for c in differences(after, before)
    }


def test_the_two_enterprise_editions_differ_in_their_published_points() -> None:
    old, new = EDITIONS["public-enterprise@2019"], EDITIONS["public-enterprise@2020"]
    assert Change("dimensions.basic_info.points", "100", "80") in differences(old, new)


def test_comments_layout_and_the_order_of_fields_do_not_touch_the_fingerprint(tmp_path: Path) -> None:
    title, total = "title: {zh: 示例, en: Demo}\n", "total: 100\n"
    text = "# a word\n" + changed(changed(CARD, title, ""), total, title + total + "\n# another\n")
    text = changed(text, "{high: 10, low: 2.5}", "\n              high: 10\n              low: 2.5")
    text = text.replace("curve: {levels: \n", "curve:\n             levels:\n", 1).replace(
        "low: 2.5}", "low: 2.5"
    )
    one, two = read(CARD, tmp_path / "a"), read(text, tmp_path / "b")
    assert one.fingerprint(one.scorecards) == two.fingerprint(two.scorecards)


def test_the_order_of_grades_is_part_of_the_rule(tmp_path: Path) -> None:
    # Both letters are given by overrides only: which of them is the worse one is told by their order alone.
    one, two = (f"  {name}: {{title: {{zh: 黑, en: Black}}}}\n" for name in ("black", "barred"))
    first, second = read(CARD + one + two, tmp_path / "a"), read(CARD + two + one, tmp_path / "b")
    assert first.fingerprint(first.scorecards) != second.fingerprint(second.scorecards)


def leaves(value: Any, keys: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list | tuple):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in pairs:
            yield from leaves(child, (*keys, key))
    else:
        yield keys, value


def with_leaf(value: Any, keys: tuple[Any, ...], new: Any) -> Any:
    if not keys:
        return new
    if isinstance(value, dict):
        return {k: with_leaf(v, keys[1:], new) if k == keys[0] else v for k, v in value.items()}
    return tuple(with_leaf(v, keys[1:], new) if i == keys[0] else v for i, v in enumerate(value))


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, date):
        return value + timedelta(days=1)
    return value + 1 if isinstance(value, int | Decimal) else value + "x"


def test_every_value_touches_the_fingerprint(tmp_path: Path) -> None:
    policy = read(CARD, tmp_path)
    (card,) = policy.scorecards
    seen = {policy.fingerprint([card])}
    refused = []
    for keys, value in leaves(as_written(card)):
        try:
            twin = Scorecard.model_validate(with_leaf(as_written(card), keys, other(value)))
        except ValidationError:
            refused.append(keys[-1])
            continue
        mark = policy.fingerprint([twin])
        assert mark not in seen, keys
        seen.add(mark)
    assert len(seen) > 70
    assert set(refused) <= {
        "subject_type", "basis", "start", "no_record", "kind", "window", "otherwise", "title"
    }  # fmt: skip


def test_every_value_of_the_catalogue_touches_the_fingerprint(tmp_path: Path) -> None:
    policy = read(CARD, tmp_path)
    seen = {policy.fingerprint(policy.scorecards)}
    item = as_written(policy.catalogue["a.penalty"])
    for keys, value in leaves(item):
        try:
            twin = Item.model_validate(with_leaf(item, keys, other(value)))
        except ValidationError:
            continue
        changed_policy = Policy(
            editions=policy.editions, instruments={}, catalogue={**policy.catalogue, "a.penalty": twin}
        )
        seen.add(changed_policy.fingerprint(policy.scorecards))
    assert len(seen) == 12


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): as_json(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_json(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("path", PUBLIC, ids=lambda p: p.stem)
def test_the_json_schema_accepts_the_shipped_scorecards_and_refuses_a_stranger(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    document = as_json(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert [e.message for e in validator.iter_errors(document)] == []
    assert [e.validator for e in validator.iter_errors({**document, "weight": 1})] == ["additionalProperties"]
    del document["total"]
    assert [e.validator for e in validator.iter_errors(document)] == ["required"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_shipped_rule_has_its_sentence_in_both_languages(lang: str) -> None:
    rules = [(c.id, p) for c in EDITIONS.values() for p in c.places()]
    assert len(rules) > 100
    for name, place in rules:
        words = rule_in_words(place.rule, SHIPPED.catalogue, lang)
        assert len(words) > 12, (name, place.indicator)
        assert any("一" <= letter <= "鿿" for letter in words) == (lang == "zh"), words


def test_a_rule_in_words_names_items_points_window_and_bounds(tmp_path: Path) -> None:
    policy = read(CARD, tmp_path)
    rule = next(iter(policy.scorecards[0].places())).rule
    assert rule_in_words(rule, policy.catalogue, "en") == (
        "no record: full marks; from full marks: Penalty Minor -1 / General -5 / Serious -20 [last 36 months, at most -30]"
    )
    assert rule_in_words(rule, policy.catalogue, "zh") == (
        "无记录 满分；起始 满分；处罚 轻 -1 / 中 -5 / 重 -20 [近 36 个月，累计至多 -30]"
    )
    assert "a.penalty" in CATALOGUE
