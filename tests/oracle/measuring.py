"""What a measure reads off a subject's records, and the curves that turn it into points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from oracle.counting import records_that_count
from oracle.days import whole_months
from oracle.event_points import capped_sum, counted_units, kept_points
from oracle.events import Event, events_of, highest_value
from oracle.reading import Dates, Node, Record, Subject, number
from oracle.rounding import to_millionth, to_thousandth

Measured: TypeAlias = Fraction | str | None
"""A number, a level, or nothing: no record."""

NO_LEVEL = ""
"""Level of a record without one: it takes `other`, else 0."""
COUNTS = ("count", "count_months", "longest_run_months", "ever")
EMPTY_IS_NOTHING = (*COUNTS, "sum")
"""Measures that are 0, as the numerator of a ratio, for a subject without record."""


def measured(
    measure: Node, subject: Subject, records: Sequence[Record], dates: Dates, catalogue: Node
) -> Measured:
    """The value of a measure for one subject; None with no record that counts."""
    kind = measure["kind"]
    if kind == "ratio":
        return ratio(measure, subject, records, dates, catalogue)
    if kind == "months_since" and "date" in measure:
        return months_since_establishment(subject, dates)
    if kind == "event_points":
        points = kept_points(measure, records, dates, catalogue)
        return capped_sum(points, measure) if points else None
    events = events_of(measure, records_that_count(measure, records, dates, catalogue), highest_value)
    if not events:
        return None
    if kind in COUNTS:
        return Fraction(_COUNTED[kind](events))
    if kind == "latest_level":
        return latest(kept(events)).level or NO_LEVEL
    if kind == "months_since":
        return Fraction(whole_months(latest(reported(events)).occurred_on, dates.on))
    return of_values(kind, kept(events))


def kept(events: Sequence[Event]) -> list[Record]:
    """The kept reports of all events."""
    return [record for event in events for record in event.kept]


def reported(events: Sequence[Event]) -> list[Record]:
    """Every report of all events: months and spans are theirs, whichever report stands for its event."""
    return [record for event in events for record in event.reports]


def latest(records: Sequence[Record]) -> Record:
    """The latest by `occurred_on`, `recorded_on`, `record_id`."""
    return max(records, key=lambda r: (r.occurred_on, r.recorded_on, r.record_id))


def months_of(events: Sequence[Event]) -> set[int]:
    """The distinct calendar months of `occurred_on`, numbered from year 0."""
    return {record.occurred_on.year * 12 + record.occurred_on.month - 1 for record in reported(events)}


def longest_run(months: set[int]) -> int:
    """Length of the longest run of consecutive months.

    >>> longest_run({1, 2, 3, 7, 8})
    3
    """
    best = run = 0
    previous = None
    for month in sorted(months):
        run = run + 1 if previous is not None and month == previous + 1 else 1
        previous = month
        best = max(best, run)
    return best


_COUNTED: dict[str, Callable[[Sequence[Event]], int]] = {
    "count": lambda events: len(kept(events)),
    "count_months": lambda events: len(months_of(events)),
    "longest_run_months": lambda events: longest_run(months_of(events)),
    "ever": lambda events: 1,
}


def of_values(kind: str, records: Sequence[Record]) -> Fraction | None:
    """Over the events that have a value (`weighted_mean`: and a weight)."""
    valued = [record for record in records if record.value is not None]
    if kind == "weighted_mean":
        return weighted_mean(valued)
    if not valued:
        return None
    if kind == "latest":
        return Fraction(latest(valued).value or 0)
    values = [Fraction(record.value or 0) for record in valued]
    if kind == "sum":
        return sum(values, Fraction(0))
    if kind == "mean":
        return to_millionth(sum(values, Fraction(0)) / len(values))
    return min(values) if kind == "minimum" else max(values)


def weighted_mean(valued: Sequence[Record]) -> Fraction | None:
    """Σ value × weight ÷ Σ weight; nothing where no weight is left."""
    pairs = [(Fraction(r.value or 0), Fraction(r.weight)) for r in valued if r.weight is not None]
    weight = sum((w for _, w in pairs), Fraction(0))
    if weight == 0:
        return None
    return to_millionth(sum((v * w for v, w in pairs), Fraction(0)) / weight)


def months_since_establishment(subject: Subject, dates: Dates) -> Fraction | None:
    """Whole months from the subject's own date; nothing where it is not known or still to come."""
    if subject.established_on is None or subject.established_on > dates.on:
        return None
    return Fraction(whole_months(subject.established_on, dates.on))


def ratio(
    measure: Node, subject: Subject, records: Sequence[Record], dates: Dates, catalogue: Node
) -> Fraction | None:
    """`numerator` / `denominator`; denominator zero or missing: `empty`."""
    above = measured(measure["numerator"], subject, records, dates, catalogue)
    below = measured(measure["denominator"], subject, records, dates, catalogue)
    assert not isinstance(above, str)
    assert not isinstance(below, str)
    if below is None or below == 0:
        return None if measure["empty"] == "no_record" else number(measure["empty"])
    if above is None and measure["numerator"]["kind"] in EMPTY_IS_NOTHING:
        above = Fraction(0)
    return None if above is None else to_millionth(above / below)


def curve_points(curve: Any, value: Fraction | str) -> Fraction:
    """From the measure to points, rounded once to the thousandth."""
    if curve == "identity":
        assert isinstance(value, Fraction)
        return to_thousandth(value)
    if "levels" in curve:
        levels = curve["levels"]
        return number(levels.get(value, levels.get("other", "0")))
    assert isinstance(value, Fraction)
    if "steps" in curve:
        return points_of_bin(curve["steps"], value)
    line = curve["linear"]
    units = (value - number(line.get("from", "0"))) / number(line["per"])
    return to_thousandth(counted_units(units, line) * number(line["points"]))


def points_of_bin(bins: Sequence[Node], value: Fraction) -> Fraction:
    """From `from` (inclusive) to `below` (exclusive)."""
    for one in bins:
        if ("from" not in one or value >= number(one["from"])) and (
            "below" not in one or value < number(one["below"])
        ):
            return number(one["points"])
    raise AssertionError(f"no bin holds {value}")
