"""Missing information is stated: what no source has delivered is neither a clean record nor a bad one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from credit_scoring import explain
from scoring.small import (
    ON,
    Row,
    firm_card,
    points_of,
    policy_of,
    reconciles,
    record,
    rows_of,
    run,
    score_of,
    subject,
)

ITEMS = ("a.penalty", "a.listing", "a.rating", "a.honour", "a.arrears")
# Points each indicator can move: 40 penalties, 10 listings, 10 - 2.5 rating, 10 honours, 30 arrears.
ALL = Decimal("97.5")
ZERO = ("no_record: full\n            measure:\n              kind: event_points\n              items:\n", "no_record: full\n            not_collected: zero\n            measure:\n              kind: event_points\n              items:\n")  # fmt: skip


def everything_but(*items: str) -> list[Row]:
    return [{"item": item} for item in ITEMS if item not in items]


def uncovered(coverage: list[Row], **columns: object) -> set[str]:
    result = run([], subjects=[subject(**columns)], coverage=coverage)
    return {row["indicator"] for row in rows_of(result.not_collected)}


def test_without_coverage_nothing_is_claimed() -> None:
    result = run([record("a")])
    assert score_of(result)["completeness"] is None
    assert rows_of(result.not_collected) == []
    assert result.info.coverage is None


def test_with_everything_covered_the_score_is_complete() -> None:
    result = run([record("a")], coverage=everything_but())
    assert score_of(result)["completeness"] == 1
    assert rows_of(result.not_collected) == []
    assert result.info.coverage is not None
    assert result.info.coverage.rows == 5
    assert reconciles(result)


def test_an_empty_table_of_coverage_says_that_nothing_was_delivered() -> None:
    result = run([], coverage=[])
    assert score_of(result)["completeness"] == 0
    assert len(rows_of(result.not_collected)) == 5


def test_completeness_is_the_share_of_points_that_rest_on_covered_sources() -> None:
    row = score_of(run([], coverage=everything_but("a.penalty")))
    assert row["completeness"] == round((ALL - 40) / ALL, 3) == Decimal("0.590")
    assert float(row["score"]) == 80


def test_what_is_on_record_is_known_whatever_the_coverage_says() -> None:
    result = run([record("a")], coverage=everything_but("a.penalty"))
    assert score_of(result)["completeness"] == 1
    other = run([record("a")], subjects=[subject(), subject("other")], coverage=everything_but("a.penalty"))
    assert score_of(other, "other")["completeness"] == Decimal("0.590")


def test_the_table_of_what_was_not_collected_names_scorecard_region_and_indicator() -> None:
    subjects = [subject("a"), subject("b", region_code="330200"), subject("c", region_code=None)]
    coverage = [*everything_but("a.penalty"), {"item": "a.penalty", "region_code": "330100"}]
    result = run([], subjects=subjects, coverage=coverage)
    assert rows_of(result.not_collected) == [
        {"scorecard": "demo", "region_code": "", "indicator": "penalties"},
        {"scorecard": "demo", "region_code": "330200", "indicator": "penalties"},
    ]
    assert [str(row["completeness"]) for row in rows_of(result.scores)] == ["1.000", "0.590", "0.590"]


@pytest.mark.parametrize(
    ("delivered", "lives", "covered"),
    [
        (None, "330106", True),
        (None, None, True),
        ("330000", "330106", True),
        ("330000", "330000", True),
        ("330000", "340100", False),
        ("330100", "330106", True),
        ("330100", "330206", False),
        ("330100", "330000", False),
        ("330106", "330106", True),
        ("330106", "330100", False),
        ("331000", "331002", True),
        ("331000", "330106", False),
        ("110000", "110101", True),
        ("330000", None, False),
    ],
)
def test_a_region_covers_the_regions_within_it(
    delivered: str | None, lives: str | None, covered: bool
) -> None:
    coverage = [*everything_but("a.penalty"), {"item": "a.penalty", "region_code": delivered}]
    assert uncovered(coverage, region_code=lives) == (set() if covered else {"penalties"})


@pytest.mark.parametrize(
    ("since", "until", "covered"),
    [
        (None, None, True),
        (date(2023, 1, 1), None, True),
        (date(2023, 1, 2), None, False),
        (None, ON, True),
        (None, date(2025, 12, 30), False),
        (date(2023, 1, 1), ON, True),
    ],
)
def test_a_source_covers_an_indicator_when_it_reaches_over_the_window(
    since: date | None, until: date | None, covered: bool
) -> None:
    coverage = [
        *everything_but("a.penalty"),
        {"item": "a.penalty", "covered_from": since, "covered_until": until},
    ]
    assert uncovered(coverage) == (set() if covered else {"penalties"})


def test_a_window_without_beginning_needs_a_source_that_delivers_on_the_date() -> None:
    coverage = [*everything_but("a.listing"), {"item": "a.listing", "covered_from": ON}]
    assert uncovered(coverage) == set()
    coverage[-1]["covered_from"] = date(2026, 1, 1)
    assert uncovered(coverage) == {"listings"}


def test_points_of_what_was_not_collected_are_what_the_rule_says() -> None:
    policy = policy_of(firm_card(ZERO))
    result = run([], coverage=everything_but("a.penalty"), policy=policy)
    assert points_of(result) == {"penalties": 0}
    (row,) = rows_of(result.points)
    assert (row["state"], row["lost"]) == ("not_collected", 40)
    assert float(score_of(result)["score"]) == 40
    assert points_of(run([record("a")], coverage=everything_but("a.penalty"), policy=policy)) == {
        "penalties": 35
    }
    assert points_of(run([], coverage=everything_but(), policy=policy)) == {}


def test_the_explanation_tells_clean_from_not_collected() -> None:
    result = run([record("a", item="a.listing")], coverage=everything_but("a.penalty"))
    lines = {
        line.indicator: line.state
        for dimension in explain(result, "firm").dimensions
        for group in dimension.groups
        for line in group.indicators
    }
    assert lines == {
        "penalties": "not_collected", "listings": "observed", "rating": "observed_clean",
        "honours": "observed_clean", "arrears": "observed_clean",
    }  # fmt: skip
    without = explain(run([]), "firm")
    assert {line.state for d in without.dimensions for g in d.groups for line in g.indicators} == {
        "no_record"
    }
