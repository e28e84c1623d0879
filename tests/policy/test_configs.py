"""The shipped catalogue and scorecards say what the published texts say.

The files are read with plain `yaml.safe_load`, not with the package's loader: a fault of the loader must not
hide a fault of the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
FIVE = {"basic_info", "social_responsibility", "law_compliance", "management_capability", "finance_tax"}
Node = dict[str, Any]


def read(path: Path) -> Node:
    loaded: Node = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


CATALOGUE: Node = {
    code: item
    for path in sorted((CONFIGS / "catalogue").glob("*.yaml"))
    for code, item in read(path)["items"].items()
}
INSTRUMENTS: Node = read(CONFIGS / "instruments.yaml")["instruments"]
CARDS: dict[str, Node] = {path.stem: read(path) for path in sorted((CONFIGS / "public").glob("*.yaml"))}
ENTERPRISE_2020 = "public-enterprise-2020"
PERSON_2020 = "public-natural-person-2020"

every_card = pytest.mark.parametrize("name", sorted(CARDS))


def groups(card: Node) -> Iterator[tuple[str, Node]]:
    for dimension in card["dimensions"].values():
        yield from dimension.get("groups", {}).items()


def indicators(card: Node) -> Iterator[tuple[str, Node]]:
    for dimension in card["dimensions"].values():
        yield from dimension.get("indicators", {}).items()
    for _, group in groups(card):
        yield from group["indicators"].items()


def nodes(value: Any) -> Iterator[Node]:
    """Every mapping in the tree, the topmost first."""
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from nodes(child)
    elif isinstance(value, list):
        for child in value:
            yield from nodes(child)


def items_used(card: Node) -> set[str]:
    return {code for node in nodes(card) for code in node.get("items", ()) if "." in code}


def citations(value: Any) -> Iterator[str]:
    for node in nodes(value):
        for key in ("authority", "legal_basis"):
            cited = node.get(key, [])
            yield from (text.split(" ")[0] for text in ([cited] if isinstance(cited, str) else cited))


def clean_score(card: Node) -> float:
    """Points of a subject about which nothing is on record."""
    words = {"zero": 0.0}
    return sum(
        float(rule["points"])
        if rule["no_record"] == "full"
        else float(words.get(rule["no_record"], rule["no_record"]))
        for _, rule in indicators(card)
    )


def grade_of(card: Node, score: float) -> str:
    return next(
        name for name, grade in card["grades"].items() if grade.get("otherwise") or score >= grade["from"]
    )


# The catalogue

RELIED_ON = """
    tax.arrears inspection.double_random penalty.ordinary penalty.simplified penalty.unmarked
    penalty.tax penalty.environment honour.little_giant permit.work_safety inspection.work_safety
    listing.abnormal_operation industry_evaluation.passenger_transport industry_evaluation.car_rental
    listing.civil_air_defence sampling.food industry_evaluation.science_funding honour.gazelle
    honour.technology_sme honour.award listing.major_tax_violation inspection.food public_credit.score
    tax_credit.grade listing.key_personnel_serious_dishonesty judgment.unperformed
    judgment.unperformed_key_personnel judgment.dishonest_debtor listing.serious_dishonesty
    tax.abnormal_household social_security.arrears housing_fund.loan_overdue commitment.kept
    commitment.broken volunteer.hours donation.charity contract.performance
