"""No identifier of a person in the account of a cohort, its findings or its errors."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from credit_scoring.engines.duckdb import DuckDBEngine
from credit_scoring.errors import LeakageError, TrainingError
from credit_scoring.sectors.cohorts.building import build_cohort
from credit_scoring.sectors.cohorts.labels import sql_of
from scoring.small import RECORDS, SUBJECTS, record, subject, table
from sectors.cohort_cases import FIRST, UNTIL, cohort_of, label, labels_table, sector

MID = date(2024, 6, 1)
OLD_NUMBER = "110101800101001"
"""A resident number of 15 figures, as they were before 1999."""
PERSONS = {"subject_type": "natural_person"}


def shown(text: str | None, *, person: bool | None = False) -> str | None:
    with DuckDBEngine(threads=1) as engine:
        engine.run(sql_of("functions"))
        return engine.table(
            "SELECT shown_as_example($t, $person::BOOLEAN) AS t", t=text, person=person
        ).to_pylist()[0]["t"]


@pytest.mark.parametrize(
    "text", ["firm 7", "91110108MA006E833D", "case_2024-17/b", "a", "91350100M000100Y43"]
)
def test_identifiers_with_a_letter_are_shown_unless_of_a_person(text: str) -> None:
    assert shown(text) == text
    assert shown(text, person=True) is None
    assert shown(text, person=None) is None


@pytest.mark.parametrize(
    "text",
    [
        OLD_NUMBER,
        f"P{OLD_NUMBER}",
        f"{OLD_NUMBER}L0",
        "P 110101 800101 001",
        "110101194912310021",
        "11010519491231002X",
        "11010519491231002x",
        "110105-19491231-002X",
        "11010519491231002XL1",
        "A１１０１０１８００１０１００１",
        "110105********002X",
        "1101051949XXXX002X",
        "1",
        "13800138000",
        "20240000000000000000001",
        "王小明",
        "王小明A",
        "",
        None,
    ],
)
def test_digits_alone_resident_numbers_and_names_are_never_shown(text: str | None) -> None:
    assert shown(text) is None


def account_of(cohort: Any) -> str:
    return cohort.summary.model_dump_json() + str(cohort.exclusions.to_pylist()) + str(cohort.findings)


@pytest.mark.parametrize("subject_type", ["enterprise", "natural_person", "自然人", None])
def test_an_old_resident_number_is_in_no_account(subject_type: str | None) -> None:
    # A row left out on a date, labels left out under several reasons, one recorded too early, and a known event.
    labels = [
        label("anchor", 0, MID),
        label(OLD_NUMBER, 1, MID, event_id=OLD_NUMBER),
        label(OLD_NUMBER, 1, MID, observed_on=FIRST, recorded_on=date(2023, 6, 1)),
        label(OLD_NUMBER, 7, MID),
        label("110101800101002", 0, MID),
        label("firm", 1, MID, event_id=OLD_NUMBER),
    ]
    firms = ["anchor", "firm", subject(OLD_NUMBER, subject_type=subject_type)]
    records = [
        record(f"r{name}", subject_id=name, item="a.note", event_id=OLD_NUMBER, occurred_on=date(2023, 12, 1))
        for name in ("firm", OLD_NUMBER)
    ]
    cohort = cohort_of(labels, firms=firms, records=records, accept=["L104:labels"])
    found = {f.name: f for f in cohort.findings}
    assert {"L104:labels", "L105:a.note"} <= found.keys()
    assert {e.name: e.value for e in found["L105:a.note"].evidence}["example"] == ""
    left_out = "recorded_before_observation" if subject_type == "enterprise" else "subject_of_other_type"
    assert {"subject_unknown", left_out} <= {e.reason for e in cohort.summary.exclusions}
    assert "1101018001010" not in account_of(cohort)
    with pytest.raises(LeakageError) as caught:
        cohort_of(labels, firms=firms, records=records)
    assert "labels were recorded before their observation date. Check" in str(caught.value)
    assert "1101018001010" not in str(caught.value)


def test_an_old_resident_number_is_in_no_error_of_labels_that_cannot_be_used() -> None:
    for labels in ([label(OLD_NUMBER, 7, MID)], [label(OLD_NUMBER, 0, date(2020, 1, 1))]):
        with pytest.raises(TrainingError) as caught:
            cohort_of(labels, firms=[OLD_NUMBER])
        assert OLD_NUMBER not in str(caught.value)


def test_no_identifier_of_a_person_is_an_example_whatever_it_looks_like() -> None:
    persons = [subject(name, **PERSONS) for name in ("alice", "bob")]
    labels = [
        label("anchor", 0, MID),
        label("alice", 0, MID),
        label("bob", 1, MID, observed_on=FIRST, recorded_on=date(2023, 6, 1)),
    ]
    cohort = cohort_of(labels, firms=["anchor", *persons], accept=["L104:labels"])
    lines = {e.reason: e.example for e in cohort.summary.exclusions if e.table == "labels"}
    assert lines == {"subject_of_other_type": None}
    assert "alice" not in account_of(cohort)
    assert "bob" not in account_of(cohort)
    policy, card = sector()
    own = build_cohort(
        policy,
        card.model_copy(update={"subject_type": "natural_person"}),
        subjects=table([subject("anchor", **PERSONS), *persons], SUBJECTS),
        records=table([], RECORDS),
        labels=labels_table([*labels, label("carol", 0, MID)]),
        labels_until=UNTIL,
        accept=["L104:labels"],
    )
    assert own.table.num_rows == 2
    assert {e.example for e in own.summary.exclusions} == {None}
    assert not any(name in account_of(own) for name in ("alice", "bob", "carol", "anchor"))
