"""Calendar months, by the one rule for month ends."""

from __future__ import annotations

from datetime import date, timedelta


def last_day_of_month(year: int, month: int) -> int:
    """The number of days of a month.

    >>> last_day_of_month(2024, 2)
    29
    """
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def add_months(day: date, months: int) -> date:
    """`day` + or − so many calendar months, "a day the month lacks being its last day".

    >>> add_months(date(2024, 3, 31), -1)
    datetime.date(2024, 2, 29)
    >>> add_months(date(2023, 11, 30), 3)
    datetime.date(2024, 2, 29)
    """
    month_number = day.year * 12 + (day.month - 1) + months
    year, month = month_number // 12, month_number % 12 + 1
    return date(year, month, min(day.day, last_day_of_month(year, month)))


def whole_months(earlier: date, later: date) -> int:
    """Whole months from `earlier` to `later`: the most that `later` can go back without passing it.

    It is the rule of the windows: what is fewer than n whole months old lies in `(later − n months, later]`.

    >>> whole_months(date(2024, 1, 15), date(2024, 3, 14)), whole_months(date(2024, 1, 15), date(2024, 3, 15))
    (1, 2)
    """
    months = 0
    while earlier <= add_months(later, -(months + 1)):
        months += 1
    return months
