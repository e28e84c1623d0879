"""One event counts once, what was not yet known is out of sight, persons get a band and no grade."""

from __future__ import annotations

from datetime import date

import pytest

from credit_scoring import load_policy
from policy.texts import CARD, changed
from scoring.small import (
    CLOSED,
    ON,
    PERSON,
    Row,
    firm_card,
    points_of,
    policy_of,
    record,
    rows_of,
    run,
    score_of,
    subject,
)


def evidence(result: object, name: str) -> set[tuple[str, float, str]]:
    return {
        (row["record_id"], float(row["points"]), row["treatment"])
        for row in rows_of(result.evidence)  # type: ignore[attr-defined]
        if row["indicator"] == name
    }


def test_one_event_reported_by_two_departments_counts_once() -> None:
    rows = [record("a", event_id="no. 17", source="One"), record("b", event_id="no. 17", source="Other")]
    result = run(rows)
    assert points_of(result) == {"penalties": 35}
    assert evidence(result, "penalties") == {("a", -5, "counted"), ("b", 0, "same_event")}


def test_of_reports_that_differ_the_heaviest_counts() -> None:
    rows = [
        record("a", event_id="e", level="minor"),
        record("b", event_id="e", level="serious"),
        record("c", event_id="e"),
    ]
    result = run(rows)
    assert points_of(result) == {"penalties": 20}
    assert evidence(result, "penalties") == {
        ("a", 0, "same_event"),
        ("b", -20, "counted"),
        ("c", 0, "same_event"),
    }


def test_records_without_an_event_stand_alone_and_events_of_two_subjects_are_two() -> None:
    rows = [
        record("a"),
        record("b"),
        record("c", event_id="e"),
        record("d", event_id="e", subject_id="other"),
    ]
    result = run(rows, subjects=[subject(), subject("other")])
    assert points_of(result) == {"penalties": 25}
    assert points_of(result, "other") == {"penalties": 35}


def test_the_cap_of_a_measure_bounds_its_sum() -> None:
    result = run([record("a", level="serious"), record("b", level="serious")])
    assert points_of(result) == {"penalties": 10}


# Event groups: penalties (40 points, cap -30) and listings (10 points) lose min(U, C) together.

