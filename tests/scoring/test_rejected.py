"""One bad row neither stops the run nor vanishes: it stands in `rejected` with reason, column and value."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from credit_scoring import archive, score
from credit_scoring.scoring.run import score_to_folder
from policy.texts import CARD
from scoring.small import (
    KINDS,
    ON,
    PERSON,
    RECORDS,
    SUBJECTS,
    Row,
    handed_in,
    points_of,
    policy_of,
    reconciles,
    record,
    rows_of,
    run,
    score_of,
    subject,
    table,
)

IDENTITY = "33010619800101123X"
TEXT_RECORDS = pa.schema([(name, pa.string()) for name in RECORDS.names])
TEXT_SUBJECTS = pa.schema([(name, pa.string()) for name in SUBJECTS.names])

RECORD_FAULTS: dict[str, tuple[Row, str, str, str | None]] = {
    "without identifier": ({"record_id": None}, "record_id_missing", "record_id", None),
    "of nobody": ({"subject_id": None}, "subject_id_missing", "subject_id", None),
    "of a stranger": ({"subject_id": "stranger"}, "subject_unknown", "subject_id", "stranger"),
    "of nothing": ({"item": None, "level": None}, "item_missing", "item", None),
    "of an unknown item": ({"item": "a.penatly"}, "item_unknown", "item", "a.penatly"),
    "of an item of persons": ({"item": "a.person", "level": None}, "item_not_for_subject_type", "item", "a.person"),
    "of an unknown level": ({"level": "grave"}, "level_unknown", "level", "grave"),
    "without its level": ({"level": None}, "level_missing", "level", None),
    "with a level where there is none": ({"item": "a.listing", "level": "general"}, "level_unknown", "level", "general"),
    "without a day": ({"occurred_on": None}, "occurred_on_missing", "occurred_on", None),
    "without a recorded day": ({"recorded_on": None}, "recorded_on_missing", "recorded_on", None),
    "on no day of the calendar": ({"occurred_on": "2024/13/45"}, "occurred_on_unreadable", "occurred_on", "2024/13/45"),
    "on the 30th of February": ({"occurred_on": "2024-02-30"}, "occurred_on_unreadable", "occurred_on", "2024-02-30"),
    "on a day that can be read two ways": ({"occurred_on": "03/04/2024"}, "occurred_on_unreadable", "occurred_on", "03/04/2024"),
    "on a day at no hour": ({"recorded_on": "2025-06-10 25:61:00"}, "recorded_on_unreadable", "recorded_on", "2025-06-10 25:61:00"),
    "repaired on no day": ({"repaired_on": "soon"}, "repaired_on_unreadable", "repaired_on", "soon"),
    "expiring on no day": ({"expires_on": "9999"}, "expires_on_unreadable", "expires_on", "9999"),
    "withdrawn on no day": ({"withdrawn_on": "0000-00-00"}, "withdrawn_on_unreadable", "withdrawn_on", "0000-00-00"),
    "contested on no day": ({"contested_on": "?"}, "contested_on_unreadable", "contested_on", "?"),
    "known before it happened": ({"recorded_on": "2025-05-31"}, "occurred_after_recorded", "occurred_on", "2025-06-01"),
    "before there was the subject": ({"occurred_on": "2009-12-31"}, "occurred_before_subject", "occurred_on", "2009-12-31"),
    "repaired before it happened": ({"repaired_on": "2025-05-31"}, "repaired_before_occurred", "repaired_on", "2025-05-31"),
    "withdrawn before it happened": ({"withdrawn_on": "2025-05-31"}, "withdrawn_before_occurred", "withdrawn_on", "2025-05-31"),
    "expired before it happened": ({"expires_on": "2025-05-31"}, "expires_before_occurred", "expires_on", "2025-05-31"),
    "with a value in words": ({"value": "ten"}, "value_unreadable", "value", "ten"),
    "with a value in two": ({"value": "1,000"}, "value_unreadable", "value", "1,000"),
    "with an endless value": ({"value": "-inf"}, "value_not_finite", "value", "-inf"),
    "with a huge value": ({"value": "1000000000000"}, "value_out_of_range", "value", "1000000000000"),
}  # fmt: skip


def as_text(row: Row) -> Row:
    return {name: None if value is None else str(value) for name, value in row.items()}


@pytest.mark.parametrize("kind", ["arrow", "csv"])
def test_a_faulty_record_is_listed_with_reason_column_and_value(kind: str, tmp_path: Path) -> None:
    rows = [record("good")]
    rows += [record(f"r{i}") | changes for i, (changes, *_) in enumerate(RECORD_FAULTS.values())]
    firm = subject(established_on=date(2010, 1, 1))
    result = score(
        policy_of(CARD, PERSON), on=ON, subjects=table([firm], SUBJECTS),
        records=handed_in(table([as_text(row) for row in rows], TEXT_RECORDS), kind, tmp_path, "records"),
    )  # fmt: skip
    expected = {
        name: ("records", None if "record_id" in changes else f"r{i}", reason, column, value)
        for i, (name, (changes, reason, column, value)) in enumerate(RECORD_FAULTS.items())
    }
    listed = {tuple(row.values()) for row in rows_of(result.rejected)}
    assert {name: row for name, row in expected.items() if row not in listed} == {}
    assert len(listed) == len(expected) == result.info.records_rejected
    assert result.info.records_admitted == 1
    assert points_of(result) == {"penalties": 35}
    assert reconciles(result)


SUBJECT_FAULTS: dict[str, tuple[Row, str, str, str | None]] = {
    "without identifier": ({"subject_id": None}, "subject_id_missing", "subject_id", None),
    "of blanks": ({"subject_id": "  "}, "subject_id_missing", "subject_id", None),
    "without type": ({"subject_type": None}, "subject_type_missing", "subject_type", None),
    "of no type we know": ({"subject_type": "company"}, "subject_type_unknown", "subject_type", "company"),
    "of a type without scorecard": ({"subject_type": "government_agency"}, "no_scorecard", "subject_type", "government_agency"),
    "of a short region": ({"region_code": "3301"}, "region_code_malformed", "region_code", "3301"),
    "of a region in words": ({"region_code": "杭州市西湖区"}, "region_code_malformed", "region_code", "杭州市西湖区"),
    "founded on no day": ({"established_on": "1/2/2003"}, "established_on_unreadable", "established_on", "1/2/2003"),
    "closed on no day": ({"closed_on": "2024-13-45"}, "closed_on_unreadable", "closed_on", "2024-13-45"),
    "closed before it was founded": ({"established_on": "2020-01-02", "closed_on": "2020-01-01"}, "closed_before_established", "closed_on", "2020-01-01"),
    "not founded yet": ({"established_on": "2026-01-01"}, "not_yet_established", "established_on", "2026-01-01"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["arrow", "csv"])
def test_a_faulty_subject_is_listed_with_reason_column_and_value(kind: str, tmp_path: Path) -> None:
    rows = [subject()] + [subject(f"s{i}") | c for i, (c, *_) in enumerate(SUBJECT_FAULTS.values())]
    result = score(
        policy_of(CARD), on=ON, records=table([record("r1", subject_id="s2")], RECORDS),
        subjects=handed_in(table([as_text(row) for row in rows], TEXT_SUBJECTS), kind, tmp_path, "subjects"),
    )  # fmt: skip
    listed = [tuple(row.values()) for row in rows_of(result.rejected) if row["table"] == "subjects"]
    for i, (name, (changes, reason, column, value)) in enumerate(SUBJECT_FAULTS.items()):
        shown = None if "subject_id" in changes else f"s{i}"
        assert ("subjects", shown, reason, column, value) in listed, name
    assert len(listed) == len(SUBJECT_FAULTS) == result.info.subjects_rejected
    assert [row["subject_id"] for row in rows_of(result.scores)] == ["firm"]
    assert result.info.rejected_by_reason["records.subject_rejected"] == 1
    assert reconciles(result)


def test_equal_copies_are_one_record_and_different_ones_under_one_name_are_none() -> None:
    same = [record("same") for _ in range(3)]
    differing = [record("differing"), record("differing", level="serious")]
    result = run([*same, *differing])
    assert result.info.rejected_by_reason == {
        "records.record_id_conflict": 2, "records.record_id_duplicate": 2,
    }  # fmt: skip
    assert points_of(result) == {"penalties": 35}
    assert reconciles(result)


@pytest.mark.parametrize(
    "column", ["subject_id", "item", "occurred_on", "recorded_on", "value", "level", "event_id", "expires_on", "repaired_on", "withdrawn_on", "contested_on"]
)  # fmt: skip
def test_copies_conflict_in_whatever_column_they_differ(column: str) -> None:
    other: Row = {"subject_id": "other", "item": "a.note", "value": 3, "level": "minor", "event_id": "e"}
    rows = [record("r"), record("r", **{column: other.get(column, date(2025, 6, 9))})]
    result = run(rows, subjects=[subject(), subject("other")])
    assert result.info.rejected_by_reason == {"records.record_id_conflict": 2}
    assert reconciles(result)


def test_equal_copies_of_a_subject_are_one_and_different_ones_are_none() -> None:
    subjects = [subject("a"), subject("a"), subject("b"), subject("b", region_code="330100")]
    result = run([record("r", subject_id="b")], subjects=subjects)
    assert [row["subject_id"] for row in rows_of(result.scores)] == ["a"]
    assert result.info.rejected_by_reason == {
        "records.subject_rejected": 1, "subjects.subject_id_conflict": 2, "subjects.subject_id_duplicate": 1,
    }  # fmt: skip
    assert reconciles(result)


def test_what_lies_in_the_future_is_out_of_sight_and_not_at_fault() -> None:
    tomorrow, yesterday = date(2026, 1, 1), date(2025, 12, 30)
    rows = [
        record("known later", recorded_on=tomorrow),
        record("begins later", occurred_on=tomorrow, recorded_on=tomorrow),
        record("today", occurred_on=ON),
        record("yesterday", occurred_on=yesterday),
    ]
    result = run(rows)
    assert result.info.records_not_yet_known == 2
    assert result.info.records_admitted == 2
    assert rows_of(result.rejected) == []
    assert points_of(result) == {"penalties": 30}
    assert reconciles(result)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_that_are_none_are_told_apart_from_numbers_out_of_bounds(kind: str, tmp_path: Path) -> None:
    values = [1.5, float("nan"), float("inf"), float("-inf"), 1e300, -1e12, 999_999_999_999.5, None]
    rows = [record(f"r{i}", item="a.arrears") for i in range(len(values))]
    data = table(rows, RECORDS)
    data = data.set_column(data.column_names.index("value"), "value", pa.array(values, pa.float64()))
    source = handed_in(data, kind, tmp_path, "records")
    result = score(policy_of(CARD), subjects=table([subject()], SUBJECTS), records=source, on=ON)
    listed = {row["record_id"]: row["reason"] for row in rows_of(result.rejected)}
    assert listed == {
        "r2": "value_not_finite", "r3": "value_not_finite", "r5": "value_out_of_range",
        "r4": "value_unreadable" if kind == "csv" else "value_out_of_range",  # written 1e+300
    }  # fmt: skip
    assert {row["column"] for row in rows_of(result.rejected)} == {"value"}
    (line,) = [row for row in rows_of(result.points) if row["indicator"] == "arrears"]
    assert line["measure"] == 1_000_000_000_001
    assert reconciles(result)


def test_not_a_time_in_pandas_is_a_missing_day() -> None:
    frame = table([record("r1"), record("r2")], RECORDS).to_pandas()
    frame["occurred_on"] = pd.to_datetime(frame["occurred_on"])
    frame.loc[1, "occurred_on"] = pd.NaT
    result = score(policy_of(CARD), subjects=table([subject()], SUBJECTS), records=frame, on=ON)
    assert result.info.rejected_by_reason == {"records.occurred_on_missing": 1}


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_an_identity_number_in_clear_leaves_no_trace_in_the_outputs(kind: str, tmp_path: Path) -> None:
    subjects = [
        subject(),
        subject(IDENTITY, subject_type="natural_person"),
        subject("p1", subject_type="natural_person"),
    ]
    records = [
        record("r1"),
        record("r2", subject_id=IDENTITY, item="a.note"),
        record("r3", subject_id=IDENTITY.lower(), item="a.note"),
        record("r4", subject_id="p1", item="a.note"),
    ]
    out = tmp_path / "out"
    info = score_to_folder(
        policy_of(CARD, PERSON), on=ON, out=out,
        subjects=handed_in(table(subjects, SUBJECTS), kind, tmp_path, "subjects"),
        records=handed_in(table(records, RECORDS), kind, tmp_path, "records"),
    )  # fmt: skip
    assert info.rejected_by_reason == {
        "records.identity_number_in_clear": 2, "subjects.identity_number_in_clear": 1,
    }  # fmt: skip
    tables: Any = [pa.parquet.read_table(path).to_pylist() for path in out.glob("*.parquet")]
    for text in (everything(out).decode("latin-1"), repr(tables), info.model_dump_json()):
        assert IDENTITY[:17] not in text
    assert "p1" in repr(tables)


@pytest.mark.parametrize(
    "column",
    ["record_id", "event_id", "item", "level", "region_code", "subject_type", "occurred_on", "value"],
)
def test_an_identity_number_in_the_wrong_column_is_not_carried_out(column: str) -> None:
    rows = [as_text(record("r1") | ({column: IDENTITY} if column in RECORDS.names else {}))]
    subjects = [as_text(subject() | ({column: IDENTITY} if column in SUBJECTS.names else {}))]
    result = score(
        policy_of(CARD), subjects=table(subjects, TEXT_SUBJECTS), records=table(rows, TEXT_RECORDS), on=ON
    )
    shown = [rows_of(getattr(result, name)) for name in ("scores", "points", "evidence", "rejected")]
    assert IDENTITY not in repr(shown)
    assert column in {row["column"] for row in rows_of(result.rejected)}
    assert reconciles(result)


def test_nobody_is_found_by_an_identity_number_in_the_archive() -> None:
    found = archive(
        policy_of(CARD), "firm", subjects=table([subject()], SUBJECTS), on=ON,
        records=table([record("r1"), record("r2", subject_id=IDENTITY)], RECORDS),
    )  # fmt: skip
    assert IDENTITY not in found.model_dump_json()


def test_a_person_known_by_a_pseudonym_is_scored() -> None:
    result = run(
        [], subjects=[subject("p-7f3a", subject_type="natural_person")], policy=policy_of(CARD, PERSON)
    )
    assert score_of(result, "p-7f3a")["band"] == "[75,100)"
