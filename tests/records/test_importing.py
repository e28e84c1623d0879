"""What a row becomes."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from credit_scoring.errors import IdentityKeyError, OutputError, TableError
from credit_scoring.records import ImportResult

from .conftest import CODE, MAPPING, OTHER, export, rows

Run = Callable[..., ImportResult]
PERSON = "11010519491231002X"
KEY = b"sixteen or more bytes"


def line(code: str = CODE, name: str = "某公司", **cells: str) -> str:
    values = {"level": "一般", "amount": "0.5", "day": "2024-01-02", "event": "某罚〔2024〕1号"} | cells
    return f"{code},{name},{values['level']},{values['amount']},{values['day']},{values['event']}"


def test_a_row_becomes_a_record_and_its_subject(run: Run) -> None:
    result = run({"a.csv": export(line())})
    (record,) = rows(result, "records")
    assert record.pop("record_id")
    assert record == {
        "subject_id": CODE,
        "item": "penalty.ordinary",
        "occurred_on": date(2024, 1, 2),
        "recorded_on": date(2024, 6, 30),
        "value": Decimal("5000.0000"),
        "weight": None,
        "level": "general",
        "event_id": "某罚(2024)1号",
        "expires_on": None,
        "repaired_on": None,
        "withdrawn_on": None,
        "source": "某局",
    }
    (subject,) = rows(result, "subjects")
    assert (subject["subject_id"], subject["subject_type"], subject["region_code"]) == (
        CODE,
        "enterprise",
        "350100",
    )


def test_record_ids_depend_on_content_alone(run: Run) -> None:
    lines = [line(amount=str(i), event=f"{i}号") for i in range(40)]
    first = run({"a.csv": export(*lines)}, out="first")
    random.Random(1).shuffle(lines)
    later = MAPPING.replace("2024-06-30", "2024-09-30")
    second = run({"b.csv": export(line(event="new"), *lines)}, later, out="second")
    ids = {row["record_id"] for row in rows(first, "records")}
    assert len(ids) == 40
    assert ids < {row["record_id"] for row in rows(second, "records")}


def test_the_same_content_twice_is_one_record_and_a_merged_duplicate(run: Run) -> None:
    again = line(event="某罚 [2024] 1号")
    result = run({"a.csv": export(line(), again), "b.csv": export(line())})
    assert (result.records, result.duplicates) == (1, 2)


@pytest.mark.parametrize(
    ("cells", "reason", "column", "value"),
    [
        ({"level": "特别"}, "level_unknown", "程度", "特别"),
        ({"day": ""}, "date_missing", "日期", None),
        ({"day": "2024-02-30"}, "date_unreadable", "日期", "2024-02-30"),
        ({"day": "1024-01-02"}, "date_implausible", "日期", "1024-01-02"),
        ({"day": "2024-07-01"}, "date_implausible", "日期", "2024-07-01"),
        ({"amount": "-1"}, "value_negative", "金额", "-1"),
        ({"level": f"见{PERSON}"}, "level_unknown", "程度", "见…"),
    ],
)
def test_rows_without_usable_content_are_rejected_with_one_reason(
    run: Run, cells: dict[str, str], reason: str, column: str, value: str | None
) -> None:
    (row,) = rows(run({"a.csv": export(line(**cells))}), "rejected")
    assert (row["row"], row["reason"], row["column"], row["value"]) == (1, reason, column, value)


def test_a_required_value_that_is_missing_or_unreadable_rejects_the_row(run: Run) -> None:
    mapping = MAPPING.replace("leave_empty", "reject")
    found = rows(run({"a.csv": export(line(amount="/"), line(amount="五毛"))}, mapping), "rejected")
    assert [(row["reason"], row["value"]) for row in found] == [
        ("value_missing", None),
        ("value_unreadable", "五毛"),
    ]


@pytest.mark.parametrize(
    ("days", "forms", "more", "expected"),
    [
        ("2020/9/4", "%Y/%m/%d", "", date(2020, 9, 4)),
        ("2021年度2  月", "%Y年度%m月", ", stands_for: last_day", date(2021, 2, 28)),
        ("2018年", "%Y年", ", stands_for: last_day", date(2018, 12, 31)),
        ("2018年", "%Y年", ", stands_for: first_day", date(2018, 1, 1)),
        ("2024", "%Y", ", stands_for: last_day", date(2024, 6, 30)),
        ("20/3/2024 14:32:36", "%d/%m/%Y %H:%M:%S", "", date(2024, 3, 20)),
        ("2020/10/20-2021/4/20", "%Y/%m/%d", ", part: {split: '-', take: 1}", date(2020, 10, 20)),
        ("2020/10/20-2021/4/20", "%Y/%m/%d", ", part: {split: '-', take: -1}", date(2021, 4, 20)),
        (" 2023年04月12日　", "%Y年%m月%d日", "", date(2023, 4, 12)),
    ],
)
def test_days_in_the_forms_departments_use(
    run: Run, days: str, forms: str, more: str, expected: date
) -> None:
    mapping = MAPPING.replace('forms: ["%Y-%m-%d"]', f'forms: ["{forms}"]{more}')
    (record,) = rows(run({"a.csv": export(line(day=days))}, mapping), "records")
    # The last day of 2024 is still to come when the export is delivered.
    assert record["occurred_on"] == expected


@pytest.mark.parametrize(
    ("text", "inclusive", "expected"),
    [
        ("2025-03-31", "true", date(2025, 4, 1)),
        ("2025-03-31", "false", date(2025, 3, 31)),
        ("2099-12-31", "true", None),
        ("never", "true", None),
    ],
)
def test_expiry_is_the_first_day_on_which_a_record_no_longer_counts(
    run: Run, text: str, inclusive: str, expected: date | None
) -> None:
    mapping = MAPPING + (
        f'expires_on: {{column: 名称, forms: ["%Y-%m-%d"], inclusive: {inclusive}, never_from: 2099-01-01}}\n'
    )
    result = run({"a.csv": export(line(name=text))}, mapping)
    assert rows(result, "records")[0]["expires_on"] == expected
    assert result.quality[0].date_unreadable == (text == "never")


def test_a_missing_date_is_replaced_only_as_the_mapping_says(run: Run) -> None:
    mapping = MAPPING.replace("missing: reject}\nevent", "missing: 2023-12-31, basis: the title}\nevent")
    result = run({"a.csv": export(line(day=""), line(day="x"))}, mapping)
    assert [row["occurred_on"] for row in rows(result, "records")] == [date(2023, 12, 31)]
    assert [row["reason"] for row in rows(result, "rejected")] == ["date_unreadable"]


def test_a_name_is_a_candidate_and_never_a_match(run: Run) -> None:
    known = line(name="某某（北京）有限公司")
    result = run(
        {
            "a.csv": export(
                known, line(code="", name="某某(北京) 有限公司"), line(code="", name="他人有限公司")
            )
        }
    )
    assert result.records == 1
    found = [
        (row["outcome"], row["status"], row["basis"], row["candidates"]) for row in rows(result, "unresolved")
    ]
    assert found == [("blank", "candidate", "name", [CODE]), ("blank", "unmatched", None, [])]


def test_an_organisation_code_inside_an_old_number_is_a_candidate_too(run: Run) -> None:
    tax_number = "310000" + OTHER[8:17]
    result = run({"a.csv": export(line(code=OTHER), line(code=tax_number, name="别名公司"))})
    (row,) = rows(result, "unresolved")
    assert (row["outcome"], row["status"], row["basis"]) == (
        "legacy_tax_number",
        "candidate",
        "organisation_code",
    )


def test_one_name_with_two_codes_is_ambiguous(run: Run) -> None:
    result = run({"a.csv": export(line(), line(code=OTHER), line(code="无"))})
    (row,) = rows(result, "unresolved")
    assert (row["status"], row["candidates"]) == ("ambiguous", sorted([CODE, OTHER]))


def test_two_different_codes_in_one_row_identify_nobody(run: Run) -> None:
    mapping = MAPPING.replace("identifiers: [代码]", "identifiers: [代码, 文号]")
    (row,) = rows(run({"a.csv": export(line(event=OTHER))}, mapping), "unresolved")
    assert row["outcome"] == "conflicting_codes"


def test_the_better_identifier_wins_over_a_damaged_one(run: Run) -> None:
    mapping = MAPPING.replace("identifiers: [代码]", "identifiers: [文号, 代码]")
    assert run({"a.csv": export(line(event="9.1E+17"))}, mapping).records == 1


def test_a_person_is_a_pseudonym_and_leaves_no_trace(run: Run, tmp_path: Path) -> None:
    result = run({"a.csv": export(line(code=PERSON, name="赵钱孙"))}, key=KEY)
    (subject,) = rows(result, "subjects")
    assert (subject["subject_type"], subject["region_code"]) == ("natural_person", "110105")
    assert str(subject["subject_id"]).startswith("np-")
    for table in result.tables.values():
        assert PERSON.encode() not in table.read_bytes()
        assert "赵钱孙".encode() not in table.read_bytes()
    other = run({"a.csv": export(line(code=PERSON))}, out="other", key=KEY + b"!")
    assert rows(other, "subjects")[0]["subject_id"] != subject["subject_id"]


@pytest.mark.parametrize("key", [None, b"short"])
def test_persons_need_a_key(run: Run, tmp_path: Path, key: bytes | None) -> None:
    with pytest.raises(IdentityKeyError, match=r"--key-file|16 or more"):
        run({"a.csv": export(line(code=PERSON))}, key=key)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("code", [PERSON + "01", "110105194912310021", "PID_1", "110105491231002"])
def test_names_beside_personal_numbers_are_not_written(run: Run, code: str) -> None:
    mapping = MAPPING.replace("name: 名称}", "name: 名称, personal_prefix: PID_}")
    (row,) = rows(run({"a.csv": export(line(code=code, name="赵钱孙小吃店"))}, mapping), "unresolved")
    assert row["organisation_name"] is None


def test_a_short_name_may_be_a_person_and_is_not_written(run: Run) -> None:
    result = run({"a.csv": export(line(code="", name="赵钱孙"), line(code="", name="北京饭店"))})
    assert [row["organisation_name"] for row in rows(result, "unresolved")] == [None, "北京饭店"]


def test_rows_marked_as_persons_give_no_names(run: Run) -> None:
    mapping = MAPPING.replace("name: 名称}", "name: 名称, person_when: {column: 文号, equals: [自然人]}}")
    lines = [line(code="", name="赵钱孙李面馆", event=event) for event in ("自然人", "法人")]
    result = run({"a.csv": export(*lines)}, mapping)
    assert [row["organisation_name"] for row in rows(result, "unresolved")] == [None, "赵钱孙李面馆"]


def test_a_personal_column_makes_pseudonyms_and_no_organisations(run: Run) -> None:
    mapping = MAPPING.replace("identifiers: [代码]", "personal: 代码")
    result = run({"a.csv": export(line(code=PERSON), line(code=CODE))}, mapping, key=KEY)
    assert [row["subject_type"] for row in rows(result, "subjects")] == ["natural_person"]
    assert [row["outcome"] for row in rows(result, "unresolved")] == ["not_a_code"]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("罚款2000元", "2000"),
        ("罚款人民币叁仟元整", "3000"),
        ("责令改正，处一万四千元罚款。", "14000"),
        ("罚款6400", "6400"),
        ("每辆处5000元罚款，共计1万元罚款。", "10000"),
        ("处五千元以上一万元以下罚款", None),
        ("罚款1万元以上3万元以下", None),
        ("处2万元罚款，对负责人处1万元罚款", None),
        ("没收违法所得十八元，并处三百元罚款", "300"),
    ],
)
def test_fines_are_read_from_the_text_of_a_decision(run: Run, text: str, amount: str | None) -> None:
    mapping = MAPPING.replace("unit: 万元", "unit: 万元, fine_in_text: [名称]")
    (record,) = rows(run({"a.csv": export(line(amount="", name=text))}, mapping), "records")
    assert record["value"] == (None if amount is None else Decimal(amount))


def test_a_rounded_document_number_identifies_no_event(run: Run) -> None:
    result = run({"a.csv": export(line(event="5.58605E+14"))})
    assert rows(result, "records")[0]["event_id"] is None
    assert result.quality[0].event_missing == 1


def test_items_exclusions_and_marks_follow_the_mapping(run: Run) -> None:
    mapping = MAPPING.replace(
        "item: penalty.ordinary",
        "item:\n"
        "  rules: [{then: penalty.simplified, column: 文号, contains: [当]}]\n"
        "  otherwise: penalty.unmarked",
    )
    mapping += "exclude: [{column: 名称, contains: [不予], because: no penalty}]\n"
    mapping += (
        "repaired_on: {column: 名称, contains: [已修复], use: delivered_on, basis: by then at the latest}\n"
    )
    result = run(
        {"a.csv": export(line(event="当罚1号"), line(name="已修复"), line(name="不予处罚"))}, mapping
    )
    found = {row["item"]: row["repaired_on"] for row in rows(result, "records")}
    assert found == {"penalty.simplified": None, "penalty.unmarked": date(2024, 6, 30)}
    assert [row["reason"] for row in rows(result, "rejected")] == ["excluded_by_mapping"]


def test_texts_of_a_mapping_never_become_sql(run: Run) -> None:
    nasty = "x'); DROP TABLE staged; --"
    mapping = MAPPING.replace("轻微", nasty).replace("source: test.penalties", "source: test.quoted")
    assert run({"a.csv": export(line(level=nasty))}, mapping).records == 1


def test_an_existing_folder_is_kept_unless_it_may_be_replaced(run: Run, tmp_path: Path) -> None:
    run({"a.csv": export(line())}, out="out")
    with pytest.raises(OutputError, match="exists already"):
        import_again(tmp_path, overwrite=False)
    assert import_again(tmp_path, overwrite=True).records == 1
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"thesis\.txt"):
        import_again(tmp_path, overwrite=True)


def test_a_failed_import_leaves_the_earlier_result_and_nothing_else(run: Run, tmp_path: Path) -> None:
    before = run({"a.csv": export(line())}, out="out")
    (tmp_path / "out-exports" / "a.csv").write_bytes(b"PK\x03\x04")
    with pytest.raises(TableError):
        import_again(tmp_path, overwrite=True)
    assert rows(before, "records")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_import_that_is_interrupted_leaves_nothing(run: Run, tmp_path: Path) -> None:
    def interrupt(_doing: str, share: float) -> None:
        if share > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run({"a.csv": export(line())}, progress=interrupt)
    assert not (tmp_path / "out").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_same_import_gives_the_same_bytes(run: Run) -> None:
    lines = [line(code=code, amount=str(i)) for i in range(300) for code in (CODE, OTHER, "")]
    first = run({"a.csv": export(*lines)}, out="first")
    second = run({"a.csv": export(*lines)}, out="second")
    assert all(second.tables[name].read_bytes() == path.read_bytes() for name, path in first.tables.items())


def import_again(tmp_path: Path, *, overwrite: bool) -> ImportResult:
    from credit_scoring.records import import_sources

    return import_sources(
        tmp_path / "out-mapping0.yaml",
        source_dir=tmp_path / "out-exports",
        out=tmp_path / "out",
        overwrite=overwrite,
    )
