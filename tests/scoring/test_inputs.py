"""Tables as a newcomer hands them in: what cannot be used is refused with file, column and what to do."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from credit_scoring import load_policy, score
from credit_scoring.errors import NotInForceError, PolicyError, TableError
from policy.texts import CARD, changed, write_policy
from scoring.small import (
    COVERAGE,
    KINDS,
    ON,
    RECORDS,
    SUBJECTS,
    handed_in,
    policy_of,
    reconciles,
    record,
    rows_of,
    run,
    score_of,
    subject,
    table,
)

every_kind = pytest.mark.parametrize("kind", KINDS)
TABLES = {
    "subjects": table([subject()], SUBJECTS),
    "records": table([record("r1")], RECORDS),
    "coverage": table([{"item": "a.penalty"}], COVERAGE),
}


def refusal(**replaced: Any) -> str:
    with pytest.raises(TableError) as error:
        score(policy_of(CARD), **({**TABLES, "on": ON} | replaced))
    return str(error.value)


def renamed(name: str, old: str, new: str) -> pa.Table:
    return TABLES[name].rename_columns([new if c == old else c for c in TABLES[name].column_names])


@every_kind
@pytest.mark.parametrize(
    ("name", "column", "slip"),
    [
        ("subjects", "subject_id", "subjectid"),
        ("subjects", "subject_type", "subject_typ"),
        ("records", "occurred_on", "occured_on"),
        ("records", "recorded_on", "record_on"),
        ("coverage", "item", "items"),
    ],
)
def test_a_column_that_must_be_there_is_missed_and_its_slip_recognised(
    kind: str, name: str, column: str, slip: str, tmp_path: Path
) -> None:
    source = handed_in(renamed(name, column, slip), kind, tmp_path, name)
    said = refusal(**{name: source})
    where = str(source) if kind in ("parquet", "csv") else f"the table of {name}"
    assert said.startswith(f"{where}: column {column} is missing from the table of {name}.")
    assert f"Did you mean '{slip}'?" in said
    assert f"It has: {', '.join(renamed(name, column, slip).column_names)}." in said


@every_kind
def test_a_slip_in_an_optional_column_does_not_pass_as_an_empty_column(kind: str, tmp_path: Path) -> None:
    source = handed_in(renamed("records", "repaired_on", "repair_on"), kind, tmp_path, "records")
    said = refusal(records=source)
    assert "column 'repair_on' is not one of the table of records. Did you mean 'repaired_on'?" in said
    assert "Rename it, or drop it." in said


def test_other_columns_are_let_be(tmp_path: Path) -> None:
    source = TABLES["subjects"].append_column("colour_of_the_door", pa.array(["green"]))
    assert score(policy_of(CARD), subjects=source, records=TABLES["records"], on=ON).info.subjects_scored == 1


WRONG: dict[str, tuple[str, str, Any, str]] = {
    "a number for an identifier": ("subjects", "subject_id", [1.5], "should be text"),
    "days as whole numbers": ("records", "occurred_on", [20250601], "should be a date (or text such as 2024-03-31)"),
    "days as fractions": ("records", "recorded_on", [45000.5], "should be a date"),
    "a truth value for a number": ("records", "value", [True], "should be a number"),
    "a day for a number": ("records", "value", [date(2025, 1, 1)], "should be a number"),
    "a list for a text": ("records", "item", [["a.penalty"]], "should be text"),
    "a day for a text": ("records", "level", [date(2025, 1, 1)], "should be text"),
}  # fmt: skip


@pytest.mark.parametrize("kind", ["arrow", "pandas", "polars", "parquet"])
@pytest.mark.parametrize("name", WRONG)
def test_a_column_of_the_wrong_type_is_named_with_the_right_one(kind: str, name: str, tmp_path: Path) -> None:
    where, column, values, says = WRONG[name]
    data = TABLES[where].set_column(TABLES[where].column_names.index(column), column, pa.array(values))
    said = refusal(**{where: handed_in(data, kind, tmp_path, where)})
    assert f"column '{column}' is " in said
    assert says in said
    assert (str(tmp_path) in said) == (kind == "parquet")


def test_a_pandas_column_that_mixes_types_is_refused() -> None:
    frame = TABLES["records"].to_pandas()
    frame["value"] = pd.Series(["10", 20][:1], dtype=object)
    frame = pd.concat([frame, frame.assign(value=20)], ignore_index=True)
    said = refusal(records=frame)
    assert said.startswith(
        "the table of records cannot be read: a column mixes types, or two have one name ("
    )
    assert "column value" in said


@pytest.mark.parametrize("source", [[{"subject_id": "a"}], {"subject_id": ["a"]}, None, 3])
def test_what_is_no_table_is_refused_with_what_would_be_one(source: Any) -> None:
    said = refusal(subjects=source)
    assert said.startswith(
        f"the table of subjects is a {type(source).__name__}: give a path to a Parquet or CSV"
    )


def test_whole_numbers_are_taken_as_identifiers() -> None:
    subjects = pa.table({"subject_id": [91330000], "subject_type": ["enterprise"]})
    result = score(policy_of(CARD), subjects=subjects, records=TABLES["records"].slice(0, 0), on=ON)
    assert score_of(result, "91330000")["score"] == 80


def test_a_lazy_polars_frame_and_a_record_batch_are_tables_too() -> None:
    lazy = pl.from_arrow(TABLES["subjects"]).lazy()
    batch = TABLES["records"].to_batches()[0]
    result = score(policy_of(CARD), subjects=lazy, records=batch, on=ON)
    assert isinstance(result.scores, pl.DataFrame)
    assert rows_of(result.scores)[0]["score"] == 75


FILES: dict[str, tuple[str, bytes, str]] = {
    "an empty Parquet file": ("t.parquet", b"", "is empty: not even a header row. Give a Parquet or CSV file."),
    "an empty CSV file": ("t.csv", b"", "is empty: not even a header row. Give a Parquet or CSV file."),
    "random bytes called Parquet": ("t.parquet", bytes(range(256)) * 8, "cannot be read as a Parquet table ("),
    "text called Parquet": ("t.parquet", b"record_id,subject_id\n1,2\n", "Give a Parquet file, or a CSV file with a header row."),
    "a cut Parquet file": ("t.parquet", b"PAR1" + b"\0" * 100, "cannot be read as a Parquet table ("),
    "a PDF called CSV": ("t.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n", "cannot be read as a CSV table (it is not UTF-8 text)"),
    "a spreadsheet called CSV": ("t.csv", b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)), "cannot be read as a CSV table (it is not UTF-8 text)"),
    "a CSV file in GBK": ("t.csv", "record_id,subject_id,item,occurred_on,recorded_on\n甲,乙,丙,,\n".encode("gbk"), "cannot be read as a CSV table (it is not UTF-8 text)"),
    "a CSV file with semicolons": ("t.csv", b"record_id;subject_id;item;occurred_on;recorded_on\n1;2;3;;\n", "column record_id, subject_id, item, occurred_on, recorded_on is missing"),
    "a CSV file without its heading": ("t.csv", b"r1,firm,a.penalty,2025-01-01,2025-01-02\n", "is missing from the table of records"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_table_is_refused_by_its_name(name: str, tmp_path: Path) -> None:
    file, content, says = FILES[name]
    (tmp_path / file).write_bytes(content)
    said = refusal(records=tmp_path / file)
    assert said.startswith(str(tmp_path / file))
    assert says in said
    assert "Traceback" not in said
    assert len(said) < 600


def test_a_path_that_is_not_there_and_a_folder_without_tables_are_named(tmp_path: Path) -> None:
    assert (
        refusal(records=tmp_path / "none.csv")
        == f"{tmp_path}/none.csv does not exist. Give a Parquet or CSV file."
    )
    assert refusal(records=str(tmp_path)) == f"{tmp_path} is a folder without Parquet files."


@every_kind
def test_a_table_with_a_heading_and_no_row_is_an_empty_table(kind: str, tmp_path: Path) -> None:
    empty = handed_in(TABLES["records"].slice(0, 0), kind, tmp_path, "records")
    result = score(policy_of(CARD), subjects=TABLES["subjects"], records=empty, on=ON)
    assert score_of(result)["score"] == 80
    assert reconciles(result)
    nobody = handed_in(TABLES["subjects"].slice(0, 0), kind, tmp_path, "subjects")
    result = score(policy_of(CARD), subjects=nobody, records=TABLES["records"], on=ON)
    assert rows_of(result.scores) == []
    assert result.info.rejected_by_reason == {"records.subject_unknown": 1}
    assert reconciles(result)


def test_a_folder_of_parquet_files_is_one_table(tmp_path: Path) -> None:
    for i, part in enumerate((record("r1"), record("r2", level="serious"))):
        handed_in(table([part], RECORDS), "parquet", tmp_path, f"part{i}")
    result = score(policy_of(CARD), subjects=TABLES["subjects"], records=tmp_path, on=ON)
    assert result.info.records_admitted == 2
    assert score_of(result)["score"] == 55


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("name", ["a*b", "a?b", "[a]*b", 'it\'s "a" *b'])
def test_a_path_is_a_path_and_no_pattern(name: str, kind: str, tmp_path: Path) -> None:
    for folder in (name, "a-b", 'it\'s "a" -b'):
        (tmp_path / folder).mkdir()
        handed_in(TABLES["records"], kind, tmp_path / folder, "re cords")
    source = tmp_path / name / f"re cords.{kind}"
    assert score(policy_of(CARD), subjects=TABLES["subjects"], records=source, on=ON).info.records.rows == 1


HEADING = "record_id,subject_id,item,level,occurred_on,recorded_on"
LINE = "r{},firm,a.penalty,general,2025-06-01,2025-06-10"


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("last", [True, False], ids=["ended", "open"])
def test_csv_files_of_every_editor_are_read(end: str, mark: str, last: bool, tmp_path: Path) -> None:
    text = mark + end.join([HEADING, LINE.format(1), LINE.format(2), '"r,3"' + LINE.format("")[1:]])
    (tmp_path / "r.csv").write_bytes((text + (end if last else "")).encode())
    result = score(policy_of(CARD), subjects=TABLES["subjects"], records=tmp_path / "r.csv", on=ON)
    assert result.info.records_admitted == 3
    assert score_of(result)["score"] == 65


def test_a_compressed_csv_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "r.csv.gz").write_bytes(gzip.compress(f"{HEADING}\r\n{LINE.format(1)}\r\n".encode()))
    result = score(policy_of(CARD), subjects=TABLES["subjects"], records=tmp_path / "r.csv.gz", on=ON)
    assert result.info.records_admitted == 1


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("r,firm,a.penalty,general,2025-06-01,2025-06-10,33010619800101123X", "Expected Number of Columns: 6 Found: 7"),
        ("33010619800101123X,firm,a.penalty", "Expected Number of Columns: 6 Found: 3"),
        ('r,firm,"33010619800101123X,general,2025-06-01,2025-06-10', "unterminated quote"),
    ],
)  # fmt: skip
def test_a_torn_line_far_down_is_found_and_not_quoted(bad: str, says: str, tmp_path: Path) -> None:
    lines = [HEADING, *(LINE.format(i) for i in range(30_000)), bad]
    (tmp_path / "r.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = refusal(records=tmp_path / "r.csv")
    assert str(tmp_path / "r.csv") in said
    assert "Line: 30002" in said
    assert says in said
    assert "33010619800101123X" not in said


def test_a_column_that_stands_twice_in_the_heading_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(f"{HEADING},item\n{LINE.format(1)},x\n", encoding="utf-8")
    said = refusal(records=tmp_path / "r.csv")
    assert said == f"{tmp_path}/r.csv: column 'item' stands twice in the header row. Keep one of them."


def test_before_the_policy_is_in_force_nothing_is_scored() -> None:
    with pytest.raises(
        NotInForceError, match=r"no edition of 'demo' is in force on 2023-12-31\. Editions: 1: from"
    ):
        run([], on=date(2023, 12, 31))


def test_two_scorecards_for_one_subject_type_are_a_choice_for_the_user(tmp_path: Path) -> None:
    folder = write_policy(tmp_path)
    (folder / "twin.yaml").write_text(changed(CARD, "scorecard: demo", "scorecard: twin"), encoding="utf-8")
    with pytest.raises(PolicyError, match="'twin' and 'demo' are both for enterprise"):
        run([], policy=load_policy(folder))
