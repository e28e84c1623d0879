"""Identifiers of subjects, one at a time: check characters, and a name for whatever is no valid code.

These functions state the rules plainly; `sql/identifiers.sql` states them again for whole columns, and the
tests hold the two against each other.
"""

from __future__ import annotations

import re
from datetime import date

from credit_scoring.records.contracts import Outcome, SubjectType

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015, table 2: figures and capital letters without I, O, S, V, Z; the value is the place."""

PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42"  # noqa: SIM905
    " 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82".split()
)
"""First two figures of GB/T 2260."""

NATIONAL = "10"
"""Places 3 and 4 of codes that a national authority registered (division 100000)."""

PLACEHOLDERS = frozenset(
    {"/", "-", "--", "---", "—", "——", "无", "暂无", "未知", "NULL", "NONE", "NA", "N/A", "_"}
)

_IGNORED = dict.fromkeys(map(ord, "\t\n\v\f\r \u00a0\u3000\ufeff\u200b'`‘’"))
_FULL_WIDTH = {0xFF01 + i: 0x21 + i for i in range(94)}
_UPPER = {ord("a") + i: ord("A") + i for i in range(26)}
_CLEANING = _FULL_WIDTH | {0xFF41 + i: ord("A") + i for i in range(26)} | _UPPER | _IGNORED

_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]{1,2}", re.ASCII)
_ORGANISATION = re.compile(r"[0-9A-Z]{8}-?[0-9X]", re.ASCII)
_RESIDENT = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_NOTHING = re.compile(r"0+[0-9A-Z]?", re.ASCII)


def clean(text: str) -> str:
    """The text without blanks, quotes and full-width forms, in capitals.

    >>> clean(" '91110108ma006e833ｄ\\t")
    '91110108MA006E833D'
    """
    return text.translate(_CLEANING)


def is_credit_code(text: str) -> bool:
    """Whether the text is a unified social credit code with the right check character (GB 32100-2015, 5.6).

    >>> is_credit_code("91350100M000100Y43"), is_credit_code("91350100M000100Y4Z")
    (True, False)
    """
    code = clean(text)
    if len(code) != 18 or any(character not in ALPHABET for character in code):
        return False
    total = sum(ALPHABET.index(character) * w for character, w in zip(code, _CREDIT_WEIGHTS, strict=False))
    return ALPHABET[(31 - total % 31) % 31] == code[17]


def is_organisation_code(text: str) -> bool:
    """Whether the text is an organisation code with the right check character (GB 11714-1997).

    >>> is_organisation_code("63159284-X"), is_organisation_code("631592841")
    (True, False)
    """
    code = clean(text)
    if not _ORGANISATION.fullmatch(code):
        return False
    total = sum(int(character, 36) * w for character, w in zip(code, _ORGANISATION_WEIGHTS, strict=False))
    return "0X987654321"[total % 11] == code[-1]


def is_resident_id(text: str) -> bool:
    """Whether the text is an 18-character resident identity number (GB 11643-1999).

    The province must exist, the birth date must be a day of the calendar from 1900 on, and the check right.

    >>> is_resident_id("11010519491231002X"), is_resident_id("110105194912310021")
    (True, False)
    """
    code = clean(text)
    if not _RESIDENT.fullmatch(code) or not _has_birth_date(code):
        return False
    total = sum(int(figure) * w for figure, w in zip(code, _RESIDENT_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == code[17]


def classify(text: str | None) -> Outcome:
    """What an identifier is, or what became of it.

    >>> [classify(t).value for t in ("9.11101E+17", "911100******00612P", "1.1E5 t", "")]
    ['code_damaged_by_spreadsheet', 'masked', 'not_a_code', 'blank']
    >>> classify("110105717776658")
    <Outcome.LEGACY_TAX_NUMBER: 'legacy_tax_number'>
    """
    code = clean(text or "")
    if not code:
        return Outcome.BLANK
    if code in PLACEHOLDERS or _NOTHING.fullmatch(code):
        return Outcome.PLACEHOLDER
    if "*" in code or "XXXX" in code:
        return Outcome.MASKED
    if _SCIENTIFIC.fullmatch(code):
        return Outcome.CODE_DAMAGED_BY_SPREADSHEET
    if not re.fullmatch(r"[0-9A-Z-]+", code, re.ASCII) or not re.search(r"[0-9]", code, re.ASCII):
        return Outcome.NOT_A_CODE
    if _ORGANISATION.fullmatch(code):
        return Outcome.ORGANISATION_CODE if is_organisation_code(code) else Outcome.ORGANISATION_CODE_MISMATCH
    if "-" not in code and len(code) in (15, 17, 18, 20):
        return {15: _classify_15, 17: _classify_tax, 18: _classify_18, 20: _classify_tax}[len(code)](code)
    return Outcome.WRONG_LENGTH


def _classify_18(code: str) -> Outcome:
    if is_resident_id(code):
        return Outcome.RESIDENT_ID
    can_be_credit_code = code[2:4] in PROVINCES or code[2:4] == NATIONAL
    begins_with_division = code[:2] in PROVINCES
    if is_credit_code(code):
        if can_be_credit_code:
            return Outcome.CREDIT_CODE
        return Outcome.PADDED_TAX_NUMBER if begins_with_division else Outcome.DIVISION_UNKNOWN
    if any(character not in ALPHABET for character in code):
        return Outcome.ILLEGAL_LETTER
    if begins_with_division and not can_be_credit_code:
        birth = _RESIDENT.fullmatch(code) and _has_birth_date(code)
        return Outcome.RESIDENT_ID_MISMATCH if birth else Outcome.PADDED_TAX_NUMBER
    if re.fullmatch(r"[0-9]{15}000", code, re.ASCII):
        return Outcome.CODE_DAMAGED_BY_SPREADSHEET
    return Outcome.CHECK_DIGIT_MISMATCH


def _classify_15(code: str) -> Outcome:
    if re.fullmatch(r"[0-9]{6}", code[:6], re.ASCII) and is_organisation_code(code[6:]):
        return Outcome.LEGACY_TAX_NUMBER
    if re.fullmatch(r"[0-9]{15}", code, re.ASCII):
        if _has_short_birth_date(code):
            return Outcome.PERSONAL_NUMBER
        if _is_registration_number(code):
            return Outcome.REGISTRATION_NUMBER
    return Outcome.LEGACY_NUMBER_UNVERIFIED


def _classify_tax(code: str) -> Outcome:
    personal = is_resident_id(code[:18]) if len(code) == 20 else _has_short_birth_date(code[:15])
    return Outcome.PERSONAL_TAX_NUMBER if personal else Outcome.WRONG_LENGTH


def _is_registration_number(code: str) -> bool:
    """ISO 7064 MOD 11,10, as the former business registration numbers of 15 figures use it."""
    product = 10
    for figure in code[:14]:
        product = ((product + int(figure)) % 10 or 10) * 2 % 11
    return (product + int(code[14])) % 10 == 1


def _has_birth_date(code: str) -> bool:
    return code[:2] in PROVINCES and code[6:8] in ("19", "20") and _is_day(code[6:14])


def _has_short_birth_date(code: str) -> bool:
    return (
        bool(re.fullmatch(r"[0-9]{15}", code, re.ASCII))
        and code[:2] in PROVINCES
        and _is_day("19" + code[6:12])
    )


def _is_day(figures: str) -> bool:
    try:
        date(int(figures[:4]), int(figures[4:6]), int(figures[6:8]))
    except ValueError:
        return False
    return True


SUBJECT_TYPES = {
    "11": SubjectType.GOVERNMENT_AGENCY,
    "12": SubjectType.PUBLIC_INSTITUTION,
    "13": SubjectType.SOCIAL_ORGANISATION,
    "51": SubjectType.SOCIAL_ORGANISATION,
    "52": SubjectType.SOCIAL_ORGANISATION,
    "53": SubjectType.SOCIAL_ORGANISATION,
    "59": SubjectType.SOCIAL_ORGANISATION,
    "81": SubjectType.SOCIAL_ORGANISATION,
    "91": SubjectType.ENTERPRISE,
    "92": SubjectType.ENTERPRISE,
    "93": SubjectType.ENTERPRISE,
    "A1": SubjectType.PUBLIC_INSTITUTION,
}
"""Places 1 and 2 of a credit code: registering department and kind.

11 agencies, 12 public institutions, 13 mass organisations; 51 associations, 52 private non-enterprise units,
53 foundations, 59 others registered by civil affairs; 81 trade unions; 91 companies, 92 individual
businesses, 93 farmers' cooperatives; A1 institutions of the armed forces. None of the five types fits law
firms and notaries (31-39), village and residents' committees (54), places of worship (71), collective
economic organisations of villages (N1-N3) and what a department registers as "other" (19, 29, 89, 99, Y1):
their type stays null, and no scorecard judges them by the rules of another kind of subject.
"""


def subject_type(code: str) -> SubjectType | None:
    """The type of subject that a valid credit code stands for; null where none of the five fits.

    >>> subject_type("91350100M000100Y43").value, subject_type("N2110112ME2866116K")
    ('enterprise', None)
    """
    return SUBJECT_TYPES.get(clean(code)[:2])
