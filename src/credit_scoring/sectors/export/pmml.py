"""A points table as PMML 4.4 `Scorecard` (Data Mining Group, PMML 4.4, "Scorecard"), with reason codes.

Partial scores are whole thousandths, so that the sums of 64-bit floats every PMML engine computes are exact; the outputs
divide by 1000 once, at the end. `predictedValue` is therefore the raw score in thousandths; `score` is the score.

A reason code is the name of a feature. Its baseline is the most points the characteristic can give, so reasons are
ranked by the points missed; the standard breaks ties by the order of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias
from xml.etree import ElementTree as ET

from credit_scoring.errors import InputError
from credit_scoring.learnt.points_table import Characteristic, LevelBins, NumericBins, PointsTable
from credit_scoring.policy.numbers import POINT
from credit_scoring.sectors.export.imprint import (
    GradeCut,
    Imprint,
    content_hash,
    one_line,
    plain_cut,
    refuse_unwritable,
    said,
)

NAMESPACE = "http://www.dmg.org/PMML-4_4"
VERSION = "4.4"
REASONS = 4
"""As many reasons as the package's own results carry."""
RAW, RAW_POINTS, SCORE, GRADE, TARGET = "score_raw_thousandths", "score_raw", "score", "grade", "target_score"
_OWN = (RAW, RAW_POINTS, SCORE, GRADE, TARGET)
_Expression: TypeAlias = Callable[[ET.Element], None]
"""Writes one expression below an element."""


_WORDS = {
    "zh": {
        RAW: "原始得分(千分之一分)",
        RAW_POINTS: "原始得分",
        SCORE: "得分",
        GRADE: "等级",
        "reason_": "失分原因 ",
    },
    "en": {
        RAW: "raw score in thousandths of a point",
        RAW_POINTS: "raw score",
        SCORE: "score",
        GRADE: "grade",
        "reason_": "reason ",
    },
}


def to_pmml(
    table: PointsTable,
    *,
    language: Literal["zh", "en"] = "zh",
    imprint: Imprint | None = None,
    grades: tuple[GradeCut, ...] = (),
    reasons: int = REASONS,
) -> str:
    """The evaluation as a PMML document; the same text for the same arguments. Store it as UTF-8.

    Outputs: `score_raw_thousandths` (predictedValue), `score_raw` and `score` (kept within floor and total) in points,
    `grade` where cuts are given, `reason_1` … by points missed. A feature that is missing or NaN is missing; a level
    that is not listed gets the points of `other`; infinity falls into the outer bin.

    Args:
        table: the points table.
        language: of display names. Titles in both languages stand beside each characteristic.
        imprint: title, edition and what is left out.
        grades: cuts in falling order, applied to `score`.
        reasons: how many reason codes to put out; no more than there are characteristics.

    Raises:
        InputError: the table cannot be written as PMML; names every culprit.
    """
    refuse_unwritable(table, grades)
    _refuse(table, imprint, grades, reasons)
    root = ET.Element("PMML", {"xmlns": NAMESPACE, "version": VERSION})
    _header(root, table, imprint, grades, language)
    _dictionary(root, table, language)
    card = ET.SubElement(
        root,
        "Scorecard",
        {
            "modelName": one_line(imprint.name) if imprint is not None else "scorecard",
            "functionName": "regression",
            "algorithmName": "points table",
            "initialScore": str(table.base),
            "useReasonCodes": "true",
            "reasonCodeAlgorithm": "pointsBelow",
            "baselineMethod": "max",
        },
    )
    _mining_schema(card, table)
    _output(card, table, grades, min(reasons, len(table.characteristics)))
    for field in card.iter("OutputField"):
        name = field.get("name", "")
        head = name.rstrip("0123456789")
        field.set("displayName", _WORDS[language][head] + name.removeprefix(head))
    characteristics = ET.SubElement(card, "Characteristics")
    for characteristic in table.characteristics:
        _characteristic(characteristics, characteristic)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _refuse(table: PointsTable, imprint: Imprint | None, grades: tuple[GradeCut, ...], reasons: int) -> None:
    faults = [
        f"feature '{name}' has the name of an output: rename it." for name in table.names() if _is_taken(name)
    ]
    if reasons < 1:
        faults.append(f"reasons is {reasons}: ask for at least one.")
    texts = [*table.names(), *(cut.grade for cut in grades)]
    for characteristic in table.characteristics:
        if isinstance(characteristic.bins, LevelBins):
            texts += [level for group in characteristic.bins.groups for level in group]
        if (title := characteristic.feature.title) is not None:
            texts += [title.zh, title.en]
    if imprint is not None:
        texts += [imprint.name, imprint.edition, imprint.title.zh, imprint.title.en]
    faults += [f"{text!r} holds a character XML 1.0 cannot carry." for text in texts if not _is_xml(text)]
    if faults:
        raise InputError(
            "the points table cannot be written as PMML:\n" + "\n".join(f"- {fault}" for fault in faults)
        )


