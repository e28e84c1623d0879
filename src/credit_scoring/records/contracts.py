"""What an import writes: the columns of its five tables and the closed lists of reasons and outcomes.

Types are DuckDB's; a Parquet reader sees the same names. Dates are calendar days, money is CNY, and null
means "not known", never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType


class Outcome(StrEnum):
    """What an identifier column turned out to hold.

    Only `credit_code` and `resident_id` identify a subject; any other outcome sends the row to `unresolved`.
    """

    CREDIT_CODE = "credit_code"
    """A unified social credit code (GB 32100) whose check character is right."""
    RESIDENT_ID = "resident_id"
    """A resident identity number (GB 11643) whose birth date and check character are right."""
    BLANK = "blank"
    PLACEHOLDER = "placeholder"
    """A word or figure that stands for nothing: `/`, `无`, `00000000000000000X`."""
    MASKED = "masked"
    """Figures were hidden with asterisks before delivery."""
    CODE_DAMAGED_BY_SPREADSHEET = "code_damaged_by_spreadsheet"
    """Scientific notation, or 18 figures that end in 000: a spreadsheet keeps 15 figures of a number."""
    CHECK_DIGIT_MISMATCH = "check_digit_mismatch"
    """18 characters of the right alphabet; only the check character is wrong. Some were issued that way."""
    ILLEGAL_LETTER = "illegal_letter"
    """18 characters with I, O, S, V or Z, which GB 32100 does not use (often 1, 0, 5 misread)."""
    DIVISION_UNKNOWN = "division_unknown"
    """The check character is right by chance: no province has the division in places 3 and 4."""
    PADDED_TAX_NUMBER = "padded_tax_number"
    """A 15-character tax number filled up to 18; one in 31 has a right check character by chance."""
    ORGANISATION_CODE = "organisation_code"
    """An organisation code (GB 11714) whose check character is right."""
    ORGANISATION_CODE_MISMATCH = "organisation_code_check_mismatch"
    LEGACY_TAX_NUMBER = "legacy_tax_number"
    """15 characters: a division and an organisation code with the right check character."""
    REGISTRATION_NUMBER = "registration_number"
    """15 figures with the check figure of business registration numbers (ISO 7064, MOD 11,10)."""
    LEGACY_NUMBER_UNVERIFIED = "legacy_number_unverified"
    """15 characters of an older number that no check confirms."""
    PERSONAL_NUMBER = "personal_number"
    """15 figures with a birth date: an older resident number, or one that cannot be told from it."""
    PERSONAL_TAX_NUMBER = "personal_tax_number"
    """A resident number followed by two characters: the tax number of an individual business."""
    RESIDENT_ID_MISMATCH = "resident_id_check_mismatch"
    PERSONAL_NUMBER_WITHHELD = "personal_number_withheld"
    """The department replaced a personal number before delivery (`personal_prefix` of the mapping)."""
    WRONG_LENGTH = "wrong_length"
    NOT_A_CODE = "not_a_code"
    CONFLICTING_CODES = "conflicting_codes"
    """Two identifier columns of one row hold different valid credit codes."""
    NAME_ONLY = "name_only"
    """The source has no identifier column, only a name."""
    NO_IDENTITY = "no_identity"
    """Neither an identifier nor a name."""


PERSONAL_OUTCOMES = (
    Outcome.RESIDENT_ID,
    Outcome.RESIDENT_ID_MISMATCH,
    Outcome.PERSONAL_NUMBER,
    Outcome.PERSONAL_TAX_NUMBER,
    Outcome.PERSONAL_NUMBER_WITHHELD,
)
"""Outcomes after which the name in the row is a person's, or may be, and is not written."""


class MatchStatus(StrEnum):
    """Whether an unresolved row looks like a known subject. A likeness is never acted upon by the import."""

    CANDIDATE = "candidate"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"


class MatchBasis(StrEnum):
    """What a candidate rests on."""

    ORGANISATION_CODE = "organisation_code"
    NAME = "name"


class Rejection(StrEnum):
    """Why a row has no usable content. One row has one reason: the first that applies, in this order."""

    COLUMN_COUNT = "column_count"
    EMPTY_ROW = "empty_row"
    EXCLUDED_BY_MAPPING = "excluded_by_mapping"
    ITEM_UNKNOWN = "item_unknown"
    LEVEL_UNKNOWN = "level_unknown"
    DATE_MISSING = "date_missing"
    DATE_UNREADABLE = "date_unreadable"
    DATE_IMPLAUSIBLE = "date_implausible"
    """Before 1949-10-01, or after the day on which the export was delivered."""
    VALUE_MISSING = "value_missing"
    VALUE_UNREADABLE = "value_unreadable"
    VALUE_NEGATIVE = "value_negative"


class SubjectType(StrEnum):
    """The five types of subjects of public credit evaluation."""

    ENTERPRISE = "enterprise"
    NATURAL_PERSON = "natural_person"
    SOCIAL_ORGANISATION = "social_organisation"
    PUBLIC_INSTITUTION = "public_institution"
    GOVERNMENT_AGENCY = "government_agency"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRow:
    """What one source delivered for one item. Counts are rows; `item` is null where no item could be told."""

    source_id: str
    title: str
    item: str | None
    rows: int
    records: int
    duplicates: int
    unresolved: int
    rejected: int
    valid_code_share: float | None
    candidates: int
    date_missing: int
    date_unreadable: int
    value_missing: int
    level_unclassified: int
    event_missing: int
    latest_on: str | None
    delay_days_median: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """Where an import wrote its tables, and what it counted."""

    out: Path
    subjects: int
    records: int
    duplicates: int
    unresolved: int
    rejected: int
    quality: tuple[QualityRow, ...]

    @property
    def rows(self) -> int:
        """Rows read, which is always records + merged duplicates + unresolved + rejected."""
        return self.records + self.duplicates + self.unresolved + self.rejected

    @property
    def tables(self) -> Mapping[str, Path]:
        """The Parquet file of each table."""
        names = ("subjects", "records", "unresolved", "rejected", "quality")
        return MappingProxyType({name: self.out / f"{name}.parquet" for name in names})
