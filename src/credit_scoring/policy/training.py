"""What a sector evaluation is learnt from and must satisfy: the `training` block of a sector's file.

Nothing in it decides a score. It says which outcome is foreseen, on which dates subjects are looked at, which
measures serve as features and in which direction each may count, how odds become points, and the limits a learnt
evaluation has to meet before anyone may use it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from credit_scoring.policy.catalogue import Months, Title
from credit_scoring.policy.measures import Measure
from credit_scoring.policy.numbers import Factor, Points, Value
from credit_scoring.policy.reading import Strict

Polarity: TypeAlias = Literal["better", "worse", "free"]
"""What more of a feature says: it may only raise the score, only lower it, or move it either way."""
Family: TypeAlias = Literal["woe", "additive", "gradient"]


class Outcome(Strict):
    """The event foreseen: a subject is bad (1) if it happens within the window after the observation date."""

    title: Title
    window: Months
    """A label counts if its `labelled_on` lies in `(on, on + window]`."""
    unlabelled: Literal["exclude", "good"]
    """Subjects without a label in the window: left out (only some were inspected), or good (labels are complete)."""
    items: tuple[str, ...] = ()
    """Items of the catalogue that report the outcome itself; a feature reading them is looked at with suspicion."""
    note: str | None = None


class HoldOut(Strict):
    """What no fit ever sees: later observation dates, and whole regions."""

    from_: date | None = Field(default=None, alias="from")
    """Observation dates from this day on are out of time."""
    regions: tuple[str, ...] = ()
    """Regions (`3311`: every code that begins so) that are out of region."""
    share: Factor | None = None
    """Share of the other subjects held out at random, by subject."""

    @model_validator(mode="after")
    def _some(self) -> HoldOut:
        if self.from_ is None and not self.regions and self.share is None:
            raise ValueError("needs at least one of from, regions, share")
        if self.share is not None and not 0 < self.share < 1:
            raise ValueError("'share' lies between 0 and 1")
        return self


class Feature(Strict):
    """A measure used as a feature without being an indicator of the weighted scorecard."""

    title: Title
    dimension: str
    """The dimension its points belong to."""
    measure: Measure


class StatedPolarity(Strict):
    """A polarity the catalogue does not give, or gives otherwise, with the reason."""

    polarity: Polarity
    reason: str = Field(min_length=8)


class OddsScale(Strict):
    """Points to double the odds: `score = base_score + pdo · log2(odds of good ÷ base_odds)` (Siddiqi 2006, ch. 6)."""

    base_score: Points
    base_odds: Value
    """Good to bad at the base score."""
    pdo: Points
    """Points that double the odds of being good."""

    @model_validator(mode="after")
    def _positive(self) -> OddsScale:
        if self.pdo <= 0 or self.base_odds <= 0:
            raise ValueError("'pdo' and 'base_odds' must be above 0")
        return self


Scale: TypeAlias = OddsScale | Literal["align_to_public"]
"""Points from odds, or aligned: same mean and spread as the public score has on the training rows."""


class Limits(Strict):
    """What a learnt evaluation must meet on data it was not fitted to. Every one is checked; none is optional."""

    auc_at_least: Factor
    ks_at_least: Factor
    brier_at_most: Factor
    calibration_p_at_least: Factor
    """Of the Hosmer-Lemeshow test."""
    psi_at_most: Factor
    """Of the score, training rows against those held out."""
    feature_psi_at_most: Factor
    segment_auc_gap_at_most: Factor
    """Largest difference of the AUC between segments of one kind."""
    gain_over_public_at_least: Factor
    """AUC of the evaluation minus that of the public score, on the same rows; may be negative."""
    loss_to_model_in_use_at_most: Factor = Decimal("0.01")


class Training(Strict):
    """The `training` block."""

    outcome: Outcome
    observe: tuple[date, ...] = Field(min_length=1)
    """Observation dates, rising."""
    hold_out: HoldOut
    family: Family = "woe"
    features: dict[str, Feature] = Field(default_factory=dict)
    leave_out: dict[str, Annotated[str, Field(min_length=8)]] = Field(default_factory=dict)
    """Indicators that are no features, with the reason."""
    polarity: dict[str, StatedPolarity] = Field(default_factory=dict)
    scale: Scale
    grade_shares: dict[str, Factor] = Field(default_factory=dict)
    """Share of the training rows that is to have this grade or a better one: the learnt evaluation's cuts are put there.
    Empty: the cuts are those of the sector's scorecard."""
    limits: Limits
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _shares_rise(self) -> Training:
        shares = list(self.grade_shares.values())
        if any(not 0 < share < 1 for share in shares) or shares != sorted(set(shares)):
            raise ValueError("grade shares lie between 0 and 1 and rise from the best grade to the worst")
        return self

    @model_validator(mode="after")
    def _dates_rise(self) -> Training:
        if list(self.observe) != sorted(set(self.observe)):
            raise ValueError("observation dates must rise")
        return self
