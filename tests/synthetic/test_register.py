"""The invented register: the same every time, well-formed, and distributed as Zhejiang published."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from credit_scoring import load_policy
from credit_scoring.records import is_credit_code, is_organisation_code, subject_type
from credit_scoring.scoring.run import Run, score
from credit_scoring.synthetic import DEMO_DAY, SHARES, Register, invent
from credit_scoring.synthetic.planning import items_read, rates_of
from credit_scoring.synthetic.published import PUBLISHED
from credit_scoring.synthetic.rates import ECHOES, RATES

GRADED = ("enterprise", "social_organisation", "public_institution", "government_agency")
GRADES = ("excellent", "good", "medium", "poor")


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Register:
    return invent(tmp_path_factory.mktemp("register"), subjects=60_000)


@pytest.fixture(scope="module")
def run(register: Register) -> Run:
    return score(
        load_policy(),
        subjects=register.subjects,
        records=register.records,
        coverage=register.coverage,
        on=DEMO_DAY,
    )


def percents(run: Run, kind: str, column: str) -> dict[str, float]:
    found = Counter(
        row[column]
        for row in run.scores.to_pylist()
        if row["subject_type"] == kind and row[column] is not None
    )
    return {name: 100 * n / found.total() for name, n in found.items()}


def test_the_same_seed_gives_the_same_rows_and_another_seed_other_ones(tmp_path: Path) -> None:
    first = invent(tmp_path / "first", subjects=3_000, seed=3)
    again = invent(tmp_path / "again", subjects=3_000, seed=3)
    other = invent(tmp_path / "other", subjects=3_000, seed=4)
    for name in ("subjects", "records", "coverage"):
        assert pq.read_table(getattr(first, name)).equals(pq.read_table(getattr(again, name)))
    assert not pq.read_table(first.records).equals(pq.read_table(other.records))


def test_it_counts_what_it_wrote(register: Register) -> None:
    subjects = pq.read_table(register.subjects).column("subject_type").to_pylist()
    assert dict(register.subject_counts) == Counter(subjects)
    assert set(register.subject_counts) == set(SHARES)
    assert register.subject_count == len(subjects)
    assert register.record_count == pq.read_metadata(register.records).num_rows


def test_credit_codes_are_valid_and_of_the_right_type(register: Register) -> None:
    rows = [r for r in pq.read_table(register.subjects).to_pylist() if r["subject_type"] != "natural_person"]
    invented = [r for r in rows if not r["subject_id"].startswith("Y")]  # the others are faults
    assert len({r["subject_id"] for r in invented}) >= len(invented) - 20
    for row in invented:
        code = row["subject_id"]
        assert is_credit_code(code), row
        assert is_organisation_code(code[8:17]), row
        assert subject_type(code) == row["subject_type"], row
        assert code[2:8].startswith("33"), row
        # No organisation code in use begins with Y: the codes are nobody's.
        assert code[8] == "Y", row


def test_persons_are_pseudonyms_and_some_are_minors(register: Register) -> None:
    rows = [r for r in pq.read_table(register.subjects).to_pylist() if r["subject_type"] == "natural_person"]
    assert all(r["subject_id"].startswith("p_") and len(r["subject_id"]) == 34 for r in rows)
    assert len({r["subject_id"] for r in rows}) == len(rows)
    assert all(r["industry_code"] is None for r in rows)
    ages = [(DEMO_DAY - r["established_on"]).days / 365.25 for r in rows]
    assert 10 < min(ages) < 18
    assert 60 < max(ages) < 90
    assert 0.003 < sum(age < 18 for age in ages) / len(ages) < 0.03


def test_enterprises_have_the_published_grades_within_three_points(run: Run) -> None:
    found = percents(run, "enterprise", "grade")
    for grade in GRADES:
        assert found[grade] == pytest.approx(PUBLISHED["enterprise"].percent[grade], abs=3)
    assert found["excellent"] > 1
    assert found["poor"] > 0.5


@pytest.mark.parametrize("kind", GRADED)
def test_grades_have_the_published_order_and_are_within_five_points(run: Run, kind: str) -> None:
    found, published = percents(run, kind, "grade"), PUBLISHED[kind].percent
    for grade in GRADES:
        assert found.get(grade, 0) == pytest.approx(published[grade], abs=5)
    most_common = sorted(GRADES, key=lambda grade: -published[grade])
    assert max(found, key=lambda grade: found[grade]) == most_common[0]
    assert (published["poor"] == 0) == ("poor" not in found)


def test_nearly_all_persons_lie_between_800_and_850_and_none_has_a_grade(run: Run) -> None:
    found = percents(run, "natural_person", "band")
    assert found["[800,850)"] == pytest.approx(97.9, abs=1)
    assert found["[750,800)"] == pytest.approx(2.06, abs=1)
    assert sum(share for band, share in found.items() if band < "[750" or band >= "[850") < 0.2
    assert percents(run, "natural_person", "grade") == {}


def test_bad_scores_reach_down_and_good_ones_up_as_published(run: Run) -> None:
    scores = [float(r["score"]) for r in run.scores.to_pylist() if r["subject_type"] == "enterprise"]
    assert 350 < min(scores) < 560
    assert 930 < max(scores) < 990


def test_every_row_is_accounted_for_and_faults_are_rejected(run: Run) -> None:
    info = run.info
    assert info.subjects.rows == info.subjects_scored + info.subjects_rejected
    assert info.records.rows == info.records_admitted + info.records_not_yet_known + info.records_rejected
    assert info.records_not_yet_known > 0
    reasons = set(info.rejected_by_reason)
    assert {
        f"subjects.{r}" for r in ("subject_id_duplicate", "subject_id_conflict", "not_yet_established")
    } < reasons
    assert {
        f"records.{r}"
        for r in (
            "record_id_duplicate", "record_id_conflict", "subject_id_missing", "subject_unknown", "item_unknown",
            "occurred_after_recorded", "level_unknown", "repaired_before_occurred",
        )
    } < reasons  # fmt: skip
    assert info.records_rejected / info.records.rows < 0.005


def test_records_are_repaired_withdrawn_expired_late_and_reported_twice(register: Register) -> None:
    rows = pq.read_table(register.records).to_pylist()
    for column in ("repaired_on", "withdrawn_on", "expires_on", "event_id", "value", "level"):
        assert 0 < sum(row[column] is not None for row in rows) < len(rows), column
    assert any((r["recorded_on"] - r["occurred_on"]).days > 180 for r in rows)
    events: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if row["event_id"] is not None:
            events.setdefault(row["event_id"], []).append(row)
    shared = [reports for reports in events.values() if len(reports) > 1]
    assert any(len({r["source"] for r in reports}) > 1 for reports in shared)
    assert any(len({r["item"] for r in reports}) > 1 for reports in shared)


def test_every_item_that_a_scorecard_reads_has_a_rate_and_nearly_all_occur(register: Register) -> None:
    items = set(pq.read_table(register.records, columns=["item"]).column("item").to_pylist())
    for card in load_policy().in_force(DEMO_DAY):
        read = items_read(card)
        assert all(rates_of(code, card.subject_type) for code in read)
        assert len(items & set(read)) > 0.6 * len(read), card.scorecard


def test_rates_and_echoes_name_items_of_the_catalogue_and_say_why() -> None:
    codes = load_policy().catalogue
    for line in (*RATES, *ECHOES):
        assert any(code.startswith(line.items) for code in codes), line
        assert line.why
    assert all(echo.other in codes for echo in ECHOES)


def test_some_sources_have_not_delivered_everywhere(run: Run) -> None:
    completeness = {row["completeness"] for row in run.scores.to_pylist()}
    assert max(completeness) == 1
    assert 0.9 < min(completeness) < 1


def test_a_register_can_be_invented_for_a_sector_alone(tmp_path: Path) -> None:
    from credit_scoring.policy.gathering import default_configs

    policy = load_policy(default_configs() / "sectors" / "sector-environment.yaml")
    made = invent(tmp_path, subjects=500, shares={"enterprise": 1.0}, policy=policy)
    assert made.record_count > 0
