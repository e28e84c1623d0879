"""The same rows give the same answers, whatever library, file, order or number of threads they come in."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from credit_scoring import score
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
    policy_of,
    reconciles,
    record,
    rows_of,
    subject,
    table,
)

TABLES = ("scores", "points", "evidence", "rejected", "not_collected")


def register(size: int = 40) -> tuple[list[Row], list[Row]]:
    """Invented subjects with records of every kind, some of them faulty."""
    chance = random.Random(7)
    subjects = [
        subject(
            f"s{i:03}", subject_type="natural_person" if i % 5 == 0 else "enterprise", industry_code="C13"
        )
        for i in range(size)
    ]
    subjects.append(subjects[1])
    rows = []
    for i in range(size * 8):
        item = chance.choice(["a.penalty", "a.listing", "a.arrears", "a.honour", "a.rating", "a.nothing"])
        level = {"a.penalty": ["minor", "general", "serious"], "a.rating": ["high", "low"]}.get(item, [None])
        day = date(2025, 12, 31) - timedelta(days=chance.randrange(1500))
        rows.append(
            record(
                f"r{i:04}",
                subject_id=f"s{chance.randrange(size + 2):03}",
                item=item,
                level=chance.choice(level),
                occurred_on=day,
                recorded_on=day + timedelta(days=chance.randrange(60)),
                value=chance.randrange(9000) if item == "a.arrears" else None,
                event_id=f"e{chance.randrange(size * 2)}" if chance.random() < 0.5 else None,
                repaired_on=day + timedelta(days=90) if chance.random() < 0.2 else None,
            )
        )
    return subjects, rows + rows[:3]


def answers(result: Any) -> dict[str, list[Row]]:
    return {name: rows_of(getattr(result, name)) for name in TABLES}


SUBJECT_ROWS, RECORD_ROWS = register()
SUBJECT_TABLE, RECORD_TABLE = table(SUBJECT_ROWS, SUBJECTS), table(RECORD_ROWS, RECORDS)
COVERAGE = pa.table({"item": ["a.penalty", "a.rating"], "region_code": ["330100", "330106"]})


def scored(subjects: Any = SUBJECT_TABLE, records: Any = RECORD_TABLE, **options: Any) -> Any:
    return score(
        policy_of(CARD, PERSON),
        subjects=subjects,
        records=records,
        **({"on": ON, "coverage": COVERAGE} | options),
    )


@pytest.fixture(scope="module")
def reference() -> dict[str, list[Row]]:
    result = scored()
    assert reconciles(result)
    found = answers(result)
    assert all(len(rows) > 5 for rows in found.values()), {name: len(rows) for name, rows in found.items()}
    return found


def plain(rows: list[Row]) -> list[Row]:
    """pandas has no null of its own in numbers, texts and days."""
    return [
        {k: None if not isinstance(v, list) and pd.isna(v) else (v.date() if isinstance(v, datetime) else v) for k, v in row.items()}
        for row in rows
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_gives_the_same_answers(kind: str, reference: Any, tmp_path: Path) -> None:
    result = scored(
        handed_in(SUBJECT_TABLE, kind, tmp_path, "subjects"),
        handed_in(RECORD_TABLE, kind, tmp_path, "records"),
    )
    assert {name: plain(rows) for name, rows in answers(result).items()} == reference


def test_every_mixture_of_tables_gives_the_same_answers(reference: Any, tmp_path: Path) -> None:
    for one, two in pairwise(KINDS):
        result = scored(
            handed_in(SUBJECT_TABLE, one, tmp_path, "subjects"),
            handed_in(RECORD_TABLE, two, tmp_path, "records"),
        )
        assert {name: plain(rows) for name, rows in answers(result).items()} == reference


@pytest.mark.parametrize(
    ("kind", "library"),
    [("arrow", pa.Table), ("pandas", pd.DataFrame), ("polars", pl.DataFrame), ("parquet", pa.Table), ("csv", pa.Table)],
)  # fmt: skip
def test_results_come_back_in_the_library_of_the_subjects(kind: str, library: type, tmp_path: Path) -> None:
    result = scored(handed_in(SUBJECT_TABLE, kind, tmp_path, "subjects"))
    assert [type(getattr(result, name)) for name in TABLES] == [library] * len(TABLES)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_rows_changes_nothing(seed: int, reference: Any) -> None:
    chance = random.Random(seed)
    subjects, records = (chance.sample(rows, len(rows)) for rows in (SUBJECT_ROWS, RECORD_ROWS))
    assert answers(scored(table(subjects, SUBJECTS), table(records, RECORDS))) == reference


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_number_of_threads_changes_nothing(threads: int, reference: Any) -> None:
    assert answers(scored(threads=threads, memory_limit="500MB")) == reference


def test_a_subject_scored_alone_has_the_score_it_has_among_others(reference: Any) -> None:
    for name in ("s001", "s005", "s013"):
        alone = answers(scored(table([r for r in SUBJECT_ROWS if r["subject_id"] == name], SUBJECTS)))
        assert alone["scores"] != []
        for what in ("scores", "points", "evidence"):
            assert alone[what] == [row for row in reference[what] if row["subject_id"] == name]


def test_the_folder_holds_what_the_function_returns(reference: Any, tmp_path: Path) -> None:
    subjects, records, coverage = (
        handed_in(data, "parquet", tmp_path, name)
        for data, name in ((SUBJECT_TABLE, "subjects"), (RECORD_TABLE, "records"), (COVERAGE, "coverage"))
    )
    info = score_to_folder(
        policy_of(CARD, PERSON),
        subjects=subjects,
        records=records,
        coverage=coverage,
        on=ON,
        out=tmp_path / "out",
    )
    for name in TABLES:  # the tables of a folder are in no order
        written = pq.read_table(tmp_path / "out" / f"{name}.parquet").to_pylist()
        assert sorted(written, key=repr) == sorted(reference[name], key=repr)
    assert info.coverage is not None
    assert (info.coverage.rows, info.coverage.name) == (2, "coverage.parquet")
    same = scored().info.model_dump(exclude={"seconds", "subjects", "records", "coverage"})
    assert info.model_dump(exclude={"seconds", "subjects", "records", "coverage"}) == same


def test_the_fingerprint_of_an_input_is_that_of_its_bytes(tmp_path: Path) -> None:
    other = RECORD_TABLE.slice(1)
    assert scored().info.records.sha256 == scored().info.records.sha256
    assert scored().info.records.sha256 != scored(records=other).info.records.sha256
    path = handed_in(RECORD_TABLE, "csv", tmp_path, "records")
    before = scored(records=path).info.records
    path.write_bytes(path.read_bytes().replace(b"Bureau", b"Office", 1))
    after = scored(records=path).info.records
    assert (before.name, before.rows) == (after.name, after.rows) == ("records.csv", len(RECORD_ROWS))
    assert before.sha256 != after.sha256
