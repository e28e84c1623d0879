"""The rules of PMML 4.4 for a Scorecard document, written down from the Data Mining Group's specification.

For every element used: its attributes (required or not, and their values) and its children in order with how often
each may occur; then what the specification says in words and its schema cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

NAMESPACE = "{http://www.dmg.org/PMML-4_4}"
TEXT = re.compile(r"(?s).*")
NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
WHOLE = re.compile(r"\d+")
BOOLEAN = re.compile("true|false|1|0")
OPTYPE = re.compile("categorical|ordinal|continuous")
DATATYPE = re.compile("string|integer|float|double|boolean|date|time|dateTime")
PREDICATE = "SimplePredicate|CompoundPredicate|SimpleSetPredicate|True|False"
EXPRESSION = "Constant|FieldRef|Apply"
ANY = "Extension*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Children as a pattern over their names; attributes with their values, the required ones marked."""

    children: str = ANY
    required: dict[str, re.Pattern[str]] = field(default_factory=dict)
    optional: dict[str, re.Pattern[str]] = field(default_factory=dict)


def one_of(*values: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, values)))


RULES = {
    "PMML": Rule(
        children="Header MiningBuildTask? DataDictionary TransformationDictionary? (Scorecard)* Extension*",
        required={"version": one_of("4.4", "4.4.1")},
    ),
    "Header": Rule(
        children="Extension* Application? Annotation* Timestamp?",
        optional={"copyright": TEXT, "description": TEXT, "modelVersion": TEXT},
    ),
    "Extension": Rule(children="", optional={"extender": TEXT, "name": TEXT, "value": TEXT}),
    "Application": Rule(required={"name": TEXT}, optional={"version": TEXT}),
    "Annotation": Rule(),
    "DataDictionary": Rule(children="Extension* DataField+ Taxonomy*", optional={"numberOfFields": WHOLE}),
    "DataField": Rule(
        children="Extension* Interval* Value*",
        required={"name": TEXT, "optype": OPTYPE, "dataType": DATATYPE},
        optional={"displayName": TEXT, "taxonomy": TEXT, "isCyclic": one_of("0", "1")},
    ),
    "Scorecard": Rule(
        children="Extension* MiningSchema Output? ModelStats? ModelExplanation? Targets? LocalTransformations? "
        "Characteristics ModelVerification? Extension*",
        required={"functionName": one_of("regression")},
        optional={
            "modelName": TEXT,
            "algorithmName": TEXT,
            "initialScore": NUMBER,
            "useReasonCodes": BOOLEAN,
            "reasonCodeAlgorithm": one_of("pointsAbove", "pointsBelow"),
            "baselineScore": NUMBER,
            "baselineMethod": one_of("max", "min", "mean", "neutral", "other"),
            "isScorable": BOOLEAN,
        },
    ),
    "MiningSchema": Rule(children="Extension* MiningField+"),
    "MiningField": Rule(
        required={"name": TEXT},
        optional={
            "usageType": one_of("active", "predicted", "target", "supplementary", "group", "order", "frequencyWeight", "analysisWeight"),
            "optype": OPTYPE,
            "importance": NUMBER,
            "outliers": one_of("asIs", "asMissingValues", "asExtremeValues"),
            "lowValue": NUMBER,
            "highValue": NUMBER,
            "missingValueReplacement": TEXT,
            "missingValueTreatment": one_of("asIs", "asMean", "asMode", "asMedian", "asValue", "returnInvalid"),
            "invalidValueTreatment": one_of("returnInvalid", "asIs", "asMissing", "asValue"),
            "invalidValueReplacement": TEXT,
        },
    ),
    "Output": Rule(children="Extension* OutputField+"),
    "OutputField": Rule(
        children=f"Extension* (Decisions? ({EXPRESSION}) Value*)?",
        required={"name": TEXT, "dataType": DATATYPE},
        optional={
            "displayName": TEXT,
            "optype": OPTYPE,
            "targetField": TEXT,
            "feature": one_of("predictedValue", "transformedValue", "decision", "reasonCode", "residual", "warning"),
            "value": TEXT,
            "rank": WHOLE,
            "isMultiValued": TEXT,
            "segmentId": TEXT,
            "isFinalResult": BOOLEAN,
        },
    ),
    "Apply": Rule(
        children=f"Extension* ({EXPRESSION})*",
        required={"function": one_of("/", "min", "max", "if", "greaterOrEqual")},
        optional={"mapMissingTo": TEXT, "defaultValue": TEXT, "invalidValueTreatment": TEXT},
    ),
    "FieldRef": Rule(required={"field": TEXT}, optional={"mapMissingTo": TEXT}),
    "Constant": Rule(children="", optional={"dataType": DATATYPE, "missing": BOOLEAN}),
    "Characteristics": Rule(children="Extension* Characteristic+"),
    "Characteristic": Rule(
        children="Extension* Attribute+", optional={"name": TEXT, "reasonCode": TEXT, "baselineScore": NUMBER}
    ),
    "Attribute": Rule(
        children=f"Extension* ({PREDICATE}) ComplexPartialScore?",
        optional={"reasonCode": TEXT, "partialScore": NUMBER},
    ),
    "SimplePredicate": Rule(
        required={
            "field": TEXT,
            "operator": one_of("equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual", "isMissing", "isNotMissing"),
        },
        optional={"value": TEXT},
    ),
    "CompoundPredicate": Rule(
        children=f"Extension* ({PREDICATE}) ({PREDICATE})+",
        required={"booleanOperator": one_of("or", "and", "xor", "surrogate")},
    ),
    "SimpleSetPredicate": Rule(
        children="Extension* Array", required={"field": TEXT, "booleanOperator": one_of("isIn", "isNotIn")}
    ),
    "Array": Rule(children="", required={"type": one_of("int", "real", "string")}, optional={"n": WHOLE}),
    "True": Rule(),
    "False": Rule(),
}  # fmt: skip


