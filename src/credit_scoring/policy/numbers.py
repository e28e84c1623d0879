"""Exact numbers: points in thousandths, measured values in millionths, both integers.

Sums of integers do not depend on their order, so neither threads nor engines can move a score across the
boundary of a grade. Rounding happens once, half up away from zero (DESIGN: "half up"), where a rule says so.
"""

from __future__ import annotations

import calendar
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

POINT = 1_000
VALUE = 1_000_000


def _number_only(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"must be a number, not {value!r}")
    return value


def _at_most(places: int) -> AfterValidator:
    def check(value: Decimal) -> Decimal:
        if not value.is_finite():
            raise ValueError("must be a finite number")
        if abs(value) >= Decimal(10) ** 12:
            raise ValueError("is beyond a million million: too large to be meant")
        exponent = value.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            raise ValueError(f"has more than {places} decimals; the engine keeps {places}")
        return value

    return AfterValidator(check)


Points = Annotated[Decimal, BeforeValidator(_number_only), _at_most(3)]
"""Points of a scorecard, exact to the thousandth."""
Value = Annotated[Decimal, BeforeValidator(_number_only), _at_most(4)]
"""A measured value in the catalogue's unit, exact to the ten-thousandth as `records.value` is."""
Factor = Annotated[Decimal, BeforeValidator(_number_only), _at_most(6)]
"""A multiplier without unit, exact to the millionth."""


def thousandths(points: Decimal) -> int:
    """Points as the integer the engine sums.

    >>> thousandths(Decimal("81.5"))
    81500
    """
    return int((points * POINT).to_integral_value(rounding=ROUND_HALF_UP))


def millionths(value: Decimal) -> int:
    """A value or a factor as an integer, half up away from zero.

    >>> millionths(Decimal(35) / Decimal(36))
    972222
    """
    return int((value * VALUE).to_integral_value(rounding=ROUND_HALF_UP))


def months_before(day: date, months: int) -> date:
    """The day `months` calendar months earlier; a day the month lacks becomes its last day.

    This is the one rule for month ends: a window of n months ending `on` is
    `(months_before(on, n), on]`.

    >>> months_before(date(2024, 3, 31), 1)
    datetime.date(2024, 2, 29)
    >>> months_before(date(2024, 2, 29), 12)
    datetime.date(2023, 2, 28)
    """
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    if year < 1:
        return date.min
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def months_after(day: date, months: int) -> date:
    """The day `months` calendar months later, by the same rule for month ends.

    >>> months_after(date(2026, 5, 1), 3)
    datetime.date(2026, 8, 1)
    """
    return months_before(day, -months)


def plain_number(number: Decimal) -> str:
    """A number without idle zeros and without an exponent, as people write it.

    >>> plain_number(Decimal("81.500")), plain_number(Decimal("8E+2"))
    ('81.5', '800')
    """
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
