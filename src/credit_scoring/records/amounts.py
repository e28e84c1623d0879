"""Amounts of money as decisions state them: `2000`, `1.5万`, `叁仟元整`, `一万四千三百元`."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = {
    c: i
    for i, group in enumerate(
        ("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for c in group
}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10_000, "萬": 10_000, "亿": 100_000_000}
_FIGURES = re.compile(r"(?P<number>[0-9][0-9,]*(\.[0-9]+)?)(?P<unit>[万亿]?)元?整?", re.ASCII)
# Years (二〇二三), short speech (一万五 for 15 000) and slips (一万五千万) look like amounts and are none.
_NUMERAL = re.compile(r"(?:[^亿]+亿)?(?:[^万萬亿]+[万萬])?[^万萬亿]*")
_SECTION = re.compile(
    r"[零〇]?(?:[一二两三四五六七八九壹贰叁肆伍陆柒捌玖][千仟])?[零〇]?(?:[一二两三四五六七八九壹贰叁肆伍陆柒捌玖][百佰])?"
    r"[零〇]?(?:[一二两三四五六七八九壹贰叁肆伍陆柒捌玖]?[十拾])?[零〇]?[一二两三四五六七八九壹贰叁肆伍陆柒捌玖]?"
)
_WORDS = re.compile(
    r"(?P<yuan>[^元角分整]+)元?(?:(?P<jiao>[^元角分整])角)?(?:(?P<fen>[^元角分整])分)?[整正]?"
)


def parse_amount(text: str) -> Decimal | None:
    """An amount in CNY; null if the text is not one number, in figures or in Chinese numerals.

    >>> [str(parse_amount(t)) for t in ("2000元", "1.5万元", "17,797.93元", "叁仟元整", "一万四千三百元")]
    ['2000', '15000.0', '17797.93', '3000', '14300']
    >>> [parse_amount(t) for t in ("拾万元", "一万五", "一万五千万")]  # the last two are no amounts
    [Decimal('100000'), None, None]
    >>> str(parse_amount("拾叁万零捌佰玖拾贰元柒角贰分")), parse_amount("五千元以上")
    ('130892.72', None)
    """
    figures = _FIGURES.fullmatch(text)
    if figures:
        number = Decimal(figures["number"].replace(",", ""))
        return number * _LARGE.get(figures["unit"], 1)
    words = _WORDS.fullmatch(text)
    if not words:
        return None
    whole = _parse_numeral(words["yuan"])
    cents = [_DIGITS.get(words[part]) if words[part] else 0 for part in ("jiao", "fen")]
    if whole is None or cents[0] is None or cents[1] is None:
        return None
    return Decimal(whole) + Decimal(cents[0] * 10 + cents[1]) / 100 if any(cents) else Decimal(whole)


def _parse_numeral(text: str) -> int | None:
    """A whole number in Chinese numerals, ordinary or financial; null if it is not written in full."""
    if not _is_full(text):
        return None
    total = section = digit = 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _SMALL:
            # 拾万 leaves out the one before ten.
            section += (digit or 1) * _SMALL[character]
            digit = 0
        elif character in _LARGE:
            total = total + (section + digit) * _LARGE[character]
            section = digit = 0
        else:
            return None
    return total + section + digit


def _is_full(text: str) -> bool:
    sections = re.split("[亿万萬]", text)
    if not _NUMERAL.fullmatch(text) or not all(_SECTION.fullmatch(section) for section in sections):
        return False
    # After a unit a single figure needs its 零 or its own unit.
    return not re.search(r"[百佰千仟万萬亿][^零〇十拾百佰千仟万萬亿]$", text)
