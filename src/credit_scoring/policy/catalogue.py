"""The catalogue: every kind of archive entry, described once.

A record whose item is not in the catalogue is not part of anyone's credit (State Council office 2020 no. 49:
what is outside the catalogue must not enter credit records).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from credit_scoring.policy.reading import Strict

SubjectType = Literal[
    "enterprise", "natural_person", "social_organisation", "public_institution", "government_agency"
]
SUBJECT_TYPES: tuple[SubjectType, ...] = (
    "enterprise",
    "natural_person",
    "social_organisation",
    "public_institution",
    "government_agency",
)


def _months(value: object) -> str:
    text = str(value)
    number, _, unit = text.partition(" ")
    if unit not in ("month", "months") or not number.isdigit() or not 0 < int(number) <= 1200:
        raise ValueError(f"'{text}' is no span of time: write it as '36 months'")
    return text


Months = Annotated[
    str, BeforeValidator(_months), WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]* months?$"})
]
"""A span of whole calendar months, written `36 months`."""


def month_count(span: Months) -> int:
    """The number in `36 months`."""
    return int(span.partition(" ")[0])


class Title(Strict):
    """A name in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_language(self, lang: str) -> str:
        """The Chinese title for `zh`, the English one otherwise."""
        return self.zh if lang == "zh" else self.en


class Publicity(Strict):
    """How long a record may be shown, from the date of the decision (NDRC order 36 of 2025)."""

    at_least: Months | None = None
    at_most: Months


class Item(Strict):
    """One kind of archive entry."""

    title: Title
    entry: Literal["basic", "good", "bad", "other"]
    source: Title
    """The department that delivers it."""
    subject_types: tuple[SubjectType, ...] = Field(min_length=1)
    unit: str | None = None
    """Unit of `records.value`; None where the item carries no value."""
    value_required: bool = False
    polarity: Literal["better", "worse", "neutral"]
    """What more of it says: more events or a higher value are better, worse, or say nothing."""
    levels: dict[str, Title] = Field(default_factory=dict)
    """Allowed `records.level`, from the best to the worst; empty where the item has no levels."""
    unranked: tuple[str, ...] = ()
    """Levels outside that order, such as `unclassified`."""
    level_required: bool = True
    openness: Literal["public", "shared", "authorised"]
    """Open to everyone, shared between departments, or only with the subject's authorisation."""
    update_frequency: Literal["realtime", "daily", "weekly", "monthly", "quarterly", "yearly"]
    validity: Months | Literal["until_repaired", "permanent"]
    """How long an entry counts where the rule leaves it to the catalogue."""
    publicity: dict[str, Publicity] | Publicity | Literal["not_published", "permanent"]
    """How long it may be shown; by level where the law distinguishes levels."""
    retention: Months | Literal["permanent"]
    """How long it may be kept at all; past it the entry does not exist for anyone."""
    legal_basis: tuple[str, ...] = Field(min_length=1)
    personal_data: Literal["none", "ordinary", "sensitive", "consent_required", "prohibited"]
    """Class of personal data (credit reporting regulation art. 14, personal information law art. 28)."""
    fields: tuple[str, ...] = ()
    """Names of the source's own columns, as the data dictionaries list them."""
    description: str | None = None

    @model_validator(mode="after")
    def _levels_agree(self) -> Item:
        if missing := [name for name in self.unranked if name not in self.levels]:
            raise ValueError(f"unranked level '{missing[0]}' is not among the levels")
        if self.value_required and self.unit is None:
            raise ValueError("a required value needs a unit")
        if isinstance(self.publicity, dict) and set(self.publicity) != set(self.levels):
            raise ValueError("publicity by level must name every level of the item, and no other")
        return self

    def rank(self, level: str) -> int | None:
        """Position of a level from the best (0) to the worst; None for an unranked level."""
        ranked = [name for name in self.levels if name not in self.unranked]
        return ranked.index(level) if level in ranked else None

    def publicity_of(self, level: str | None) -> Publicity | Literal["not_published", "permanent"]:
        """The publicity rule of an entry with this level."""
        if not isinstance(self.publicity, dict):
            return self.publicity
        return self.publicity[level] if level is not None else next(iter(self.publicity.values()))


class CatalogueFile(Strict):
    """One file of the catalogue directory."""

    catalogue: str
    """Name of the part, such as `enforcement`."""
    items: dict[str, Item] = Field(min_length=1)


class Instrument(Strict):
    """A legal text, stated once and cited by its key."""

    title: Title
    number: str | None = None
    issuer: Title
    issued_on: date | None = None
    in_force_from: date | None = None
    repealed_from: date | None = None
    standing: Literal["published", "assumed"]
    """`published`: seen as published; `assumed`: cited from common knowledge and still to be verified."""


class InstrumentsFile(Strict):
    """`instruments.yaml`: every legal text the policies cite."""

    instruments: dict[str, Instrument] = Field(min_length=1)
