"""Spans of time on the evaluation date: windows and retention as plain days."""

from __future__ import annotations

from datetime import date, timedelta

from credit_scoring.policy.catalogue import month_count
from credit_scoring.policy.measures import (
    CalendarYears,
    Measure,
    MonthsSinceDate,
    OwnTermWindow,
    PublicScore,
    Ratio,
    Window,
)
from credit_scoring.policy.numbers import months_after, months_before


def window_bounds(window: Window, on: date) -> tuple[date | None, date]:
    """A window as days: later than the first (None: no limit), no later than the second.

    The first is the default term for `own_term`; a record with an `expires_on` of its own is not bound by it.
    """
    if isinstance(window, CalendarYears):
        last = on.year - window.offset
        upto = on if window.offset == 0 else date(last, 12, 31)
        return date(last - window.calendar_years, 12, 31), upto
    if isinstance(window, OwnTermWindow):
        return months_before(on, month_count(window.own_term.default)), on
    if window == "all":
        return None, on
    return months_before(on, month_count(window)), on


def kept_from(on: date, months: int) -> date:
    """The earliest `occurred_on` whose retention still covers `on`: `on <= occurred_on + months`."""
    day = months_before(on, months)
    while months_after(day, months) < on:  # a day the month lacks was moved to its last day
        day += timedelta(days=1)
    while months_after(day - timedelta(days=1), months) >= on:
        day -= timedelta(days=1)
    return day


def needed_from(measure: Measure, on: date) -> date | None:
    """The day after which sources must have delivered for the measure; None where no window says so."""
    if isinstance(measure, MonthsSinceDate | PublicScore | Ratio) or measure.window == "all":
        return None
    return None if isinstance(measure.window, OwnTermWindow) else window_bounds(measure.window, on)[0]
