"""The policy language: one file is one edition of one scorecard.

The tree is dimension, group (second level), indicator (third level); a dimension without second level holds its
indicators directly. Grades are listed from the best to the worst.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from credit_scoring.policy.catalogue import SubjectType, Title
from credit_scoring.policy.conditions import Condition
from credit_scoring.policy.measures import Curve, InstrumentRef, Measure
from credit_scoring.policy.numbers import Factor, Points
from credit_scoring.policy.reading import Strict
from credit_scoring.policy.training import Training
from credit_scoring.policy.weighing import Weighing

Basis = Literal["published", "assumed", "learnt"]
"""Standing of a number: seen as published, our own default, or estimated from outcomes."""
Floor = Literal["none"] | Points
NoRecord = Literal["full", "zero", "unrated", "renormalise"] | Points


class InForce(Strict):
    """From a day (inclusive) until a day (exclusive; open if absent)."""

    from_: date = Field(alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> InForce:
        if self.until is not None and self.until <= self.from_:
            raise ValueError("'until' must be after 'from'")
        return self


class Applies(Strict):
    """An indicator that is not for everyone."""

    when: Condition
    otherwise: Literal["full", "zero", "renormalise"] | Points
    """Points where the indicator does not apply."""


class Indicator(Strict):
    """One line of the scorecard."""

    title: Title
    points: Points
    """Most points it can give; with `weight`, the top of its own scale (such as 100)."""
    weight: Factor | None = None
    """Share of the scorecard's points, in scorecards of weighted indicators: all have one, and they add up to 1."""
    floor: Floor = Decimal(0)
    """Fewest points it can give."""
    start: Literal["full", "zero"] | Points
    """Points before the curve's points are added: `full` to deduct from full marks, `zero` to earn."""
    no_record: NoRecord
    """Points of a subject without any record that counts."""
    not_collected: NoRecord | None = None
    """Points where no source has delivered the items; as `no_record` where absent."""
    applies: Applies | None = None
    measure: Measure
    curve: Curve = "identity"
    authority: tuple[InstrumentRef, ...] = ()
    """Citations; as the group's, dimension's or scorecard's where empty."""
    basis: Basis
    """Standing of `points`."""
    rule_basis: Basis | None = None
    """Standing of the other numbers; as `basis` where absent."""
    note: str | None = None


class Group(Strict):
    """A second-level heading."""

    title: Title
    points: Points
    floor: Floor = Decimal(0)
    capped: bool = False
    """The children can give more than `points`; the sum is cut off there."""
    indicators: dict[str, Indicator] = Field(min_length=1)
    authority: tuple[InstrumentRef, ...] = ()
    basis: Basis


class Dimension(Strict):
    """A first-level heading: with second-level groups, or with indicators directly."""

    title: Title
    points: Points
    floor: Floor = Decimal(0)
    capped: bool = False
    groups: dict[str, Group] = Field(default_factory=dict)
    indicators: dict[str, Indicator] = Field(default_factory=dict)
    authority: tuple[InstrumentRef, ...] = ()
    basis: Basis

    @model_validator(mode="after")
    def _one_level(self) -> Dimension:
        if bool(self.groups) == bool(self.indicators):
            raise ValueError("needs either groups or indicators")
        return self


class Start(Strict):
    """A start score; the first entry whose condition holds is used."""

    points: Points
    when: Condition | None = None


class EventGroup(Strict):
    """Indicators that may report one and the same event: it counts in one of them only, where it weighs most."""

    title: Title
    indicators: tuple[str, ...] = Field(min_length=2)


class Effect(Strict):
    """What an override does. Exactly one."""

    grade: str | None = None
    grade_at_most: str | None = None
    grade_at_least: str | None = None
    grades_down: Annotated[int, Field(ge=1)] | None = None
    score: Points | None = None
    score_at_most: Points | None = None
    score_at_least: Points | None = None
    unrated: Literal[True] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Effect:
        if len(self.model_fields_set) != 1:
            raise ValueError("needs exactly one of " + ", ".join(type(self).model_fields))
        return self

    @property
    def kind(self) -> str:
        """Name of the effect that is set."""
        return next(iter(self.model_fields_set))


class Override(Strict):
    """A direct determination; the points underneath are kept."""

    title: Title
    when: Condition
    effect: Effect
    authority: tuple[InstrumentRef, ...] = ()
    basis: Basis


