"""`event_points`: what every event is worth."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any

from oracle.counting import is_repaired, records_that_count
from oracle.days import add_months, whole_months
from oracle.events import event_of, events_of, most_points
from oracle.reading import Dates, Node, Record, months_in, number
from oracle.rounding import to_millionth, to_thousandth

Points = dict[str, Fraction]
"""Points by record_id."""


def kept_points(measure: Node, records: Sequence[Record], dates: Dates, catalogue: Node) -> Points:
    """Points of every report that is kept, before event groups and the cap."""
    counting = records_that_count(measure, records, dates, catalogue)
    points = {
        record.record_id: points_of(record, measure, factor_of(record, counting, measure, dates))
        for record in counting
    }
    events = events_of(measure, counting, most_points(points))
    return {record.record_id: points[record.record_id] for event in events for record in event.kept}


def points_of(record: Record, measure: Node, factor: Fraction) -> Fraction:
    """The points are rounded once to the thousandth."""
    return to_thousandth(own_points(record, measure["items"][record.item]) * factor)


def factor_of(record: Record, counting: Sequence[Record], measure: Node, dates: Dates) -> Fraction:
    """Decay × repair × repeat: each factor and their product are kept to six decimals."""
    return to_millionth(
        decay_factor(record, measure, dates)
        * repair_factor(record, measure.get("repaired", "excluded"), dates)
        * repeat_factor(record, counting, measure)
    )


def own_points(record: Record, rule: Any) -> Fraction:
    """A number; a number per level; or so many points per unit of the value."""
    if isinstance(rule, str):
        return number(rule)
    if "per" in rule:
        return points_per_unit(record, rule)
    if record.level in rule:
        return number(rule[record.level])
    return number(rule.get("other", "0"))


def points_per_unit(record: Record, rule: Node) -> Fraction:
    """`{per: 10000, points: -1, units: exact|whole|started}` of the value; no value or a negative one: 0."""
    if record.value is None or record.value < 0:
        return Fraction(0)
    return counted_units(Fraction(record.value) / number(rule["per"]), rule) * number(rule["points"])


def counted_units(units: Fraction, rule: Node) -> Fraction:
    """Proportional, or only whole units, or every started unit in full; in both directions alike."""
    rounding = rule.get("units", "exact")
    if rounding == "exact":
        return units
    size = floor(abs(units)) if rounding == "whole" else ceil(abs(units))
    return Fraction(size if units >= 0 else -size)


def decay_factor(record: Record, measure: Node, dates: Dates) -> Fraction:
    """`linear`: (n − whole months old) / n over the window; `steps`: the factor up to that age."""
    decay = measure.get("decay", "none")
    if decay == "none":
        return Fraction(1)
    age = whole_months(record.occurred_on, dates.on)
    if decay == "linear":
        span = months_in(measure["window"])
        return to_millionth(Fraction(span - age, span))
    for months, factor in decay["steps"].items():
        if age < int(months):
            return to_millionth(number(factor))
    raise AssertionError("the last step is the window, so every record in it has found its step")


def repair_factor(record: Record, repaired: Any, dates: Dates) -> Fraction:
    """The first entry whose limits hold; days from `occurred_on` to `repaired_on`."""
    if isinstance(repaired, str) or not is_repaired(record, dates):
        return Fraction(1)
    assert record.repaired_on is not None
    days = (record.repaired_on - record.occurred_on).days
    for entry in repaired["factors"]:
        in_time = "days_at_most" not in entry or days <= int(entry["days_at_most"])
        small = "value_at_most" not in entry or (
            record.value is not None and record.value <= number(entry["value_at_most"])
        )
        if in_time and small:
            return number(entry["factor"])
    raise AssertionError("the last repair factor has no limit")


def repeat_factor(record: Record, counting: Sequence[Record], measure: Node) -> Fraction:
    """Any counting report of another event of the item, strictly earlier: `months_before(day, n) ≤ earlier`."""
    if "repeat" not in measure:
        return Fraction(1)
    one_event = measure.get("one_event", "event_id")
    since = add_months(record.occurred_on, -months_in(measure["repeat"]["within"]))
    again = any(
        earlier.item == record.item
        and event_of(earlier, one_event) != event_of(record, one_event)
        and since <= earlier.occurred_on < record.occurred_on
        for earlier in counting
    )
    return number(measure["repeat"]["factor"]) if again else Fraction(1)


def capped_sum(points: Points, measure: Node) -> Fraction:
    """`cap: -20` bounds the sum away from zero."""
    total = sum(points.values(), Fraction(0))
    if "cap" not in measure:
        return total
    cap = number(measure["cap"])
    return max(total, cap) if cap < 0 else min(total, cap)