def _is_taken(name: str) -> bool:
    return name in _OWN or (name.startswith("reason_") and name.removeprefix("reason_").isdigit())


def _is_xml(text: str) -> bool:
    """Whether every letter is a Char of XML 1.0 (section 2.2); NUL and surrogates have been refused before."""
    return all(letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff") for letter in text)


def _header(
    root: ET.Element,
    table: PointsTable,
    imprint: Imprint | None,
    grades: tuple[GradeCut, ...],
    language: str,
) -> None:
    header = ET.SubElement(root, "Header")
    if imprint is not None:
        header.set("description", one_line(imprint.title.in_language(language)))
        header.set("modelVersion", one_line(imprint.edition))
    ET.SubElement(header, "Extension", {"name": "content_sha256", "value": content_hash(table, grades)})
    if imprint is not None:
        _titles(header, imprint.title.zh, imprint.title.en)
    ET.SubElement(header, "Application", {"name": "credit-scoring"})
    for column in imprint.notes if imprint is not None else ():
        note = one_line(column.note.in_language(language))
        ET.SubElement(header, "Annotation").text = f"{column.feature}: {note}"
    for sentence in imprint.left_out if imprint is not None else ():
        ET.SubElement(header, "Annotation").text = one_line(sentence.in_language(language))


def _titles(parent: ET.Element, zh: str, en: str) -> None:
    ET.SubElement(parent, "Extension", {"name": "title_zh", "value": one_line(zh)})
    ET.SubElement(parent, "Extension", {"name": "title_en", "value": one_line(en)})


def _dictionary(root: ET.Element, table: PointsTable, language: str) -> None:
    size = str(len(table.characteristics) + 1)
    dictionary = ET.SubElement(root, "DataDictionary", {"numberOfFields": size})
    for characteristic in table.characteristics:
        numeric = isinstance(characteristic.bins, NumericBins)
        ET.SubElement(
            dictionary,
            "DataField",
            {
                "name": characteristic.feature.name,
                "displayName": said(characteristic, language),
                "optype": "continuous" if numeric else "categorical",
                "dataType": "double" if numeric else "string",
            },
        )
    ET.SubElement(dictionary, "DataField", {"name": TARGET, "optype": "continuous", "dataType": "double"})


def _mining_schema(card: ET.Element, table: PointsTable) -> None:
    schema = ET.SubElement(card, "MiningSchema")
    for name in table.names():
        # Unseen levels are no error: the last attribute of the characteristic is for them.
        treatment = {"missingValueTreatment": "asIs", "invalidValueTreatment": "asIs"}
        ET.SubElement(schema, "MiningField", {"name": name, "usageType": "active", **treatment})
    ET.SubElement(schema, "MiningField", {"name": TARGET, "usageType": "target"})


def _output(card: ET.Element, table: PointsTable, grades: tuple[GradeCut, ...], reasons: int) -> None:
    output = ET.SubElement(card, "Output")
    _field(output, RAW, "predictedValue")
    _in_points(_field(output, RAW_POINTS, "transformedValue"), lambda parent: _ref(parent, RAW))

    def kept(parent: ET.Element) -> None:
        least = _apply(parent, "min")
        most = _apply(least, "max")
        _ref(most, RAW)
        _number(most, table.floor)
        _number(least, table.total)

    _in_points(_field(output, SCORE, "transformedValue"), kept)
    if grades:
        field = _field(output, GRADE, "transformedValue", categorical=True)
        _grade(field, grades)
    for rank in range(1, reasons + 1):
        field = _field(output, f"reason_{rank}", "reasonCode", categorical=True)
        field.set("rank", str(rank))


def _field(output: ET.Element, name: str, feature: str, *, categorical: bool = False) -> ET.Element:
    kind = (
        {"optype": "categorical", "dataType": "string"}
        if categorical
        else {"optype": "continuous", "dataType": "double"}
    )
    return ET.SubElement(output, "OutputField", {"name": name, **kind, "feature": feature})


def _in_points(parent: ET.Element, thousandths: _Expression) -> None:
    # One division of exact numbers: the result is the 64-bit float nearest to the decimal.
    quotient = _apply(parent, "/")
    thousandths(quotient)
    _number(quotient, POINT)


def _apply(parent: ET.Element, function: str) -> ET.Element:
    return ET.SubElement(parent, "Apply", {"function": function})


def _ref(parent: ET.Element, field: str) -> None:
    ET.SubElement(parent, "FieldRef", {"field": field})


def _number(parent: ET.Element, number: int) -> None:
    ET.SubElement(parent, "Constant", {"dataType": "double"}).text = str(number)


def _grade(parent: ET.Element, grades: tuple[GradeCut, ...]) -> None:
    """Nested ifs over the score in points, whose cuts are the floats nearest to theirs as the score is to its own."""
    here = parent
    for cut in grades:
        if cut.low is None:
            _word(here, cut.grade)
            return
        chosen = _apply(here, "if")
        test = _apply(chosen, "greaterOrEqual")
        _ref(test, SCORE)
        ET.SubElement(test, "Constant", {"dataType": "double"}).text = repr(cut.low / POINT)
        _word(chosen, cut.grade)
        here = chosen
    # No grade takes those left: an `if` without its third part gives a missing value.


def _word(parent: ET.Element, word: str) -> None:
    ET.SubElement(parent, "Constant", {"dataType": "string"}).text = word


def _characteristic(parent: ET.Element, characteristic: Characteristic) -> None:
    name, bins = characteristic.feature.name, characteristic.bins
    element = ET.SubElement(
        parent,
        "Characteristic",
        {"name": name, "reasonCode": name, "baselineScore": str(characteristic.most)},
    )
    if (title := characteristic.feature.title) is not None:
        _titles(element, title.zh, title.en)
    # First: every comparison with a missing value is unknown, never true.
    _simple(_attribute(element, bins.missing), name, "isMissing")
    if isinstance(bins, NumericBins):
        _intervals(element, name, bins)
    else:
        for group, points in zip(bins.groups, bins.points, strict=True):
            if group:
                _level_set(_attribute(element, points), name, group)
        ET.SubElement(_attribute(element, bins.other), "True")


def _attribute(characteristic: ET.Element, points: int) -> ET.Element:
    return ET.SubElement(characteristic, "Attribute", {"partialScore": str(points)})


def _simple(parent: ET.Element, field: str, operator: str, value: str | None = None) -> None:
    predicate = ET.SubElement(parent, "SimplePredicate", {"field": field, "operator": operator})
    if value is not None:
        predicate.set("value", value)


def _intervals(element: ET.Element, name: str, bins: NumericBins) -> None:
    cuts = [repr(plain_cut(cut)) for cut in bins.cuts]
    for low, high, points in zip([None, *cuts], [*cuts, None], bins.points, strict=True):
        attribute = _attribute(element, points)
        if low is not None and high is not None:
            both = ET.SubElement(attribute, "CompoundPredicate", {"booleanOperator": "and"})
            _simple(both, name, "greaterOrEqual", low)
            _simple(both, name, "lessThan", high)
        elif high is not None:
            _simple(attribute, name, "lessThan", high)
        elif low is not None:
            _simple(attribute, name, "greaterOrEqual", low)
        else:
            _simple(attribute, name, "isNotMissing")


def _level_set(attribute: ET.Element, name: str, levels: tuple[str, ...]) -> None:
    """One set for plain levels; engines differ in what a quote or a backslash means in an Array, so those are compared."""
    plain = [level for level in levels if _is_plain(level)]
    rest = [level for level in levels if not _is_plain(level)]
    parent = attribute
    if len(rest) + bool(plain) > 1:
        parent = ET.SubElement(attribute, "CompoundPredicate", {"booleanOperator": "or"})
    if plain:
        chosen = ET.SubElement(parent, "SimpleSetPredicate", {"field": name, "booleanOperator": "isIn"})
        array = ET.SubElement(chosen, "Array", {"type": "string", "n": str(len(plain))})
        array.text = " ".join(f'"{level}"' for level in plain)
    for level in rest:
        _simple(parent, name, "equal", level)


def _is_plain(level: str) -> bool:
    return bool(level) and not any(
        letter in '"\\' or (letter.isspace() and letter != " ") for letter in level
    )
