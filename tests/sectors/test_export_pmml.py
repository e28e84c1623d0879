"""Exported PMML obeys the schema's rules for a Scorecard, and an engine that reads it finds our scores and reasons."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from credit_scoring.errors import InputError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.points_table import Characteristic, LevelBins, NumericBins, PointsTable
from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.export.imprint import GradeCut, Imprint
from credit_scoring.sectors.export.pmml import NAMESPACE, to_pmml
from sectors.export_cases import Case, Expected, cases, expected
from sectors.pmml_rules import faults

SMALL = PointsTable(
    base=400_000,
    characteristics=(
        Characteristic(
            feature=Feature(
                name="arrears", polarity="worse", title=Title(zh="欠税 <金额>", en="Tax & arrears")
            ),
            bins=NumericBins(cuts=(0.1, 30_000.0), points=(40_000, 25_500, 0), missing=20_000),
        ),
        Characteristic(
            feature=Feature(name="rating", polarity="free", title=Title(zh="评级", en="Rating")),
            bins=LevelBins(
                groups=(("A b", "B"), ('C"', "D\\", "")), points=(30_000, -5_000), missing=0, other=-10_000
            ),
        ),
        Characteristic(
            feature=Feature(name="only", polarity="free"), bins=NumericBins(cuts=(), points=(7,), missing=3)
        ),
    ),
    total=460_000,
)
IMPRINT = Imprint(
    name="building",
    title=Title(zh="建筑市场", en="Building market"),
    edition="2026",
    left_out=(Title(zh="未包含甲。", en="Not included: A."),),
)
GRADES = (
    GradeCut(grade="A co", low=460_000),
    GradeCut(grade="B", low=420_001),
    GradeCut(grade="D", low=None),
)


@pytest.fixture(scope="session")
def engine() -> Iterator[Callable[[str], Any]]:
    """Reads a document into PMML4S, running in Java."""
    if shutil.which("java") is None:
        pytest.skip("without Java no PMML engine runs: see tests/system.sh")
    from pypmml import Model
    from pypmml.base import PMMLContext

    yield Model.fromString
    PMMLContext.shutdown()


def found(model: Any, case: Case, row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(model.predict(dict(zip(case.table.names(), row, strict=True))))


def missed(case: Case, expected_: Expected) -> dict[str, int]:
    best = {
        c.feature.name: max(
            *c.bins.points, c.bins.missing, *((c.bins.other,) if isinstance(c.bins, LevelBins) else ())
        )
        for c in case.table.characteristics
    }
    return {name: best[name] - got for name, got in zip(best, expected_.points, strict=True)}


def check(model: Any, case: Case, row: tuple[Any, ...], *, reasons: int) -> None:
    want, got = expected(case, row), found(model, case, row)
    assert got["score_raw_thousandths"] == want.raw
    assert got["score_raw"] == want.raw / 1000
    assert got["score"] == want.score / 1000
    if case.grades:
        assert got["grade"] == want.grade
    lost = missed(case, want)
    ranked = sorted((points for points in lost.values() if points > 0), reverse=True)[:reasons]
    named = [got[f"reason_{rank}"] for rank in range(1, reasons + 1)]
    # Which of two reasons with the same points comes first, this engine decides in its own way.
    assert [lost[name] for name in named[: len(ranked)]] == ranked
    assert len(set(named[: len(ranked)])) == len(ranked)
    if not ranked:
        assert set(named) == {None}


@given(case=cases(rows=8))
@settings(max_examples=40)
def test_an_engine_finds_the_scores_grades_and_reasons_of_the_table(
    engine: Callable[[str], Any], case: Case
) -> None:
    # Of the text of a Constant this engine reads only what follows the last entity.
    grades = tuple(
        replace(cut, grade=cut.grade.translate(dict.fromkeys(map(ord, "&<>"), "x"))) for cut in case.grades
    )
    case = replace(case, grades=grades)
    text = to_pmml(case.table, grades=case.grades, reasons=3)
    assert faults(text) == []
    model = engine(text)
    for row in case.rows:
        check(model, case, row, reasons=min(3, len(case.table.characteristics)))


@pytest.mark.parametrize(
    "row",
    [
        (value, level, only)
        for value in (None, math.nan, -1.0, -0.0, math.nextafter(0.1, 0), 0.1, 29_999.99, 30_000.0, math.inf)
        for level, only in ((None, None), ("A b", 1.0), ("B", math.nan), ('C"', -5.0), ("D\\", 0.0), ("", 1.0), ("b", 2.0), ("A", 2.0))
    ],
)  # fmt: skip
def test_boundaries_missing_values_and_odd_levels_reach_the_engine(
    engine: Callable[[str], Any], row: tuple[Any, ...]
) -> None:
    case = Case(table=SMALL, grades=GRADES, rows=(row,))
    check(engine(document()), case, row, reasons=3)


def document(**options: Any) -> str:
    return to_pmml(SMALL, **{"imprint": IMPRINT, "grades": GRADES, **options})


def test_a_field_that_is_not_delivered_is_missing(engine: Callable[[str], Any]) -> None:
    got = dict(engine(document()).predict({"rating": "B"}))
    assert got["score_raw_thousandths"] == 400_000 + 20_000 + 30_000 + 3
    assert [got["reason_1"], got["reason_2"]] == ["arrears", "only"]


def test_a_subject_no_grade_takes_has_none(engine: Callable[[str], Any]) -> None:
    model = engine(document(grades=(GradeCut(grade="A", low=460_000),)))
    assert dict(model.predict({"rating": "B"}))["grade"] is None
    assert dict(model.predict({"rating": "B", "arrears": 0.0}))["grade"] == "A"


def test_markup_in_a_grade_survives_in_the_document() -> None:
    root = ET.fromstring(document(grades=(GradeCut(grade="<A & b>", low=None),)))
    assert [e.text for e in root.iter(f"{{{NAMESPACE}}}Constant")][-1] == "<A & b>"


def test_the_document_obeys_the_rules_of_the_schema() -> None:
    assert faults(document()) == []
    assert faults(to_pmml(SMALL)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (('functionName="regression" ', ""), "Scorecard lacks functionName"),
        (('"pointsBelow"', '"below"'), "reasonCodeAlgorithm='below'"),
        (('baselineMethod="max"', 'baseline="max"'), "Scorecard has no attribute baseline"),
        (('operator="isMissing"', 'operator="missing"'), "operator='missing'"),
        (('partialScore="25500"', 'partialScore="many"'), "partialScore='many'"),
        ((' baselineScore="40000"', ""), "arrears: no baselineScore"),
        (('field="rating" operator="isMissing"', 'field="arrears" operator="isMissing"'), "rating: looks at several fields"),
        (('numberOfFields="4"', 'numberOfFields="3"'), "numberOfFields"),
        (('<True />', "<Truth />"), "Truth is no element"),
        (('<FieldRef field="score" />', '<FieldRef field="grade" />'), "grade refers to 'grade'"),
        (('name="only" usageType', 'name="lonely" usageType'), "'lonely' is not in the dictionary"),
        ((' n="2"', ' n="3"'), "Array"),
    ],
)  # fmt: skip
def test_the_rules_find_what_breaks_them(change: tuple[str, str], fault: str) -> None:
    text = document()
    assert change[0] in text
    assert fault in "\n".join(faults(text.replace(*change, 1)))


def test_elements_out_of_order_break_the_rules() -> None:
    root = ET.fromstring(document())
    card = root[-1]
    first = card[0]
    card.remove(first)
    card.append(first)
    ET.register_namespace("", NAMESPACE)
    assert "Scorecard: Output Characteristics MiningSchema is not" in "\n".join(
        faults(ET.tostring(root, encoding="unicode"))
    )


def test_titles_in_both_languages_the_edition_and_what_is_left_out_are_in_the_document() -> None:
    root = ET.fromstring(document(language="en"))
    space = {"p": NAMESPACE}
    header = root.find("p:Header", space)
    assert header is not None
    assert (header.get("description"), header.get("modelVersion")) == ("Building market", "2026")
    assert [a.text for a in header.findall("p:Annotation", space)] == ["Not included: A."]
    line = root.find(".//p:Characteristic[@reasonCode='arrears']", space)
    assert line is not None
    titles = {e.get("name"): e.get("value") for e in line.findall("p:Extension", space)}
    assert titles == {"title_zh": "欠税 <金额>", "title_en": "Tax & arrears"}
    shown = {e.get("name"): e.get("displayName") for e in root.iter(f"{{{NAMESPACE}}}OutputField")}
    assert shown["score_raw_thousandths"] == "raw score in thousandths of a point"
    assert shown["reason_2"] == "reason 2"
    assert document(language="en") == document(language="en")
    assert "未包含甲。" in document()


@pytest.mark.parametrize(
    ("bins", "options", "message"),
    [
        (
            LevelBins(groups=(("a\x01",),), points=(0,), missing=0, other=0),
            {},
            "character XML 1.0 cannot carry",
        ),
        (
            NumericBins(cuts=(), points=(0,), missing=0),
            {"name": "score"},
            "feature 'score' has the name of an output",
        ),
        (NumericBins(cuts=(), points=(0,), missing=0), {"name": "reason_12"}, "feature 'reason_12'"),
        (NumericBins(cuts=(), points=(0,), missing=0), {"reasons": 0}, "reasons is 0"),
        (NumericBins(cuts=(math.inf,), points=(0, 1), missing=0), {}, "no finite number"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(bins: Any, options: dict[str, Any], message: str) -> None:
    name = options.pop("name", "x")
    table = PointsTable(
        base=0, characteristics=(Characteristic(feature=Feature(name=name, polarity="free"), bins=bins),)
    )
    with pytest.raises(InputError, match=message):
        to_pmml(table, **options)
