"""The signature says of every column what it is, in which unit, in both languages."""

from __future__ import annotations

import pytest

from credit_scoring.releases.served import RESULT
from credit_scoring.releases.signature import signature
from credit_scoring.scoring.inputs import RECORDS, SUBJECTS

TOLD = signature()
ALL = (*TOLD.inputs, *TOLD.parameters, *TOLD.outputs)


def test_every_column_the_line_reads_is_an_input_and_those_it_cannot_do_without_are_required() -> None:
    read = dict.fromkeys(column.name for column in (*SUBJECTS, *RECORDS))
    assert [variable.name for variable in TOLD.inputs] == list(read)
    required = {variable.name for variable in TOLD.inputs if variable.required}
    assert required == {column.name for column in SUBJECTS if not column.optional}


def test_numbers_are_doubles_and_everything_else_is_text() -> None:
    numbers = {column.name for column in (*SUBJECTS, *RECORDS) if column.kind == "number"}
    assert {v.name: v.type for v in TOLD.inputs} == {
        v.name: "double" if v.name in numbers else "string" for v in TOLD.inputs
    }


def test_every_column_of_the_result_is_an_output_of_its_type() -> None:
    types = {"string": "string", "double": "double", "bool": "boolean", "int64": "long"}
    for field, variable in zip(RESULT, TOLD.outputs, strict=True):
        assert field.name == variable.name
        if variable.type.startswith("array("):
            assert str(field.type).startswith("list<")
        else:
            assert types[str(field.type)] == variable.type


@pytest.mark.parametrize("variable", ALL, ids=lambda v: v.name)
def test_a_column_has_a_unit_and_a_meaning_in_chinese_and_english(variable) -> None:
    for title in (variable.unit, variable.meaning):
        assert title.zh.strip()
        assert title.en.strip()
        assert title.en.isascii()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in variable.meaning.zh)


def test_the_day_of_evaluation_must_be_given() -> None:
    assert {v.name: v.required for v in TOLD.parameters} == {"on": True, "known_by": False}
