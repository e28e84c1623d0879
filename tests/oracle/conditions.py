"""Conditions: `when` and `requires`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from oracle.measuring import Measured, measured
from oracle.reading import Dates, Node, Record, Subject, is_true, number
from oracle.sectors import Public, public_value

BOUNDS = ("at_least", "at_most", "above", "below")


@dataclass
class Facts:
    """What is known of a subject while it is being scored."""

    subject: Subject
    records: Sequence[Record]
    dates: Dates
    catalogue: Node
    indicators: dict[str, Fraction | None] = field(default_factory=dict)
    dimensions: dict[str, Fraction] = field(default_factory=dict)
    score: Fraction | None = None
    public: Public | None = None


def holds(condition: Node, facts: Facts) -> bool:
    """Whether a condition holds for the subject."""
    if "all" in condition:
        return all(holds(part, facts) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, facts) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], facts)
    if "items" in condition:
        return enough_records(condition, facts)
    if "measure" in condition:
        return within_bounds(value_of(condition["measure"], facts), condition)
    if "indicator" in condition:
        return within_bounds(facts.indicators[condition["indicator"]], condition)
    if "dimension" in condition:
        return within_bounds(facts.dimensions[condition["dimension"]], condition)
    if "score" in condition:
        return within_bounds(facts.score, condition["score"])
    return about_subject(condition, facts)


def value_of(measure: Node, facts: Facts) -> Measured:
    """The value of any measure, the public score among them."""
    if measure["kind"] == "public_score":
        return public_value(measure, facts.public)
    return measured(measure, facts.subject, facts.records, facts.dates, facts.catalogue)


def enough_records(condition: Node, facts: Facts) -> bool:
    """`{items, levels, window, at_least: 1, repaired}`: at least so many events (as it stands: in force)."""
    events = {"window": "all", **condition, "kind": "count"}
    number_of_events = measured(events, facts.subject, facts.records, facts.dates, facts.catalogue)
    return isinstance(number_of_events, Fraction) and number_of_events >= number(
        condition.get("at_least", "1")
    )


def within_bounds(value: Measured, bounds: Node) -> bool:
    """All the bounds given; a measure without a value meets none."""
    if not isinstance(value, Fraction):
        return False
    return all(
        {
            "at_least": value >= number(bounds[bound]),
            "at_most": value <= number(bounds[bound]),
            "above": value > number(bounds[bound]),
            "below": value < number(bounds[bound]),
        }[bound]
        for bound in BOUNDS
        if bound in bounds
    )


def about_subject(condition: Node, facts: Facts) -> bool:
    """`{subject: industry_code, starts_with: [E]}`, `one_of`, `missing: true`; `{subject: closed}`."""
    if condition["subject"] == "closed":
        return facts.subject.closed_on is not None and facts.subject.closed_on <= facts.dates.on
    if condition["subject"] == "public_grade":
        value = None if facts.public is None else facts.public.grade
    else:
        value = getattr(facts.subject, condition["subject"])
    if is_true(condition, "missing"):
        return value is None
    if value is None:
        return False
    if "one_of" in condition:
        return str(value) in condition["one_of"]
    return any(str(value).startswith(beginning) for beginning in condition["starts_with"])
