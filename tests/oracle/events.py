"""Which reports are one event, and which of them is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from oracle.reading import Node, Record


@dataclass(frozen=True)
class Event:
    """One event: all its reports that count, and those that are kept."""

    reports: tuple[Record, ...]
    kept: tuple[Record, ...]


def event_of(record: Record, one_event: str) -> tuple[object, ...]:
    """What the reports of one event have in common."""
    if one_event == "month":
        return ("month", record.occurred_on.year, record.occurred_on.month)
    if one_event == "event_id" and record.event_id is not None:
        return ("event", record.event_id)
    return ("record", record.record_id)


def events_of(measure: Node, records: Iterable[Record], larger: Callable[[Record], object]) -> list[Event]:
    """The events of a measure, over all its items.

    Args:
        larger: sort key; of the reports of one event `largest` keeps the one that sorts first.
    """
    together: dict[tuple[object, ...], list[Record]] = {}
    for record in sorted(records, key=lambda r: r.record_id):
        together.setdefault(event_of(record, measure.get("one_event", "event_id")), []).append(record)
    return [
        Event(
            reports=tuple(reports), kept=kept_reports(reports, measure.get("same_event", "largest"), larger)
        )
        for reports in together.values()
    ]


def kept_reports(
    reports: list[Record], same_event: str, larger: Callable[[Record], object]
) -> tuple[Record, ...]:
    """`largest`, `first` (earliest `recorded_on`) or `sum` (all). Ties go to the smaller `record_id`."""
    if same_event == "sum":
        return tuple(reports)
    if same_event == "first":
        return (min(reports, key=lambda r: (r.recorded_on, r.record_id)),)
    return (min(reports, key=lambda r: (larger(r), r.record_id)),)


def highest_value(record: Record) -> tuple[bool, Fraction]:
    """Sort key: the highest value first, no value last."""
    return (record.value is None, -Fraction(record.value or 0))


def most_points(points: dict[str, Fraction]) -> Callable[[Record], tuple[Fraction, bool]]:
    """Sort key: most points by size first; of equal size the deduction first."""
    return lambda record: (-abs(points[record.record_id]), points[record.record_id] > 0)
