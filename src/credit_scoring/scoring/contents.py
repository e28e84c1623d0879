"""What an explanation holds: plain values, ready for a screen, a file or a report."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from credit_scoring.policy.catalogue import Title


class _Content(BaseModel):
    model_config = ConfigDict(frozen=True)


class RecordLine(_Content):
    """A record behind a number. `points` is null where several records make up one number together."""

    record_id: str
    item: str
    title: Title
    level: str | None
    level_title: Title | None
    occurred_on: date
    value: Decimal | None
    unit: str | None
    source: str | None
    event: str | None
    """The document that identifies the event, if one is known."""
    points: Decimal | None
    treatment: str
    """counted · same_event (another report of the event counts) · counted_elsewhere (under another indicator) ·
    counted_in_part (there, and here as far as the other indicator is exhausted)."""


class IndicatorLine(_Content):
    """One indicator: what it gives, what it could give, and why."""

    indicator: str
    title: Title
    points: Decimal
    most: Decimal
    lost: Decimal
    state: str
    """observed · observed_clean · no_record (no coverage known) · not_collected · not_applicable."""
    measure: Decimal | None
    level: str | None
    authority: tuple[str, ...]
    basis: str
    by_model: bool
    """Given by a learnt model: points are above or below the average subject's, and `most` is no bound."""
    records: tuple[RecordLine, ...]


class GroupLine(_Content):
    """A second-level heading; its title is null where the dimension has no second level."""

    group: str | None
    title: Title | None
    points: Decimal
    most: Decimal
    indicators: tuple[IndicatorLine, ...]


class DimensionLine(_Content):
    """A first-level heading."""

    dimension: str
    title: Title
    points: Decimal
    most: Decimal
    groups: tuple[GroupLine, ...]


class OverrideLine(_Content):
    """A direct determination that applied."""

    override: str
    title: Title
    effect: str
    """Kind of the effect, as in the policy language."""
    value: str | None
    """Its grade, points or steps; null for `unrated`."""
    grade_title: Title | None
    authority: tuple[str, ...]
    basis: str
    records: tuple[RecordLine, ...]


class GradeDistance(_Content):
    """How far the shown score is from another grade's limit, in points."""

    grade: str
    title: Title
    points: Decimal


class Explanation(_Content):
    """Why one subject has its score on one date."""

    subject_id: str
    subject_type: str
    scorecard: str
    edition: str
    title: Title
    on: date
    known_by: date
    policy_sha256: str
    total: Decimal
    """Most points there are."""
    start: Decimal
    """Points before the dimensions."""
    kept_within: Decimal
    """What the scale's own floor and total add or cut off: score_raw = start + dimensions + kept_within."""
    score_raw: Decimal
    score: Decimal
    grade_raw: str | None
    grade_raw_title: Title | None
    grade: str | None
    grade_title: Title | None
    band: str | None
    unrated: bool
    unrated_for: tuple[Title, ...]
    """Indicators whose missing record leaves the score without a grade."""
    completeness: Decimal | None
    dimensions: tuple[DimensionLine, ...]
    overrides: tuple[OverrideLine, ...]
    next_better: GradeDistance | None
    next_worse: GradeDistance | None
    reasons: tuple[str, ...]
    extends: str | None
    """The public scorecard whose run the indicators of its score rest on."""
    instruments: dict[str, Title]
    """Titles of the legal texts cited."""