"""


def test_the_catalogue_is_no_sample():
    kinds = Counter(item["entry"] for item in CATALOGUE.values())
    assert len(CATALOGUE) >= 120
    assert set(kinds) == {"basic", "good", "bad", "other"}
    assert min(kinds.values()) >= 20
    families = {code.split(".")[0] for code in CATALOGUE}
    assert families >= {
        "registration", "permit", "honour", "red_list", "commitment", "volunteer", "donation", "declaration",
        "penalty", "judgment", "listing", "tax", "accident", "sampling", "inspection", "public_credit",
    }  # fmt: skip


def test_no_item_stands_in_two_files():
    files = sorted((CONFIGS / "catalogue").glob("*.yaml"))
    assert sum(len(read(path)["items"]) for path in files) == len(CATALOGUE)


@pytest.mark.parametrize("code", RELIED_ON.split())
def test_an_item_that_imports_and_schemes_rely_on_exists(code):
    assert code in CATALOGUE


def test_money_hours_and_scores_carry_their_units():
    units = {"tax.arrears": "CNY", "volunteer.hours": "hours", "public_credit.score": "points"}
    assert {code: CATALOGUE[code]["unit"] for code in units} == units
    assert all(CATALOGUE[code]["value_required"] for code in units)


def penalties() -> list[str]:
    return [code for code in CATALOGUE if code.startswith("penalty.")]


@pytest.mark.parametrize("code", penalties())
def test_every_penalty_has_severity_levels(code):
    item = CATALOGUE[code]
    assert list(item["levels"]) == ["minor", "general", "serious", "unclassified"]
    assert item["unranked"] == ["unclassified"]
    assert item["polarity"] == "worse"


@pytest.mark.parametrize("code", penalties())
def test_penalties_are_published_by_class_and_those_of_persons_not_at_all(code):
    publicity = CATALOGUE[code]["publicity"]
    if CATALOGUE[code]["subject_types"] == ["natural_person"]:
        assert publicity == "not_published"
        return
    assert publicity["minor"] == {"at_most": "3 months"}
    assert publicity["general"] == {"at_least": "3 months", "at_most": "12 months"}
    assert publicity["serious"] == {"at_least": "12 months", "at_most": "36 months"}


def test_misconduct_of_persons_is_gone_after_five_years():
    kept_longer = [
        code
        for code, item in CATALOGUE.items()
        if item["entry"] == "bad"
        and "natural_person" in item["subject_types"]
        and item["retention"] != "60 months"
    ]
    assert kept_longer == []


def test_items_about_persons_have_a_class_of_personal_data():
    unclassed = [
        code
        for code, item in CATALOGUE.items()
        if "natural_person" in item["subject_types"] and item["personal_data"] == "none"
    ]
    assert unclassed == []


def test_what_the_law_forbids_to_collect_is_no_item():
    assert [code for code, item in CATALOGUE.items() if item["personal_data"] == "prohibited"] == []
    forbidden = ("宗教", "基因", "指纹", "血型", "疾病", "病史", "信访")
    assert [
        c for c, item in CATALOGUE.items() if any(word in item["title"]["zh"] for word in forbidden)
    ] == []


def test_data_that_need_consent_are_known_as_such():
    needing = {code for code, item in CATALOGUE.items() if item["personal_data"] == "consent_required"}
    assert needing >= {"person.income", "person.deposits", "person.real_estate", "person.tax_amount"}
    assert all(CATALOGUE[code]["openness"] == "authorised" for code in needing)


# Legal texts


def test_every_cited_text_exists():
    cited = {key for node in (CATALOGUE, CARDS) for key in citations(node)}
    assert cited - set(INSTRUMENTS) == set()


def test_every_text_is_cited():
    cited = {key for path in CONFIGS.rglob("*.yaml") for key in citations(read(path))}
    assert set(INSTRUMENTS) - cited == set()


def test_every_item_has_a_legal_basis():
    assert [code for code, item in CATALOGUE.items() if not item["legal_basis"]] == []


def test_texts_say_whether_they_were_seen():
    assert {text["standing"] for text in INSTRUMENTS.values()} == {"published", "assumed"}
    order_36, order_58 = INSTRUMENTS["ndrc-order-36"], INSTRUMENTS["ndrc-order-58"]
    assert order_36["in_force_from"] == order_58["repealed_from"] == date(2026, 4, 1)


# The scorecards


def test_the_six_editions_are_there():
    assert set(CARDS) == {
        "public-enterprise-2019", "public-enterprise-2020", "public-natural-person-2020",
        "public-social-organisation-2020", "public-public-institution-2020", "public-government-agency-2020",
    }  # fmt: skip
    assert {f"{card['scorecard']}-{card['edition']}" for card in CARDS.values()} == set(CARDS)


def test_editions_follow_each_other_by_date():
    old, new = CARDS["public-enterprise-2019"]["in_force"], CARDS[ENTERPRISE_2020]["in_force"]
    assert old["until"] == new["from"] == date(2020, 8, 17)
    assert "until" not in new


@every_card
def test_a_scorecard_has_the_five_dimensions_and_a_thousand_points(name):
    assert set(CARDS[name]["dimensions"]) == FIVE
    assert CARDS[name]["total"] == 1000


@every_card
def test_points_add_up_level_by_level(name):
    card = CARDS[name]
    assert sum(d["points"] for d in card["dimensions"].values()) == card["total"]
    for dimension in card["dimensions"].values():
        parts = dimension.get("groups") or dimension["indicators"]
        assert sum(part["points"] for part in parts.values()) == dimension["points"]
        for group in dimension.get("groups", {}).values():
            assert sum(rule["points"] for rule in group["indicators"].values()) == group["points"]


@every_card
def test_every_number_says_whether_it_was_published(name):
    card = CARDS[name]
    headings = [*card["dimensions"].values(), *(group for _, group in groups(card))]
    for node in (card, *headings, *(rule for _, rule in indicators(card)), *card["overrides"].values()):
        assert node["basis"] in ("published", "assumed")
    for _, rule in indicators(card):
        assert rule.get("rule_basis", rule["basis"]) == "assumed", (
            "no rule below the points has been published"
        )


@every_card
def test_a_scorecard_uses_items_of_its_subject_type_that_may_be_used(name):
    card = CARDS[name]
    for code in items_used(card):
        assert card["subject_type"] in CATALOGUE[code]["subject_types"], code
        assert CATALOGUE[code]["personal_data"] not in ("prohibited", "consent_required"), code


@pytest.mark.parametrize(
    ("name", "least"),
    [
        (ENTERPRISE_2020, 30),
        ("public-social-organisation-2020", 15),
        ("public-public-institution-2020", 15),
        ("public-government-agency-2020", 15),
    ],
)
def test_a_scorecard_is_complete(name, least):
    assert sum(1 for _ in indicators(CARDS[name])) >= least


ENTERPRISE_2020_PUBLISHED = {
    "basic_info": (80, {
        "主要人员信息": (40, {"主要人员严重失信": 20, "主要人员未履行生效裁判": 20}),
        "经营信息": (40, {"经营异常": 20, "非正常户": 20}),
    }),
    "finance_tax": (195, {
        "金融信息": (
            135,
            {"融资未履行生效裁判": 50, "融资刑事犯罪": 60, "金融逃废债": 15, "存量权益登记": 10},
        ),
        "财税信息": (60, {"社保缴纳": 30, "税收缴纳": 30}),
    }),
    "management_capability": (90, {
        "产品质量": (30, {"监督抽查": 30}),
        "安全生产": (30, {"安全隐患": 30}),
        "环境保护": (30, None),
    }),
}  # fmt: skip


def test_the_2020_edition_for_enterprises_has_the_published_points():
    dimensions = CARDS[ENTERPRISE_2020]["dimensions"]
    for name, (points, published_groups) in ENTERPRISE_2020_PUBLISHED.items():
        dimension = dimensions[name]
        assert (dimension["points"], dimension["basis"]) == (points, "published")
        found = {group["title"]["zh"]: group for group in dimension["groups"].values()}
        assert set(found) == set(published_groups)
        for title, (group_points, published) in published_groups.items():
            group = found[title]
            assert (group["points"], group["basis"]) == (group_points, "published")
            rules = group["indicators"].values()
            if published is None:
                assert {rule["basis"] for rule in rules} == {"assumed"}
            else:
                assert {rule["title"]["zh"]: rule["points"] for rule in rules} == published
                assert {rule["basis"] for rule in rules} == {"published"}


def test_the_2020_edition_for_enterprises_splits_the_remainder_by_assumption():
    dimensions = CARDS[ENTERPRISE_2020]["dimensions"]
    law, social = dimensions["law_compliance"], dimensions["social_responsibility"]
    assert (law["points"], social["points"]) == (485, 150)
    assert {law["basis"], social["basis"]} == {"assumed"}
    below = [*law["groups"].values(), *social["groups"].values()]
    assert {rule["basis"] for group in below for rule in [group, *group["indicators"].values()]} == {
        "assumed"
    }


ENTERPRISE_2019_PUBLISHED = {
    "basic_info": (100, {"分支机构及主要人员": 50, "年度报告": 50}),
    "finance_tax": (160, {"金融信息": 60, "纳税遵从": 100}),
    "management_capability": (140, {"产品质量": 20, "安全生产": 60, "环境保护": 60}),
}


def test_the_2019_edition_for_enterprises_has_two_levels_with_the_published_points():
    dimensions = CARDS["public-enterprise-2019"]["dimensions"]
    assert all("groups" not in dimension for dimension in dimensions.values())
    for name, (points, published) in ENTERPRISE_2019_PUBLISHED.items():
        dimension = dimensions[name]
        assert (dimension["points"], dimension["basis"]) == (points, "published")
        rules = dimension["indicators"].values()
        assert {rule["title"]["zh"]: rule["points"] for rule in rules} == published
        assert {rule["basis"] for rule in rules} == {"published"}
    rest = [dimensions[name] for name in ("law_compliance", "social_responsibility")]
    assert sum(dimension["points"] for dimension in rest) == 600
    assert {dimension["basis"] for dimension in rest} == {"assumed"}


def test_natural_persons_have_the_published_tree():
    card = CARDS[PERSON_2020]
    titles = [rule["title"]["zh"] for _, rule in indicators(card)]
    assert sum(1 for _ in groups(card)) == 11
    assert len(titles) == 21
    assert set(titles) >= {
        "名下单位严重失信", "名下单位未履行生效裁判", "重点监管", "公积金贷款逾期", "金融逃废债",
        "其他行政认定不良", "虚假诉讼",
    }  # fmt: skip
    assert {name: dimension["title"]["zh"] for name, dimension in card["dimensions"].items()} == {
        "basic_info": "基本情况",
        "social_responsibility": "社会公德",
        "law_compliance": "遵纪守法",
        "management_capability": "履约能力",
        "finance_tax": "经济行为",
    }


def test_natural_persons_get_bands_and_no_grade():
    card = CARDS[PERSON_2020]
    assert card["bands"] == {"width": 50}
    assert "grades" not in card
    assert all("grade" not in key for o in card["overrides"].values() for key in o["effect"])


def test_persons_under_eighteen_are_not_rated():
    override = CARDS[PERSON_2020]["overrides"]["under_age"]
    assert override["when"] == {"measure": {"kind": "months_since", "date": "established_on"}, "below": 216}
    assert override["effect"] == {"unrated": True}


def test_a_person_without_records_is_where_nearly_everybody_was_published_to_be():
    assert 800 <= clean_score(CARDS[PERSON_2020]) < 850


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        (ENTERPRISE_2020, "good"),
        ("public-enterprise-2019", "good"),
        ("public-social-organisation-2020", "medium"),
        ("public-public-institution-2020", "good"),
        ("public-government-agency-2020", "good"),
    ],
)
def test_a_clean_record_without_merits_is_not_excellent(name, grade):
    card = CARDS[name]
    assert grade_of(card, clean_score(card)) == grade
    assert [grade["title"]["zh"] for grade in card["grades"].values()] == ["优秀", "良好", "中等", "较差"]


@every_card
def test_merits_are_earned_from_zero_and_everything_else_starts_full(name):
    for dimension_name, dimension in CARDS[name]["dimensions"].items():
        for _, rule in indicators({"dimensions": {dimension_name: dimension}}):
            expected = "zero" if dimension_name == "social_responsibility" else "full"
            assert rule["no_record"] == expected


def event_points(card: Node) -> Iterator[tuple[str, str, Any]]:
    for name, rule in indicators(card):
        if rule["measure"]["kind"] == "event_points":
            yield from ((name, code, points) for code, points in rule["measure"]["items"].items())


def points_of(points: Any) -> list[float]:
    if not isinstance(points, dict):
        return [points]
    return [points["points"]] if "per" in points else list(points.values())


@every_card
def test_a_worse_level_never_costs_less(name):
    for indicator, code, points in event_points(CARDS[name]):
        if not isinstance(points, dict) or "per" in points:
            continue
        unranked = CATALOGUE[code].get("unranked", [])
        ladder = [
            points[level] for level in CATALOGUE[code]["levels"] if level in points and level not in unranked
        ]
        assert ladder == sorted(ladder, reverse=True), (indicator, code)


@every_card
def test_a_bad_entry_never_earns_points_and_a_good_one_never_costs_any(name):
    for indicator, code, points in event_points(CARDS[name]):
        numbers = points_of(points)
        worse = CATALOGUE[code]["polarity"] == "worse"
        assert all(n <= 0 if worse else n >= 0 for n in numbers), (indicator, code)


@every_card
def test_a_penalty_of_unknown_procedure_and_severity_is_not_deducted(name):
    for indicator, code, points in event_points(CARDS[name]):
        # Only the ordinary and the simplified procedure are known by their items.
        if code.startswith("penalty.") and code not in ("penalty.ordinary", "penalty.simplified"):
            assert points["unclassified"] == 0, (indicator, code)


@every_card
def test_no_single_minor_penalty_takes_more_than_a_fifth_of_an_indicator(name):
    rules = dict(indicators(CARDS[name]))
    for indicator, code, points in event_points(CARDS[name]):
        if code.startswith("penalty.") and isinstance(points, dict):
            assert -points["minor"] * 5 <= rules[indicator]["points"], (indicator, code)


@every_card
def test_repaired_records_are_left_out_everywhere(name):
    assert {node.get("repaired", "excluded") for node in nodes(CARDS[name])} == {"excluded"}


@every_card
def test_overrides_rest_on_a_text_and_close_with_the_subject(name):
    overrides = CARDS[name]["overrides"]
    assert all(override["authority"] for override in overrides.values())
    assert overrides["closed"]["when"] == {"subject": "closed"}
    assert overrides["closed"]["effect"] == {"unrated": True}


@every_card
def test_an_indicator_shares_its_events_with_one_group_at_most(name):
    members = Counter(i for group in CARDS[name]["event_groups"].values() for i in group["indicators"])
    assert set(members) <= {indicator for indicator, _ in indicators(CARDS[name])}
    assert set(members.values()) == {1}


def test_the_files_do_not_speak_of_where_they_were_made():
    for path in CONFIGS.rglob("*"):
        if path.suffix in (".yaml", ".md"):
            assert "../shared" not in path.read_text(encoding="utf-8"), path