class Grade(Strict):
    """One grade. A subject gets the first grade of the list whose limits it meets."""

    title: Title
    from_: Points | None = Field(default=None, alias="from")
    """Lowest score, inclusive (where higher scores are better)."""
    below: Points | None = None
    """Lowest score beyond the grade, exclusive (where higher scores mean more risk)."""
    otherwise: bool = False
    """Everyone no grade before it has taken."""
    requires: Condition | None = None
    top_share: Factor | None = None
    """Only this best share of the rated subjects; equal scores are treated alike."""
    within: Literal["industry_code", "region_code"] | None = None
    """The share is taken within each value of this column."""
    ladder: bool = True
    """`grades_down` steps onto it. False for letters beside the ladder."""

    @model_validator(mode="after")
    def _limits(self) -> Grade:
        if self.within is not None and self.top_share is None:
            raise ValueError("'within' goes with 'top_share'")
        if self.top_share is not None and not 0 < self.top_share <= 1:
            raise ValueError("'top_share' lies above 0 and is at most 1")
        if self.otherwise and (self.from_ is not None or self.below is not None):
            raise ValueError("'otherwise' has no limit of its own")
        return self

    @property
    def by_override_only(self) -> bool:
        """No limit at all: the grade is only ever given by an override."""
        return self.from_ is None and self.below is None and not self.otherwise and self.requires is None


class Bands(Strict):
    """Score bands in place of grades (natural persons)."""

    width: Points

    @model_validator(mode="after")
    def _positive(self) -> Bands:
        if self.width <= 0:
            raise ValueError("'width' must be above 0")
        return self


class ModelFile(Strict):
    """Gradient-boosted trees and the straight line from their log-odds to points, as text in a file of its own."""

    file: str
    """Beside the scorecard's file."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    features: tuple[str, ...] = Field(min_length=1)
    """The indicators that get their points from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An indicator with its position in the tree; `group` is None where the dimension has no second level."""

    dimension: str
    group: str | None
    indicator: str
    rule: Indicator

    @property
    def keys(self) -> tuple[str, ...]:
        """Path of the indicator in the file."""
        head: tuple[str, ...] = ("dimensions", self.dimension)
        if self.group is not None:
            head = (*head, "groups", self.group)
        return (*head, "indicators", self.indicator)


class Scorecard(Strict):
    """One edition of one scorecard."""

    scorecard: str
    edition: str
    subject_type: SubjectType
    title: Title
    in_force: InForce
    authority: tuple[InstrumentRef, ...] = ()
    basis: Basis
    note: str | None = None
    extends: str | None = None
    """The public scorecard a sector's evaluation builds on; its score and grade can be read by this one."""
    total: Points
    """Most points there are."""
    floor: Floor = Decimal(0)
    capped: bool = False
    start: Points | tuple[Start, ...] = Decimal(0)
    """Points before the dimensions are added."""
    direction: Literal["higher_is_better", "higher_is_riskier"] = "higher_is_better"
    dimensions: dict[str, Dimension] = Field(min_length=1)
    event_groups: dict[str, EventGroup] = Field(default_factory=dict)
    overrides: dict[str, Override] = Field(default_factory=dict)
    grades: dict[str, Grade] = Field(default_factory=dict)
    bands: Bands | None = None
    model: ModelFile | None = None
    """The learnt trees that give the points of indicators whose curve is `model`."""
    weighing: Weighing | None = None
    """Where the weights come from."""
    training: Training | None = None
    """What a learnt evaluation of the sector is fitted to and must satisfy."""

    @model_validator(mode="after")
    def _start_ends_open(self) -> Scorecard:
        if isinstance(self.start, tuple) and (
            not self.start or self.start[-1].when is not None or any(s.when is None for s in self.start[:-1])
        ):
            raise ValueError("'start' needs conditions on all entries but the last, which has none")
        return self

    @property
    def id(self) -> str:
        """`scorecard@edition`."""
        return f"{self.scorecard}@{self.edition}"

    @property
    def starts(self) -> tuple[Start, ...]:
        """The start scores in order; the last one holds for everyone else."""
        return self.start if isinstance(self.start, tuple) else (Start(points=self.start),)

    def places(self) -> Iterator[Place]:
        """Every indicator, in the order of the file."""
        for dimension_id, dimension in self.dimensions.items():
            for name, rule in dimension.indicators.items():
                yield Place(dimension=dimension_id, group=None, indicator=name, rule=rule)
            for group_id, group in dimension.groups.items():
                for name, rule in group.indicators.items():
                    yield Place(dimension=dimension_id, group=group_id, indicator=name, rule=rule)

    def authority_of(self, place: Place) -> tuple[InstrumentRef, ...]:
        """The indicator's citations, or the nearest heading's."""
        dimension = self.dimensions[place.dimension]
        group = dimension.groups[place.group].authority if place.group is not None else ()
        return place.rule.authority or group or dimension.authority or self.authority


for _model in (Applies, Start, Override, Grade, Indicator, Group, Dimension, Scorecard):
    _model.model_rebuild()
