"""What would break or mislead a run if nobody had thought of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from credit_scoring import archive, explain, load_policy, score
from credit_scoring.errors import InputError, TableError

ON = date(2025, 12, 31)
POLICY = load_policy()
SUBJECTS = pa.table(
    {
        "subject_id": ["e1", "e2"],
        "subject_type": ["enterprise", "enterprise"],
        "region_code": ["330102", "110101"],
        "established_on": [date(2010, 1, 1)] * 2,
    }
)


def records(*rows: dict[str, object]) -> pa.Table:
    """Penalties of e1 unless said otherwise."""
    whole = [
        {
            "record_id": f"r{i}", "subject_id": "e1", "item": "penalty.ordinary", "level": "general", "value": None,
            "occurred_on": date(2025, 3, 4), "recorded_on": date(2025, 3, 10), "event_id": None, **row,
        }
        for i, row in enumerate(rows)
    ]  # fmt: skip
    schema = pa.schema(
        [("record_id", pa.string()), ("subject_id", pa.string()), ("item", pa.string()), ("level", pa.string()),
         ("value", pa.decimal128(18, 4)), ("occurred_on", pa.date32()), ("recorded_on", pa.date32()),
         ("event_id", pa.string())]
    )  # fmt: skip
    return pa.Table.from_pylist(whole, schema=schema)


@pytest.mark.parametrize("rule", ["{per: 1, points: -1}", "{per: 0.0001, points: -1000}"])
def test_no_value_however_large_stops_a_run(rule: str, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "configs" / "public" / "public-enterprise-2020.yaml").read_text(
        "utf-8"
    )
    card = text.replace("penalty.ordinary: {", "penalty.unmarked: {", 1)
    begin = text.index("penalty.ordinary:")
    line = text[begin : text.index("\n", begin)]
    card = text.replace(line, f"penalty.ordinary: {rule}", 1)
    (tmp_path / "card.yaml").write_text(card, encoding="utf-8")
    from decimal import Decimal

    run = score(
        load_policy(tmp_path / "card.yaml"),
        subjects=SUBJECTS,
        records=records({"value": Decimal("999999999999")}),
        on=ON,
    )
    assert run.info.records_rejected == 0
    penalty = next(row for row in run.points.to_pylist() if row["indicator"] == "penalty_ordinary")
    assert penalty["points"] == 0


def test_a_faulty_coverage_row_is_rejected_and_claims_nothing() -> None:
    coverage = pa.table(
        {
            "item": [
                "penalty.ordinary",
                "penalty.ordinari",
                "penalty.ordinary",
                "penalty.ordinary",
                "penalty.ordinary",
            ],
            "region_code": [None, None, "00", None, None],
            "covered_from": ["2020/01/01", None, None, "2025-01-02", None],
            "covered_until": [None, None, None, "2025-01-01", "31.12.2026"],
        }
    )
    run = score(POLICY, subjects=SUBJECTS, records=records(), coverage=coverage, on=ON)
    reasons = {row["reason"] for row in run.rejected.to_pylist() if row["table"] == "coverage"}
    assert reasons == {
        "covered_from_unreadable", "item_unknown", "region_code_malformed", "covered_until_before_from",
        "covered_until_unreadable",
    }  # fmt: skip
    assert run.info.coverage is not None
    assert run.info.coverage.rows == 5
    assert set(run.scores.column("completeness").to_pylist()) == {0}


def test_a_day_with_a_time_zone_is_refused() -> None:
    frame = records({}).to_pandas()
    frame["occurred_on"] = pd.Series([datetime(2025, 3, 4, tzinfo=UTC)])
    with pytest.raises(TableError, match=r"occurred_on.*which day it is would depend on the machine"):
        score(POLICY, subjects=SUBJECTS, records=frame, on=ON)


@pytest.mark.parametrize("day", ["2025-12-31", datetime(2025, 12, 31, tzinfo=UTC)])
def test_the_date_of_evaluation_is_a_day(day: object) -> None:
    with pytest.raises(InputError, match=r"give a datetime\.date"):
        score(POLICY, subjects=SUBJECTS, records=records(), on=day)  # type: ignore[arg-type]


def test_the_archive_knows_a_record_whose_identifier_someone_else_has_too() -> None:
    rows = records({"record_id": "twin"}, {"record_id": "twin", "subject_id": "e2"}, {"record_id": "own"})
    run = score(POLICY, subjects=SUBJECTS, records=rows, on=ON)
    assert run.info.rejected_by_reason == {"records.record_id_conflict": 2}
    found = archive(POLICY, "e1", subjects=SUBJECTS, records=rows, on=ON)
    assert [entry.record_id for entry in found.entries] == ["own"]
    assert ("twin", "record_id_conflict") in found.rejected


def test_a_record_of_a_rejected_subject_says_so() -> None:
    subjects = SUBJECTS.set_column(1, "subject_type", pa.array(["enterprise", "company"]))
    run = score(POLICY, subjects=subjects, records=records({"subject_id": "e2"}), on=ON)
    assert run.info.rejected_by_reason == {"records.subject_rejected": 1, "subjects.subject_type_unknown": 1}


def test_an_identity_number_inside_a_document_number_is_not_admitted() -> None:
    run = score(
        POLICY, subjects=SUBJECTS, records=records({"event_id": "决定书张三330102199001011234"}), on=ON
    )
    assert run.info.rejected_by_reason == {"records.event_id_personal": 1}
    assert "330102199001011234" not in str(run.rejected.to_pylist())


def test_every_report_that_costs_points_is_told_to_count() -> None:
    rows = records(
        {"event_id": "x", "level": "serious"},
        {"event_id": "x", "item": "penalty.unmarked", "level": "serious", "record_id": "again"},
    )
    run = score(POLICY, subjects=SUBJECTS, records=rows, on=ON)
    explanation = explain(run, "e1")
    lines = [line for d in explanation.dimensions for g in d.groups for line in g.indicators if line.records]
    for line in lines:
        counted = [r for r in line.records if r.treatment in ("counted", "counted_in_part")]
        assert bool(line.lost) == bool(counted), line.indicator
    assert (
        explanation.start + sum(d.points for d in explanation.dimensions) + explanation.kept_within
        == explanation.score_raw
    )
