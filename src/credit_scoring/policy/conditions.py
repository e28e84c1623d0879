"""Conditions of the policy language: on records, measures, points, and the subject itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from credit_scoring.policy.measures import Measure, SelectedMeasure, Window
from credit_scoring.policy.numbers import Value
from credit_scoring.policy.reading import Strict


class Bounds(Strict):
    """Limits of a number; several hold together."""

    at_least: Value | None = None
    at_most: Value | None = None
    above: Value | None = None
    below: Value | None = None

    @model_validator(mode="after")
    def _some(self) -> Bounds:
        if self.at_least is None and self.at_most is None and self.above is None and self.below is None:
            raise ValueError("needs at least one of at_least, at_most, above, below")
        return self


class RecordCondition(SelectedMeasure):
    """At least so many events of the items. As it stands: in force on the date, that is begun, not expired, not
    repaired and not withdrawn; with a window: within it as well."""

    window: Window = "all"
    at_least: Annotated[int, Field(ge=1)] = 1


class MeasureCondition(Bounds):
    """A measure within bounds; false where the subject has no record to measure."""

    measure: Measure


class IndicatorCondition(Bounds):
    """The points of an indicator within bounds."""

    indicator: str


class DimensionCondition(Bounds):
    """The points of a dimension within bounds."""

    dimension: str


class ScoreCondition(Strict):
    """The score, before overrides, within bounds."""

    score: Bounds


class SubjectCondition(Strict):
    """A property of the subject: one of some values, beginning with one of some, or missing; or closed.

    `public_grade` is its grade by the scorecard that a sector's scorecard extends.
    """

    subject: Literal["region_code", "industry_code", "established_on", "closed", "public_grade"]
    one_of: tuple[str, ...] = ()
    starts_with: tuple[str, ...] = ()
    missing: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> SubjectCondition:
        ways = bool(self.one_of) + bool(self.starts_with) + self.missing
        if self.subject == "closed" and ways:
            raise ValueError("'closed' stands alone: the subject's closed_on is on or before the date")
        if self.subject != "closed" and ways != 1:
            raise ValueError("needs exactly one of one_of, starts_with, missing")
        return self


class AllOf(Strict):
    """Every one of the conditions holds."""

    all: tuple[Condition, ...] = Field(min_length=1)


class AnyOf(Strict):
    """At least one of the conditions holds."""

    any: tuple[Condition, ...] = Field(min_length=1)


class Not(Strict):
    """The condition does not hold."""

    not_: Condition = Field(alias="not")


_CONDITIONS = ("all", "any", "not", "items", "measure", "indicator", "dimension", "score", "subject")


def _condition_kind(value: Any) -> str | None:
    if isinstance(value, dict):
        return next((key for key in _CONDITIONS if key in value), None)
    return next((key for key in _CONDITIONS if hasattr(value, key) or hasattr(value, f"{key}_")), None)


Condition: TypeAlias = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[RecordCondition, Tag("items")]
    | Annotated[MeasureCondition, Tag("measure")]
    | Annotated[IndicatorCondition, Tag("indicator")]
    | Annotated[DimensionCondition, Tag("dimension")]
    | Annotated[ScoreCondition, Tag("score")]
    | Annotated[SubjectCondition, Tag("subject")],
    Discriminator(
        _condition_kind,
        custom_error_type="unknown_condition",
        custom_error_message="a condition needs one of the keys " + ", ".join(_CONDITIONS),
    ),
]


for _model in (AllOf, AnyOf, Not):
    _model.model_rebuild()