LISTING: Row = {"item": "a.listing"}
GROUPS: dict[str, tuple[list[Row], dict[str, float]]] = {
    "the heavier report counts, the other gives way": ([{"event_id": "e"}, LISTING | {"event_id": "e"}], {"listings": 0}),
    "on a tie the indicator that stands first": ([{"event_id": "e", "level": "serious"}, LISTING | {"event_id": "e"}], {"penalties": 20}),
    "events of their own both count": ([{"event_id": "e"}, LISTING | {"event_id": "f"}], {"penalties": 35, "listings": 0}),
    "records without event both count": ([{}, LISTING], {"penalties": 35, "listings": 0}),
    "an exhausted indicator lets the other report count": (
        # U = 20 + 10 + 5 (both listings weigh more than their penalties), C = 10 + 10: listings hold 10 only.
        [LISTING | {"event_id": "e"}, {"event_id": "e"}, LISTING | {"event_id": "f"}, {"event_id": "f"}],
        {"penalties": 30, "listings": 0},
    ),
    "charged no further than the group would lose": (
        # U = 10 + 10, C = 10 + 1: what is missing is charged as far as reports reach.
        [LISTING | {"event_id": "e"}, {"event_id": "e", "level": "minor"}, LISTING | {"event_id": "f"}],
        {"penalties": 39, "listings": 0},
    ),
    "an indicator within its bounds takes all of it": (
        [LISTING | {"event_id": "e"}, {"event_id": "e", "level": "serious"}, {"event_id": "f"}],
        {"penalties": 15},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GROUPS)
def test_an_event_under_two_indicators_of_a_group(name: str) -> None:
    reports, expected = GROUPS[name]
    result = run([record(f"r{i}", **report) for i, report in enumerate(reports)])
    assert points_of(result) == expected


def test_a_report_that_gives_way_says_where_its_event_counts() -> None:
    result = run([record("p", event_id="e"), record("l", event_id="e", item="a.listing")])
    assert evidence(result, "penalties") == {("p", -5, "counted_elsewhere")}
    assert evidence(result, "listings") == {("l", -10, "counted")}
    assert score_of(result)["reasons"] == ["listings"]


# Time


def test_a_past_score_is_rebuilt_from_what_was_known_then() -> None:
    june, july = date(2025, 6, 30), date(2025, 7, 31)
    early = [record("a", recorded_on=date(2025, 6, 10))]
    late = [
        record("b", recorded_on=date(2025, 7, 1)),
        record("c", item="a.listing", occurred_on=date(2025, 6, 1), recorded_on=date(2025, 8, 1)),
    ]
    then = run(early, on=june)
    rebuilt = run(early + late, on=june, known_by=june)
    assert rows_of(rebuilt.scores) == rows_of(then.scores)
    assert rows_of(rebuilt.evidence) == rows_of(then.evidence)
    assert (rebuilt.info.known_by, rebuilt.info.records_not_yet_known) == (june, 2)
    assert points_of(run(early + late, on=june, known_by=july)) == {"penalties": 30}


def test_a_repair_counts_from_the_day_it_was_known_to_hold() -> None:
    repaired = [record("a", repaired_on=date(2025, 9, 1))]
    assert points_of(run(repaired)) == {}
    assert points_of(run(repaired, on=date(2025, 8, 31))) == {"penalties": 35}
    assert points_of(run(repaired, on=date(2025, 9, 1))) == {}
    assert points_of(run(repaired, known_by=date(2025, 8, 31))) == {"penalties": 35}


@pytest.mark.parametrize(
    ("columns", "counts"),
    [
        ({"occurred_on": date(2022, 12, 31)}, False),
        ({"occurred_on": date(2023, 1, 1)}, True),
        ({"occurred_on": ON}, True),
        ({"expires_on": date(2026, 1, 1)}, True),
        ({"expires_on": ON}, False),
        ({"withdrawn_on": ON}, False),
        ({"withdrawn_on": date(2026, 1, 1)}, True),
    ],
)
def test_the_first_and_the_last_day_a_record_counts(columns: Row, counts: bool) -> None:
    assert points_of(run([record("a", **columns)])) == ({"penalties": 35} if counts else {})


# Overrides and persons


def test_an_override_gives_the_grade_and_leaves_the_points() -> None:
    row = score_of(run([record("a", level="serious")]))
    assert (float(row["score_raw"]), float(row["score"])) == (60, 60)
    assert (row["grade_raw"], row["grade"], row["overrides"]) == ("fair", "poor", ["listed"])


def test_who_is_closed_is_scored_and_not_rated() -> None:
    policy = policy_of(firm_card(CLOSED))
    row = score_of(run([], subjects=[subject(closed_on=ON)], policy=policy))
    assert (row["unrated"], row["grade"], row["grade_raw"], row["overrides"]) == (
        True,
        None,
        "good",
        ["closed"],
    )
    open_still = score_of(run([], subjects=[subject(closed_on=date(2026, 1, 1))], policy=policy))
    assert (open_still["unrated"], open_still["grade"]) == (False, "good")


@pytest.mark.parametrize(
    ("records", "score", "band"),
    [([], 80, "[75,100)"), ([{}], 75, "[75,100)"), ([{}, {"level": "minor"}], 74, "[50,75)")],
)
def test_a_person_gets_a_band_and_no_grade(records: list[Row], score: int, band: str) -> None:
    person = subject("p", subject_type="natural_person")
    rows = [record(f"r{i}", subject_id="p", **columns) for i, columns in enumerate(records)]
    row = score_of(run(rows, subjects=[person], policy=policy_of(CARD, PERSON)), "p")
    assert (float(row["score"]), row["band"]) == (score, band)
    assert (row["grade"], row["grade_raw"], row["unrated"]) == (None, None, False)


def test_the_shipped_scorecard_of_persons_gives_nobody_a_grade() -> None:
    person = subject("p", subject_type="natural_person", established_on=date(1980, 1, 1))
    result = run([], subjects=[person], policy=load_policy())
    row = score_of(result, "p")
    assert (row["grade"], row["band"]) == (None, "[800,850)")


def test_the_largest_share_of_losses_is_the_first_reason() -> None:
    rows = [record("a"), record("b", item="a.arrears", value=7000), record("c", item="a.listing")]
    assert score_of(run(rows))["reasons"] == ["arrears", "listings", "penalties"]
    assert score_of(run(rows[:1]))["reasons"] == ["penalties"]
    assert score_of(run([]))["reasons"] == []


def test_a_scorecard_that_counts_risk_ranks_its_reasons_the_other_way() -> None:
    text = changed(CARD, "total: 100\n", "total: 100\ndirection: higher_is_riskier\n")
    for old, new in (
        ("{minor: -1, general: -5, serious: -20}", "{minor: 1, general: 5, serious: 20}"), ("cap: -30", "cap: 30"),
        ("a.listing: -10", "a.listing: 10"), ("{high: 10, low: 2.5}", "{high: 2.5, low: 10}"), ("points: 5}}", "points: -5}}"),
        ("points: -10}", "points: 10}"), ("points: -30}", "points: 30}"),
        ("from: 80}", "below: 20}"), ("from: 50}", "below: 50}"),
    ):  # fmt: skip
        text = changed(text, old, new)
    text = text.replace("start: full", "start: zero").replace("no_record: full", "no_record: zero")
    honours = "      honours:"
    head, tail = text.split(honours)
    text = (
        head
        + honours
        + tail.replace("start: zero", "start: full", 1).replace("no_record: zero", "no_record: full", 1)
    )
    result = run(
        [record("a"), record("b", item="a.listing"), record("c", item="a.honour")], policy=policy_of(text)
    )
    row = score_of(result)
    assert float(row["score"]) == 20
    assert (row["grade"], row["reasons"]) == ("fair", ["listings", "penalties"])
