"""Exports as they come: other encodings, broken rows, files that are no tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credit_scoring.errors import MappingError, TableError
from credit_scoring.records import ImportResult
from credit_scoring.records.files import load_export, open_export
from credit_scoring.records.mapping import load_mappings

from .conftest import CODE, HEADING, MAPPING, export, rows

Run = Callable[..., ImportResult]
GOOD = f"{CODE},某公司,一般,0.5,2024-01-02,某罚〔2024〕1号"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("gb18030", "gb18030"),
        ("gbk", "gbk"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-8", "utf-8"),
    ],
)
def test_encodings_give_the_same_records(run: Run, encoding: str, name: str) -> None:
    result = run({"a.csv": export(GOOD).encode(encoding)}, MAPPING.replace("utf-8", name))
    (record,) = rows(result, "records")
    assert (record["level"], record["event_id"]) == ("general", "某罚(2024)1号")


def test_line_ends_blank_columns_and_rows_above_the_heading_are_no_trouble(run: Run) -> None:
    lines = ["某局公示", HEADING + ",,", GOOD + ",,"]
    mapping = MAPPING.replace("encoding: utf-8", "header_row: 2, encoding: utf-8")
    result = run({"a.csv": "\r\n".join(lines)}, mapping)
    assert (result.rows, result.records) == (1, 1)


def test_a_newline_inside_quotes_is_part_of_the_cell(run: Run) -> None:
    result = run({"a.csv": export(GOOD.replace("某公司", '"某\n公司"'), GOOD.replace("0.5", "0.6"))})
    assert (result.rows, result.records) == (2, 2)


def test_rows_with_another_number_of_columns_are_counted_with_their_number(run: Run) -> None:
    result = run({"a.csv": export("1,2", GOOD, GOOD + ",more,more", "", GOOD.replace("0.5", "x"), "3")})
    assert result.rows == 6
    found = [(row["row"], row["reason"], row["value"]) for row in rows(result, "rejected")]
    assert found == [
        (1, "column_count", "2 columns"),
        (3, "column_count", "8 columns"),
        (4, "empty_row", None),
        (6, "column_count", "1 columns"),
    ]
    assert result.records == 2


def test_row_numbers_count_rows_that_were_set_aside(run: Run) -> None:
    bad_date = GOOD.replace("2024-01-02", "gestern")
    result = run({"a.csv": export(GOOD, "1", "2", bad_date, "3", bad_date)})
    numbers = [row["row"] for row in rows(result, "rejected") if row["reason"] == "date_unreadable"]
    assert numbers == [4, 6]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "a spreadsheet or zip archive"),
        (b"\xd0\xcf\x11\xe0rest", "an old spreadsheet"),
        (b"%PDF-1.7", "a PDF document"),
        (b"<!doctype html>", "a web page"),
        (export(GOOD).encode("gb18030"), "is not utf-8 text"),
        (export(*[GOOD] * 9000).encode() + GOOD.encode("gb18030"), "is not utf-8 text"),
        (export(GOOD).encode() + b"\0", "NUL byte"),
        (export(GOOD).encode("utf-16"), "UTF-16"),
        (export(GOOD, '"' + GOOD, GOOD).encode(), "never closed"),
    ],
)
def test_what_is_no_table_is_refused_with_the_file_and_a_remedy(
    run: Run, content: bytes, expected: str
) -> None:
    with pytest.raises(TableError) as caught:
        run({"a.csv": content})
    assert expected in str(caught.value)
    assert "a.csv" in str(caught.value)


def test_a_stray_quote_inside_a_cell_swallows_nothing(run: Run) -> None:
    assert run({"a.csv": export(GOOD.replace("某公司", '5" 管'), GOOD)}).rows == 2


def test_a_missing_column_names_the_line_of_the_mapping_and_the_heading(run: Run) -> None:
    with pytest.raises(MappingError) as caught:
        run({"a.csv": export(GOOD).replace("金额", "罚款")})
    (problem,) = caught.value.problems
    assert (
        problem.line == MAPPING.splitlines().index(next(x for x in MAPPING.splitlines() if "金额" in x)) + 1
    )
    assert "column '金额' is not in row 1" in problem.message
    assert "'罚款'" in problem.message


def test_a_column_that_stands_twice_is_refused(run: Run) -> None:
    with pytest.raises(MappingError, match="stands 2 times"):
        run({"a.csv": export(GOOD).replace("文号", "日期", 1)})


def test_a_missing_file_is_refused_and_a_file_without_rows_counted(run: Run) -> None:
    with pytest.raises(TableError, match="holds no file"):
        run({"a.txt": export(GOOD)})
    result = run({"a.csv": export()}, out="second")
    assert (result.rows, result.quality[0].rows, result.quality[0].item) == (0, 0, "penalty.ordinary")


def test_faults_of_all_files_are_reported_together(run: Run) -> None:
    second = MAPPING.replace("test.penalties", "test.second").replace("*.csv", "b.txt")
    third = MAPPING.replace("test.penalties", "test.third").replace("*.csv", "c.txt")
    with pytest.raises(TableError) as caught:
        run({"a.csv": export(GOOD), "c.txt": b""}, MAPPING, second, third)
    assert "b.txt" in str(caught.value)
    assert "c.txt: is empty" in str(caught.value)


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=6
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.lists(cells, min_size=6, max_size=6), min_size=1, max_size=8))
def test_cells_equal_those_of_the_standard_library(
    table: list[list[str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    from credit_scoring.engines.duckdb import connect

    folder = tmp_path_factory.mktemp("cells")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADING.split(","), *table])
    (folder / "a.csv").write_text(text.getvalue(), encoding="utf-8", newline="")
    (folder / "m.yaml").write_text(MAPPING, encoding="utf-8")
    (loaded,) = load_mappings(folder / "m.yaml")
    opened = open_export(loaded, folder / "a.csv")
    connection = connect()
    load_export(connection, opened)
    names = ", ".join(f"c{i}" for i in range(6))
    found = connection.execute(f"SELECT {names} FROM raw ORDER BY seq").fetchall()
    with (folder / "a.csv").open(encoding="utf-8", newline="") as file:
        expected = [tuple(row) for row in list(csv.reader(file))[1:]]
    assert found == expected
