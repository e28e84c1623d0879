"""Which records count: the eight rules, one function each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from oracle.days import add_months
from oracle.reading import Dates, Node, Record, months_in, number


def records_that_count(
    measure: Node, records: Iterable[Record], dates: Dates, catalogue: Node
) -> list[Record]:
    """The records a measure looks at: every one of the eight rules holds."""
    return [
        record
        for record in records
        if record.item in measure["items"]
        and is_known(record, dates)
        and has_begun(record, dates)
        and is_not_withdrawn(record, dates)
        and is_not_expired(record, dates)
        and is_within_retention(record, dates, catalogue[record.item])
        and is_in_window(record, dates, measure["window"])
        and repair_lets_it_count(record, dates, measure.get("repaired", "excluded"))
        and is_selected(record, measure)
    ]


def is_known(record: Record, dates: Dates) -> bool:
    """1: `recorded_on ≤ known_by`."""
    return record.recorded_on <= dates.known_by


def has_begun(record: Record, dates: Dates) -> bool:
    """2: `occurred_on ≤ on`."""
    return record.occurred_on <= dates.on


def is_not_withdrawn(record: Record, dates: Dates) -> bool:
    """3: no `withdrawn_on`, or it lies after `min(on, known_by)`."""
    return record.withdrawn_on is None or record.withdrawn_on > dates.both


def is_not_expired(record: Record, dates: Dates) -> bool:
    """4: no `expires_on`, or `on < expires_on`."""
    return record.expires_on is None or dates.on < record.expires_on


def is_within_retention(record: Record, dates: Dates, item: Node) -> bool:
    """5: `on ≤ occurred_on + retention` of the catalogue."""
    if item["retention"] == "permanent":
        return True
    return dates.on <= add_months(record.occurred_on, months_in(item["retention"]))


def is_in_window(record: Record, dates: Dates, window: Any) -> bool:
    """6: within the measure's window."""
    if window == "all":
        return True
    if isinstance(window, str):
        return add_months(dates.on, -months_in(window)) < record.occurred_on <= dates.on
    if "own_term" in window:
        return is_in_own_term(record, dates, window["own_term"])
    last = dates.on.year - int(window.get("offset", 0))
    first = last - int(window["calendar_years"]) + 1
    return date(first, 1, 1) <= record.occurred_on <= date(last, 12, 31)


def is_in_own_term(record: Record, dates: Dates, term: Node) -> bool:
    """Its own `expires_on`, else no end for the levels named, else `(on − default, on]` like any window."""
    if record.expires_on is not None:
        return dates.on < record.expires_on
    if record.level is not None and record.level in term.get("until_repaired", ()):
        return True
    return add_months(dates.on, -months_in(term["default"])) < record.occurred_on


def is_repaired(record: Record, dates: Dates) -> bool:
    """`repaired_on ≤ min(on, known_by)`."""
    return record.repaired_on is not None and record.repaired_on <= dates.both


def repair_lets_it_count(record: Record, dates: Dates, repaired: Any) -> bool:
    """7: a repaired record is left out (`excluded`), the only kind counted (`only`), or counted."""
    if repaired == "excluded":
        return not is_repaired(record, dates)
    if repaired == "only":
        return is_repaired(record, dates)
    return True


def is_selected(record: Record, measure: Node) -> bool:
    """8: its level is named by the measure, and `value_at_least ≤ value < value_below` where given."""
    if measure.get("levels") and record.level not in measure["levels"]:
        return False
    if "value_at_least" in measure and (
        record.value is None or record.value < number(measure["value_at_least"])
    ):
        return False
    return "value_below" not in measure or (
        record.value is not None and record.value < number(measure["value_below"])
    )
