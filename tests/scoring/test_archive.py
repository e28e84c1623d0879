"""The archive of a subject: every entry with its state, its publicity, and nothing that must be gone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from credit_scoring import archive, load_policy
from credit_scoring.errors import NotFoundError
from credit_scoring.scoring.archive import Archive, Entry
from policy.texts import CARD
from scoring.small import ON, PERSON, RECORDS, SUBJECTS, Row, policy_of, record, subject, table

SHIPPED = load_policy()


def archived(
    records: list[Row], *, subjects: list[Row] | None = None, name: str = "firm", policy: Any = None, on: date = ON, known_by: date | None = None
) -> Archive:  # fmt: skip
    return archive(
        policy or policy_of(CARD), name, subjects=table(subjects or [subject()], SUBJECTS),
        records=table(records, RECORDS), on=on, known_by=known_by,
    )  # fmt: skip


def only(records: list[Row], **options: Any) -> Entry:
    (entry,) = archived(records, **options).entries
    return entry


STATES: dict[str, tuple[Row, str]] = {
    "a penalty of this year": ({}, "counts"),
    "a note nobody reads": ({"item": "a.note"}, "not_used"),
    "a penalty of four years ago": ({"occurred_on": date(2021, 12, 1)}, "outside_window"),
    "a repaired penalty": ({"repaired_on": date(2025, 9, 1)}, "repaired"),
    "a penalty repaired tomorrow": ({"repaired_on": date(2026, 1, 1)}, "counts"),
    "a withdrawn penalty": ({"withdrawn_on": date(2025, 9, 1)}, "withdrawn"),
    "an expired penalty": ({"expires_on": date(2025, 9, 1)}, "expired"),
}


@pytest.mark.parametrize("name", STATES)
def test_an_entry_says_in_which_state_it_is(name: str) -> None:
    columns, state = STATES[name]
    entry = only([record("a", **columns)])
    assert entry.state == state
    assert entry.counts == (state == "counts")
    assert entry.indicators == (("penalties",) if state == "counts" else ())


def test_an_entry_that_begins_tomorrow_has_not_begun() -> None:
    row = record("a", occurred_on=date(2026, 1, 1), recorded_on=date(2026, 1, 1))
    entry = only([row], known_by=date(2026, 1, 1))
    assert (entry.state, entry.counts, entry.published) == ("not_yet_begun", False, False)


def test_what_the_platform_learnt_later_is_out_of_sight() -> None:
    rows = [record("a"), record("b", recorded_on=date(2025, 12, 1))]
    assert [e.record_id for e in archived(rows, known_by=date(2025, 11, 30)).entries] == ["a"]
    assert archived(rows, known_by=date(2025, 11, 30)).known_by == date(2025, 11, 30)


def test_another_report_of_an_event_is_told_apart_from_the_one_that_counts() -> None:
    rows = [record("a", event_id="e"), record("b", event_id="e", source="Other")]
    assert {e.record_id: e.state for e in archived(rows).entries} == {"a": "counts", "b": "same_event"}


def test_an_entry_that_bears_on_an_override_says_so() -> None:
    assert only([record("a", level="serious")]).indicators == ("listed", "penalties")


def test_an_objection_is_shown_once_it_was_lodged() -> None:
    rows = [record("a", contested_on=date(2025, 12, 1))]
    assert only(rows).contested
    assert only(rows).counts
    assert not only(rows, on=date(2025, 11, 30)).contested
    assert not only([record("b")]).contested


def test_entries_stand_by_kind_and_the_latest_first() -> None:
    rows = [
        record("note", item="a.note"), record("old", occurred_on=date(2024, 1, 1)), record("new"), record("honour", item="a.honour"),
    ]  # fmt: skip
    found = archived(rows).entries
    assert [(e.entry, e.record_id) for e in found] == [
        ("good", "honour"),
        ("bad", "new"),
        ("bad", "old"),
        ("other", "note"),
    ]


def test_entries_of_others_are_not_shown_and_those_that_could_not_be_used_are_listed() -> None:
    rows = [
        record("a"),
        record("b", level="grave"),
        record("c", item="x"),
        record("d", subject_id="other"),
        record("e", subject_id="other", item="x"),
    ]
    found = archived(rows, subjects=[subject(), subject("other")])
    assert [e.record_id for e in found.entries] == ["a"]
    assert found.rejected == (("b", "level_unknown"), ("c", "item_unknown"))


def test_a_subject_that_is_not_there_or_was_rejected_is_told_so() -> None:
    with pytest.raises(NotFoundError, match=r"subject nobody is not in the table of subjects\."):
        archived([], name="nobody")
    with pytest.raises(NotFoundError, match=r"subject firm was rejected: region_code_malformed\."):
        archived([], subjects=[subject(region_code="?")])


# Publicity, by the order of 2025 on the repair of credit (in force from 2026-04-01)

DECIDED = date(2026, 5, 1)


def penalty(level: str, on: date, **columns: Any) -> Entry:
    row = record("a", item="penalty.ordinary", level=level, occurred_on=DECIDED, **columns)
    return only([row], policy=SHIPPED, on=on)


@pytest.mark.parametrize(
    ("level", "repair_from", "until"),
    [
        ("minor", None, date(2026, 8, 1)),
        ("general", date(2026, 8, 1), date(2027, 5, 1)),
        ("serious", date(2027, 5, 1), date(2029, 5, 1)),
    ],
)
def test_a_penalty_is_published_for_the_time_its_class_allows(
    level: str, repair_from: date | None, until: date
) -> None:
    shown = penalty(level, DECIDED)
    assert (shown.repair_from, shown.published_until, shown.published) == (repair_from, until, True)
    last = until.fromordinal(until.toordinal() - 1)
    assert penalty(level, last).published
    assert not penalty(level, until).published


def test_what_is_repaired_or_withdrawn_is_published_no_longer() -> None:
    for column in ("repaired_on", "withdrawn_on"):
        day = date(2026, 9, 1)
        assert penalty("general", date(2026, 8, 31), **{column: day}).published
        assert not penalty("general", day, **{column: day}).published


def test_nothing_about_natural_persons_is_published() -> None:
    person = subject("p", subject_type="natural_person", established_on=date(1980, 1, 1))
    items = [
        code
        for code, item in SHIPPED.catalogue.items()
        if "natural_person" in item.subject_types
        and item.entry == "bad"
        and item.personal_data != "consent_required"
    ]
    rows = [
        record(f"r{i}", subject_id="p", item=code, level=next(iter(SHIPPED.item(code).levels), None), value=1)
        for i, code in enumerate(items)
    ]
    found = archived(rows, subjects=[person], name="p", policy=SHIPPED)
    assert len(found.entries) > 10
    assert [e.item for e in found.entries if e.published] == []


# Retention: misconduct of a person is gone five years after its end (credit reporting regulation, art. 16)


@pytest.mark.parametrize(("on", "kept"), [(date(2026, 3, 15), True), (date(2026, 3, 16), False)])
def test_misconduct_of_a_person_is_gone_after_five_years(on: date, kept: bool) -> None:
    person = subject("p", subject_type="natural_person", established_on=date(1980, 1, 1))
    row = record("a", subject_id="p", item="judgment.dishonest_debtor", occurred_on=date(2021, 3, 15))
    found = archived([row], subjects=[person], name="p", policy=SHIPPED, on=on)
    assert [e.record_id for e in found.entries] == (["a"] if kept else [])
    assert ("judgment" in found.model_dump_json()) == kept
    assert found.rejected == ()


def test_the_archive_and_the_score_agree_on_what_counts() -> None:
    rows = [record(f"r{i}", **columns) for i, (columns, _) in enumerate(STATES.values())]
    states = [state for _, state in STATES.values()]
    by_record = {e.record_id: e.state for e in archived(rows).entries}
    assert [by_record[f"r{i}"] for i in range(len(rows))] == states
    person = subject("p", subject_type="natural_person")
    mixed = archived(
        [record("q", subject_id="p")], subjects=[person], name="p", policy=policy_of(CARD, PERSON)
    )
    assert [e.indicators for e in mixed.entries] == [("penalties",)]