def faults(text: str) -> list[str]:
    """Every rule a document breaks; none for a valid one."""
    root = ET.fromstring(text)
    if root.tag != f"{NAMESPACE}PMML":
        return [f"the root is {root.tag}"]
    return [*_schema(root), *_words(root)]


def _name(element: ET.Element) -> str:
    return element.tag.removeprefix(NAMESPACE)


def _schema(element: ET.Element) -> Iterator[str]:
    name = _name(element)
    rule = RULES.get(name)
    if rule is None:
        yield f"{name} is no element of a scorecard document"
        return
    for attribute in rule.required:
        if attribute not in element.attrib:
            yield f"{name} lacks {attribute}"
    for attribute, value in element.attrib.items():
        pattern = {**rule.required, **rule.optional}.get(attribute)
        if pattern is None:
            yield f"{name} has no attribute {attribute}"
        elif not pattern.fullmatch(value):
            yield f"{name} {attribute}={value!r} is not allowed"
    children = "".join(f"{_name(child)} " for child in element)
    pattern_text = re.sub(r"[A-Z]\w*", lambda m: f"(?:{m.group()} )", rule.children).replace(") (", ")(")
    if not re.fullmatch(re.sub(r"(?<=[)*+?]) ", "", pattern_text), children):
        yield f"{name}: {children.strip() or 'nothing'} is not {rule.children!r}"
    for child in element:
        yield from _schema(child)


def _words(root: ET.Element) -> Iterator[str]:
    """Rules the specification states in words."""
    fields = [e.get("name") for e in root.iter(f"{NAMESPACE}DataField")]
    if len(set(fields)) != len(fields):
        yield "a field stands twice in the dictionary"
    dictionary = root.find(f"{NAMESPACE}DataDictionary")
    if dictionary is not None and dictionary.get("numberOfFields") not in (None, str(len(fields))):
        yield "numberOfFields is not the number of fields"
    used = [e.get("name") for e in root.iter(f"{NAMESPACE}MiningField")]
    yield from (f"'{name}' is not in the dictionary" for name in used if name not in fields)
    yield from _outputs(root, used)
    for card in root.iter(f"{NAMESPACE}Scorecard"):
        for characteristic in card.iter(f"{NAMESPACE}Characteristic"):
            yield from _characteristic(card, characteristic, used)
    for predicate in root.iter(f"{NAMESPACE}SimplePredicate"):
        unary = predicate.get("operator") in ("isMissing", "isNotMissing")
        if unary == ("value" in predicate.attrib):
            yield f"SimplePredicate {predicate.get('operator')}: a value is {'not ' if unary else ''}wanted"
    for array in root.iter(f"{NAMESPACE}Array"):
        entries = re.findall(r'"[^"]*"|[^\s"]+', array.text or "")
        if array.get("n") not in (None, str(len(entries))):
            yield f"Array says n={array.get('n')} and holds {len(entries)}"


def _outputs(root: ET.Element, used: list[str | None]) -> Iterator[str]:
    known: set[str | None] = set(used)
    for output in root.iter(f"{NAMESPACE}OutputField"):
        for reference in output.iter(f"{NAMESPACE}FieldRef"):
            if reference.get("field") not in known:
                yield f"output {output.get('name')} refers to '{reference.get('field')}', unknown so far"
        if output.get("feature") == "transformedValue" and not len(output):
            yield f"output {output.get('name')} has no expression"
        if output.get("name") in known:
            yield f"output {output.get('name')} stands twice"
        known.add(output.get("name"))


def _characteristic(card: ET.Element, characteristic: ET.Element, used: list[str | None]) -> Iterator[str]:
    name = characteristic.get("name")
    reasons = card.get("useReasonCodes", "true") in ("true", "1")
    if reasons and "baselineScore" not in {*card.attrib, *characteristic.attrib}:
        yield f"{name}: no baselineScore, and reason codes are used"
    attributes = characteristic.findall(f"{NAMESPACE}Attribute")
    if (
        reasons
        and "reasonCode" not in characteristic.attrib
        and not all("reasonCode" in a.attrib for a in attributes)
    ):
        yield f"{name}: no reasonCode"
    looked_at = {e.get("field") for e in characteristic.iter() if "field" in e.attrib}
    if len(looked_at) > 1:
        yield f"{name}: looks at several fields"
    yield from (f"{name}: '{field}' is not in the mining schema" for field in looked_at if field not in used)
    if any(
        "partialScore" not in a.attrib and a.find(f"{NAMESPACE}ComplexPartialScore") is None
        for a in attributes
    ):
        yield f"{name}: an attribute has no partial score"
