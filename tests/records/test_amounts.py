"""Amounts in figures and in Chinese numerals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.records.amounts import parse_amount

PLAIN = "零一二三四五六七八九"


def spell(number: int) -> str:
    """Spell a number below 10^12 the long way, in the test's own words."""
    if number >= 10**8:
        return spell(number // 10**8) + "亿" + _rest(number % 10**8, 10**7)
    if number >= 10**4:
        return spell(number // 10**4) + "万" + _rest(number % 10**4, 10**3)
    for size, word in ((1000, "千"), (100, "百"), (10, "十")):
        if number >= size:
            return PLAIN[number // size] + word + _rest(number % size, size // 10)
    return PLAIN[number]


def _rest(number: int, next_size: int) -> str:
    if number == 0:
        return ""
    return ("零" if number < next_size else "") + spell(number)


@given(st.integers(1, 10**12 - 1))
def test_every_number_written_in_full_is_read_back(number: int) -> None:
    assert parse_amount(spell(number) + "元") == number


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("人民币", None),
        ("叁仟元整", "3000"),
        ("贰拾万元", "200000"),
        ("一百五十八万八千九百七十四元三角六分", "1588974.36"),
        ("1.5万元", "15000"),
        ("17,797.93元", "17797.93"),
        ("一万五", None),
        ("一万五千万元", None),
        ("二〇二三", None),
        ("", None),
    ],
)
def test_amounts_as_decisions_write_them(text: str, amount: str | None) -> None:
    assert parse_amount(text) == (None if amount is None else Decimal(amount))
