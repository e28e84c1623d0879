"""An explanation adds up, names the records behind every number, and says how far the next grade is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from credit_scoring import Run, explain, load_policy
from credit_scoring.errors import NotFoundError
from credit_scoring.scoring.contents import Explanation, IndicatorLine
from credit_scoring.scoring.run import score_to_folder
from policy.texts import CARD, changed
from scoring.small import (
    CLOSED,
    KINDS,
    ON,
    PERSON,
    RECORDS,
    SUBJECTS,
    Row,
    firm_card,
    handed_in,
    policy_of,
    record,
    run,
    subject,
    table,
)
from scoring.test_same_answers import RECORD_TABLE, SUBJECT_TABLE, scored

RENORMALISED = firm_card(("no_record: zero\n            measure: {kind: latest_level", "no_record: renormalise\n            measure: {kind: latest_level"))  # fmt: skip
UNRATED_FLOOR = RENORMALISED.replace("no_record: renormalise", "no_record: unrated\n            floor: 1")
CAPPED = firm_card(
    ("points: 50\n        basis: published\n        indicators:", "points: 45\n        capped: true\n        basis: published\n        indicators:"),
    ("points: 60", "points: 52\n    capped: true"), ("total: 100", "total: 92"),
)  # fmt: skip


def lines(explanation: Explanation) -> dict[str, IndicatorLine]:
    return {line.indicator: line for d in explanation.dimensions for g in d.groups for line in g.indicators}


def adds_up(e: Explanation, *, bounded: bool = False) -> bool:
    """Indicators make groups, groups dimensions, dimensions the score."""
    for dimension in e.dimensions:
        for group in dimension.groups:
            parts = sum(line.points for line in group.indicators)
            assert group.points == parts or (bounded and parts > group.points == group.most), group
        parts = sum(group.points for group in dimension.groups)
        assert dimension.points == parts or (bounded and parts > dimension.points == dimension.most), (
            dimension
        )
    assert e.start + sum(d.points for d in e.dimensions) == e.score_raw
    assert all(line.lost == line.most - line.points for line in lines(e).values())
    return True


def test_everyones_explanation_adds_up_to_the_score_of_the_run() -> None:
    result = scored()
    rows = {row["subject_id"]: row for row in result.scores.to_pylist()}
    for name in sorted(rows)[:12]:
        e = explain(result, name)
        assert adds_up(e)
        assert (e.score, e.grade, e.band, e.completeness) == tuple(
            rows[name][column] for column in ("score", "grade", "band", "completeness")
        )


@pytest.mark.parametrize(
    "card", [RENORMALISED, UNRATED_FLOOR, CAPPED], ids=["renormalised", "unrated", "capped"]
)
@pytest.mark.parametrize(
    "records", [[], [record("a"), record("b", item="a.honour")]], ids=["clean", "on record"]
)
def test_scaled_and_capped_points_add_up_too(card: str, records: list[Row]) -> None:
    e = explain(run(records, policy=policy_of(card)), "firm")
    assert adds_up(e, bounded=card == CAPPED)
    if card == RENORMALISED:
        assert lines(e)["rating"].points == 0
        assert lines(e)["penalties"].points == (Decimal("42") if records else Decimal("48"))


def test_each_number_leads_to_its_records_with_department_and_document() -> None:
    rows = [
        record("a", event_id="no. 17"),
        record("b", event_id="no. 17", source="Other"),
        record("c", item="a.arrears", value=1200, event_id=None),
        record("d", item="a.arrears", value=300),
    ]
    e = explain(run(rows), "firm")
    first, second = lines(e)["penalties"].records
    assert (first.record_id, first.points, first.treatment, first.event) == ("a", -5, "counted", "no. 17")
    assert (first.source, first.occurred_on, first.title.en, first.level_title and first.level_title.en) == (
        "Bureau", date(2025, 6, 1), "Penalty", "General",
    )  # fmt: skip
    assert (second.record_id, second.points, second.treatment, second.source) == (
        "b",
        0,
        "same_event",
        "Other",
    )
    arrears = lines(e)["arrears"]
    assert (arrears.measure, arrears.points, arrears.lost) == (1500, 20, 10)
    assert [(r.record_id, r.value, r.unit, r.points) for r in arrears.records] == [
        ("c", 1200, "CNY", None), ("d", 300, "CNY", None),
    ]  # fmt: skip
    assert lines(e)["listings"].records == ()
    assert e.instruments["law"].en == "The law"
    assert arrears.authority == ("law art. 1",)


def test_an_override_is_told_with_its_authority_and_records() -> None:
    e = explain(run([record("a", level="serious"), record("b")]), "firm")
    (override,) = e.overrides
    assert (override.override, override.effect, override.authority, override.basis) == (
        "listed", "grade", ("law art. 2",), "assumed",
    )  # fmt: skip
    assert [r.record_id for r in override.records] == ["a"]
    assert (e.grade_raw, e.grade, e.grade_title and e.grade_title.zh) == ("fair", "poor", "较差")


def distances(e: Explanation) -> tuple[Any, Any]:
    return tuple(d and (d.grade, float(d.points)) for d in (e.next_better, e.next_worse))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("records", "score", "better", "worse"),
    [
        ([record("h", item="a.honour")], 85, None, ("fair", 5)),
        ([], 80, None, ("fair", 0)),
        ([record("a", level="minor")], 79, ("good", 1), ("poor", 29)),
        ([record("a", item="a.arrears", value=9000), record("b", item="a.listing")], 40, ("fair", 10), None),
    ],
)
def test_the_way_to_the_next_grade_is_told_in_both_directions(
    records: list[Row], score: int, better: Any, worse: Any
) -> None:
    e = explain(run(records), "firm")
    assert float(e.score) == score
    assert distances(e) == (better, worse)


def test_persons_and_the_unrated_have_no_next_grade() -> None:
    policy = policy_of(firm_card(CLOSED), PERSON)
    subjects = [subject(closed_on=ON), subject("p", subject_type="natural_person")]
    result = run([], subjects=subjects, policy=policy)
    for name in ("firm", "p"):
        e = explain(result, name)
        assert (e.grade, e.grade_title, *distances(e)) == (None, None, None, None)
    assert explain(result, "p").band == "[75,100)"
    assert explain(result, "firm").unrated


def folder_of(tmp_path: Path) -> Path:
    out = tmp_path / "run"
    paths = [
        handed_in(data, "parquet", tmp_path, name)
        for data, name in ((SUBJECT_TABLE, "subjects"), (RECORD_TABLE, "records"))
    ]
    score_to_folder(policy_of(CARD, PERSON), subjects=paths[0], records=paths[1], on=ON, out=out)
    return out


def test_a_run_and_its_folder_explain_alike(tmp_path: Path) -> None:
    out = folder_of(tmp_path)
    evidence = pq.read_table(out / "evidence.parquet")
    pq.write_table(evidence.take(list(reversed(range(len(evidence))))), out / "evidence.parquet")
    result = scored(coverage=None)
    for name in ("s000", "s001", "s002", "s003", "s039"):
        assert explain(out, name) == explain(str(out), name) == explain(result, name)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_explains_alike_whatever_library_its_tables_are_in(kind: str, tmp_path: Path) -> None:
    result = scored(handed_in(SUBJECT_TABLE, kind, tmp_path, "subjects"))
    assert explain(result, "s003") == explain(scored(), "s003")


def refusal(source: Run | Path, name: str) -> str:
    with pytest.raises(NotFoundError) as error:
        explain(source, name)
    return str(error.value)


def test_who_was_not_scored_is_told_why(tmp_path: Path) -> None:
    subjects = [subject(), subject("odd", region_code="?"), subject("late", established_on=date(2026, 1, 1))]
    result = run([], subjects=subjects)
    said = "was not scored in this run{}. Look in the run's `scores` and `rejected`."
    assert refusal(result, "nobody") == f"subject nobody {said.format('')}"
    assert refusal(result, "odd") == f"subject odd {said.format(': it was rejected (region_code_malformed)')}"
    assert refusal(result, "late") == f"subject late {said.format(': it was rejected (not_yet_established)')}"
    paths = [
        handed_in(table(rows, schema), "parquet", tmp_path, name)
        for rows, schema, name in ((subjects, SUBJECTS, "subjects"), ([], RECORDS, "records"))
    ]
    score_to_folder(policy_of(CARD), subjects=paths[0], records=paths[1], on=ON, out=tmp_path / "run")
    assert refusal(tmp_path / "run", "odd") == refusal(result, "odd")


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        said = refusal(folder, "firm")
        assert said.startswith(f"{folder} is no run: it has no run.json.")
        assert "Give the folder `credit-scoring score --out` has written." in said


def test_a_run_is_explained_by_the_edition_it_used_even_after_the_policy_moved_on(tmp_path: Path) -> None:
    out = folder_of(tmp_path)
    before = explain(out, "s001")
    assert before.edition == "1"
    assert load_policy(out / "policy").edition_in_force("demo", ON).total == 100
    assert changed(CARD, "total: 100", "total: 90") != CARD
    assert before.policy_sha256 == scored(coverage=None).info.policy_sha256
