"""The four sectors' files: read with plain YAML where a fault of the loader could hide a fault of the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from credit_scoring import load_policy
from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.loading import Policy, check_files
from credit_scoring.policy.measures import LatestLevel, PublicScore
from credit_scoring.policy.polarity import polarity_of
from credit_scoring.scoring.measuring import feature_card, level_ranks
from credit_scoring.synthetic.truths import truth_of

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
FIVE = ["basic_info", "social_responsibility", "law_compliance", "management_capability", "finance_tax"]
SECTORS = ("building-market", "environment", "road-transport", "financial-risk")
RANDOM_INDEX = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32}
"""Of Saaty's consistency ratio (Saaty 1980, p. 21)."""
Node = dict[str, Any]

every_sector = pytest.mark.parametrize("sector", SECTORS)


def path_of(sector: str) -> Path:
    return CONFIGS / "sectors" / f"sector-{sector}.yaml"


def file_of(sector: str) -> Node:
    # As text, so that 0.1 is a tenth and not the number nearest to it.
    loaded: Node = yaml.load(path_of(sector).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return loaded


def indicators(card: Node) -> Iterator[tuple[str, Node]]:
    for dimension in card["dimensions"].values():
        yield from dimension["indicators"].items()


@pytest.fixture(scope="module")
def policies() -> dict[str, Policy]:
    return {sector: load_policy(path_of(sector)) for sector in SECTORS}


def test_the_four_sectors_are_all_there_are() -> None:
    assert {path.name for path in (CONFIGS / "sectors").glob("*.yaml")} == {
        path_of(sector).name for sector in SECTORS
    }


def test_the_check_of_all_configs_finds_neither_problem_nor_warning() -> None:
    reading, problems = check_files([CONFIGS])
    assert [str(problem) for problem in problems] == []
    assert {f"sector-{sector}" for sector in SECTORS} <= {e.card.scorecard for e in reading.editions}


@every_sector
def test_a_sector_has_twelve_to_twenty_indicators_in_the_five_dimensions(sector: str) -> None:
    card = file_of(sector)
    assert list(card["dimensions"]) == FIVE
    assert 12 <= len(list(indicators(card))) <= 20
    assert card["extends"] == "public-enterprise"
    assert card["subject_type"] == "enterprise"
    assert card["title"]["zh"]
    assert card["title"]["en"]


@every_sector
def test_weights_add_up_to_one_and_headings_to_their_weights(sector: str) -> None:
    card = file_of(sector)
    assert sum(Fraction(rule["weight"]) for _, rule in indicators(card)) == 1
    assert {rule["points"] for _, rule in indicators(card)} == {"100"}
    for dimension in card["dimensions"].values():
        weight = sum(Fraction(rule["weight"]) for rule in dimension["indicators"].values())
        assert Fraction(dimension["points"]) == weight * 1000


@every_sector
def test_the_public_score_is_one_indicator_with_a_stated_default(sector: str) -> None:
    found = [rule for _, rule in indicators(file_of(sector)) if rule["measure"]["kind"] == "public_score"]
    assert len(found) == 1
    (rule,) = found
    assert Fraction("0.1") <= Fraction(rule["weight"]) <= Fraction("0.2")
    # A number, below the 85 of a firm with nothing on record: being unrated must not pay.
    assert 0 < Fraction(rule["no_record"]) < 85


@every_sector
def test_every_number_is_marked_as_ours_and_every_override_cites_a_text(sector: str) -> None:
    card = file_of(sector)
    assert card["basis"] == "assumed"
    assert {rule["basis"] for _, rule in indicators(card)} == {"assumed"}
    assert card["authority"]
    assert all(override["authority"] for override in card["overrides"].values())


@every_sector
def test_lists_make_the_worst_grade_and_a_poor_public_grade_bounds_it(sector: str) -> None:
    card = file_of(sector)
    grades = list(card["grades"])
    listed = card["overrides"]["serious_dishonesty_listed"]
    assert listed["effect"] == {"grade": grades[-1]}
    poor = card["overrides"]["public_grade_poor"]
    assert poor["when"] == {"subject": "public_grade", "one_of": ["poor"]}
    assert grades.index(poor["effect"]["grade_at_most"]) >= 2
    assert any("grades_down" in override["effect"] for override in card["overrides"].values())


@every_sector
def test_the_language_is_used_as_departments_need_it(sector: str) -> None:
    measures = [rule["measure"] for _, rule in indicators(file_of(sector))]
    kinds = {measure["kind"] for measure in measures}
    assert kinds >= {"public_score", "event_points", "latest_level", "ratio", "count_months", "maximum"}
    assert any("decay" in measure for measure in measures)
    assert any("repeat" in measure for measure in measures)


@every_sector
def test_events_that_two_indicators_could_count_stand_in_one_group(sector: str) -> None:
    card = file_of(sector)
    grouped = {name for group in card["event_groups"].values() for name in group["indicators"]}
    deducting = {
        name
        for name, rule in indicators(card)
        if rule["measure"]["kind"] == "event_points" and rule["start"] == "full"
    }
    # Judgments are of courts: no administrative event repeats them.
    assert deducting - grouped <= {"judgments"}


def consistency_ratio(names: list[str], judgments: Node) -> float:
    """Saaty's ratio, from the eigenvalues themselves."""
    size = len(names)
    matrix = np.eye(size)
    for pair, ratio in judgments.items():
        first, second = (names.index(name) for name in pair.split(" over "))
        matrix[first, second] = float(Fraction(ratio))
        matrix[second, first] = 1 / float(Fraction(ratio))
    if size < 3:
        return 0.0
    largest = max(np.linalg.eigvals(matrix).real)
    return float((largest - size) / (size - 1) / RANDOM_INDEX[size])


@every_sector
def test_experts_judge_every_pair_once_and_consistently(sector: str) -> None:
    card = file_of(sector)
    experts = card["weighing"]["experts"]
    assert 2 <= len(experts) <= 3
    for expert in experts.values():
        assert sum(Fraction(weight) for weight in expert["weights"].values()) == 1
        tables = {"dimensions": (FIVE, expert["judgments"]["dimensions"])}
        for dimension, content in card["dimensions"].items():
            tables[dimension] = (
                list(content["indicators"]),
                expert["judgments"]["indicators"].get(dimension, {}),
            )
        for names, judgments in tables.values():
            assert {frozenset(pair.split(" over ")) for pair in judgments} == {
                frozenset(pair) for pair in combinations(names, 2)
            }
            assert len(judgments) == len(names) * (len(names) - 1) // 2
            assert consistency_ratio(names, judgments) < 0.1


@every_sector
def test_training_dates_have_the_rules_in_force_and_windows_that_do_not_overlap(
    sector: str, policies: dict[str, Policy]
) -> None:
    policy = policies[sector]
    card = policy.edition_in_force(f"sector-{sector}", date(2025, 12, 31))
    training = card.training
    assert training is not None
    assert 4 <= len(training.observe) <= 6
    for on in training.observe:
        assert card.in_force.from_ <= on
        assert [base.edition for base in policy.bases((card,), on)] == ["2020"]
    assert training.hold_out.from_ in training.observe
    assert training.hold_out.regions
    assert training.hold_out.share
    assert set(training.outcome.items) <= set(policy.catalogue)


@every_sector
def test_every_feature_has_a_direction_and_ranks_where_it_has_levels(
    sector: str, policies: dict[str, Policy]
) -> None:
    policy = policies[sector]
    card = policy.edition_in_force(f"sector-{sector}", date(2025, 12, 31))
    assert card.training is not None
    features = feature_card(card)
    for place in features.places():
        stated = card.training.polarity.get(place.indicator)
        given = polarity_of(place.rule.measure, policy.catalogue)
        assert stated is not None or given in ("better", "worse"), place.indicator
        if isinstance(place.rule.measure, LatestLevel):
            assert sorted(level_ranks(place.rule.measure, policy.catalogue).values())[0] == 0
    assert any(isinstance(place.rule.measure, PublicScore) for place in features.places())


@every_sector
def test_only_the_sector_that_is_known_by_inspection_leaves_the_unlabelled_out(
    sector: str, policies: dict[str, Policy]
) -> None:
    card = policies[sector].edition_in_force(f"sector-{sector}", date(2025, 12, 31))
    assert card.training is not None
    assert card.training.outcome.unlabelled == ("exclude" if sector == "environment" else "good")
    assert (truth_of(card.scorecard).inspected is not None) == (sector == "environment")


def test_sector_items_are_complete_and_lawful(policies: dict[str, Policy]) -> None:
    written = yaml.safe_load((CONFIGS / "catalogue" / "sectors.yaml").read_text(encoding="utf-8"))["items"]
    catalogue = policies["environment"].catalogue
    read = {
        code
        for policy in policies.values()
        for card in policy.scorecards
        for place in card.places()
        for code in _items(place.rule.measure)
    } | {"finance.illegal_fundraising"}
    assert set(written) <= read, "an item that nothing reads"
    for code in written:
        item: Item = catalogue[code]
        assert item.personal_data == "none"
        assert item.retention == "60 months"
        assert item.subject_types == ("enterprise",)
        assert item.title.zh
        assert item.entry != "bad" or item.polarity == "worse"
        assert item.entry != "good" or item.polarity == "better"


def _items(measure: Any) -> Iterator[str]:
    for part in (measure, getattr(measure, "numerator", None), getattr(measure, "denominator", None)):
        yield from getattr(part, "items", ())
