"""Measures: what is read off a subject's records. A closed list, and the curves that turn a value into points.

Every measure first decides which records count (items, levels, window, repair, validity), then which of them
are one and the same event, and then reads one number off the events that are left.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from credit_scoring.policy.catalogue import Months, month_count
from credit_scoring.policy.numbers import Factor, Points, Value
from credit_scoring.policy.reading import Strict


class OwnTerm(Strict):
    """Each record holds for its own term: up to `expires_on`, else for `default` from `occurred_on`."""

    default: Months
    until_repaired: tuple[str, ...] = ()
    """Levels without any default term: they hold until repaired or withdrawn."""


class OwnTermWindow(Strict):
    """The record's own term as a window."""

    own_term: OwnTerm


class CalendarYears(Strict):
    """Whole calendar years: `offset: 0` ends in the year of `on`, `offset: 1` in the year before."""

    calendar_years: Annotated[int, Field(ge=1, le=100)]
    offset: Annotated[int, Field(ge=0, le=100)] = 0


def _window_kind(value: Any) -> str:
    if isinstance(value, OwnTermWindow) or (isinstance(value, dict) and "own_term" in value):
        return "own_term"
    if isinstance(value, CalendarYears | dict):
        return "calendar_years"
    return "all" if value == "all" else "months"


Window: TypeAlias = Annotated[
    Annotated[Months, Tag("months")]
    | Annotated[Literal["all"], Tag("all")]
    | Annotated[OwnTermWindow, Tag("own_term")]
    | Annotated[CalendarYears, Tag("calendar_years")],
    Discriminator(_window_kind),
]
"""`36 months` = `(on − 36 months, on]` · `all` = everything up to `on` · `own_term` · `calendar_years`."""


class Steps(Strict):
    """Step decay: the factor of events at most so many months old; older ones no longer count."""

    steps: dict[int, Factor] = Field(min_length=1)


class RepairFactor(Strict):
    """What is left of a repaired event. The first entry whose limits hold is used."""

    days_at_most: Annotated[int, Field(ge=0)] | None = None
    """Days from `occurred_on` to `repaired_on`."""
    value_at_most: Value | None = None
    factor: Factor


class RepairFactors(Strict):
    """Repair softens an event by how soon it came; the last entry has no limit."""

    factors: tuple[RepairFactor, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _last_is_open(self) -> RepairFactors:
        *limited, last = self.factors
        if last.days_at_most is not None or last.value_at_most is not None:
            raise ValueError("the last repair factor must have no limit, so that every repair finds one")
        if any(f.days_at_most is None and f.value_at_most is None for f in limited):
            raise ValueError("only the last repair factor may be without limit")
        if any(f.factor < 0 or f.factor > 1 for f in self.factors):
            raise ValueError("a repair factor lies between 0 and 1")
        for limit in {f.value_at_most for f in self.factors}:
            if not _rise_with_delay(self.factors, limit):
                raise ValueError("repair factors must rise with delay: a late repair must not pay")
        return self


def _rise_with_delay(factors: tuple[RepairFactor, ...], value: Decimal | None) -> bool:
    """Whether, for a record of this value (None: beyond every limit), later repairs keep no less of it."""
    met: list[RepairFactor] = []
    for factor in factors:
        if factor.value_at_most is None or (value is not None and value <= factor.value_at_most):
            met.append(factor)
            if factor.days_at_most is None:
                break
    days = [f.days_at_most for f in met[:-1]]
    in_time = all(a is not None and b is not None and a <= b for a, b in pairwise(days))
    return in_time and all(a.factor <= b.factor for a, b in pairwise(met))


class Repeat(Strict):
    """The same item again within a span: its points are multiplied."""

    within: Months
    factor: Factor

    @model_validator(mode="after")
    def _not_a_reward(self) -> Repeat:
        if self.factor < 1:
            raise ValueError("a repeat factor is at least 1: doing it again must not pay")
        return self


class PerUnit(Strict):
    """Points for every so much of the record's value."""

    per: Value
    points: Points
    units: Literal["exact", "whole", "started"] = "exact"
    """Fractions of a unit: proportional, only whole units, or every started unit in full."""

    @model_validator(mode="after")
    def _positive(self) -> PerUnit:
        if self.per <= 0:
            raise ValueError("'per' must be above 0")
        return self


def _item_points_kind(value: Any) -> str:
    if isinstance(value, PerUnit) or (isinstance(value, dict) and "per" in value):
        return "per_unit"
    return "levels" if isinstance(value, dict) else "points"


ItemPoints: TypeAlias = Annotated[
    Annotated[Points, Tag("points")]
    | Annotated[dict[str, Points], Tag("levels")]
    | Annotated[PerUnit, Tag("per_unit")],
    Discriminator(_item_points_kind),
]
"""Points of one event: a number, a number per level, or a number per unit of its value."""


class RecordMeasure(Strict):
    """What all measures over records share: which records count, and which are one event."""

    window: Window
    repaired: Literal["excluded", "counts", "only"] = "excluded"
    """Repaired records: left out (NDRC order 36 of 2025: sharing and use stop), counted, or the only ones."""
    same_event: Literal["largest", "first", "sum"] = "largest"
    """One event reported more than once: the heaviest report, the first one recorded, or all of them."""
    one_event: Literal["event_id", "month", "record"] = "event_id"
    """What makes reports one event: the same `event_id` (a record without one stands alone), the same calendar
    month, or nothing."""
    value_at_least: Value | None = None
    value_below: Value | None = None


class EventPoints(RecordMeasure):
    """The sum of the events' own points."""

    kind: Literal["event_points"]
    items: dict[str, ItemPoints] = Field(min_length=1)
    repaired: Literal["excluded", "counts", "only"] | RepairFactors = "excluded"  # type: ignore[assignment]
    decay: Literal["none", "linear"] | Steps = "none"
    repeat: Repeat | None = None
    cap: Points | None = None
    """Bound of the sum away from zero: `-20` means no more than 20 points lost."""

    @model_validator(mode="after")
    def _decay_fits_window(self) -> EventPoints:
        if self.decay == "none":
            return self
        if not isinstance(self.window, str) or self.window == "all":
            raise ValueError("decay needs a window in months")
        if isinstance(self.decay, Steps):
            spans = list(self.decay.steps)
            if spans != sorted(spans) or spans[-1] != month_count(self.window):
                raise ValueError("decay steps must rise and end with the window")
            factors = list(self.decay.steps.values())
            if any(f < 0 or f > 1 for f in factors) or factors != sorted(factors, reverse=True):
                raise ValueError("decay factors lie between 0 and 1 and never rise with age")
        return self


class SelectedMeasure(RecordMeasure):
    """A measure over all records of some items, optionally of some levels only."""

    items: tuple[str, ...] = Field(min_length=1)
    levels: tuple[str, ...] = ()
    """Only these levels; empty means every level."""


class Count(SelectedMeasure):
    """Events (`count`), distinct calendar months with an event (`count_months`), the longest run of consecutive
    months with one (`longest_run_months`), or 1 where there is any event (`ever`)."""

    kind: Literal["count", "count_months", "longest_run_months", "ever"]


class OfValues(SelectedMeasure):
    """Sum, mean, mean weighted by `records.weight`, smallest, largest or latest value of the events."""

    kind: Literal["sum", "mean", "weighted_mean", "minimum", "maximum", "latest"]


class LatestLevel(SelectedMeasure):
    """The level of the latest event (by `occurred_on`, then `recorded_on`, then `record_id`)."""

    kind: Literal["latest_level"]


class MonthsSince(SelectedMeasure):
    """Whole months from the latest event to `on`."""

    kind: Literal["months_since"]


class MonthsSinceDate(Strict):
    """Whole months from a date of the subject itself to `on`."""

    kind: Literal["months_since"]
    date: Literal["established_on"]


def _months_since_kind(value: Any) -> str:
    has_date = "date" in value if isinstance(value, dict) else hasattr(value, "date")
    return "date" if has_date else "records"


Simple: TypeAlias = Count | OfValues | LatestLevel
MonthsSinceAny: TypeAlias = Annotated[
    Annotated[MonthsSince, Tag("records")] | Annotated[MonthsSinceDate, Tag("date")],
    Discriminator(_months_since_kind),
]


class Ratio(Strict):
    """One measure over another, such as accidents per vehicle."""

    kind: Literal["ratio"]
    numerator: Annotated[Count | OfValues, Field(discriminator="kind")]
    denominator: Annotated[Count | OfValues, Field(discriminator="kind")]
    empty: Literal["no_record"] | Value
    """The value where the denominator is zero or missing: stated, never guessed."""


class PublicScore(Strict):
    """The final score, or the points of one dimension, by the public scorecard that this one extends.

    No value where that scorecard did not score the subject or left it unrated.
    """

    kind: Literal["public_score"]
    dimension: str | None = None


_KINDS: dict[str, str] = {
    "event_points": "event_points",
    "latest_level": "latest_level",
    "months_since": "months_since",
    "ratio": "ratio",
    "public_score": "public_score",
    **dict.fromkeys(("count", "count_months", "longest_run_months", "ever"), "count"),
    **dict.fromkeys(("sum", "mean", "weighted_mean", "minimum", "maximum", "latest"), "values"),
}


def _measure_kind(value: Any) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return _KINDS.get(kind) if isinstance(kind, str) else None


Measure: TypeAlias = Annotated[
    Annotated[EventPoints, Tag("event_points")]
    | Annotated[Count, Tag("count")]
    | Annotated[OfValues, Tag("values")]
    | Annotated[LatestLevel, Tag("latest_level")]
    | Annotated[MonthsSinceAny, Tag("months_since")]
    | Annotated[Ratio, Tag("ratio")]
    | Annotated[PublicScore, Tag("public_score")],
    Discriminator(
        _measure_kind,
        custom_error_type="unknown_measure",
        custom_error_message="'kind' must be one of " + ", ".join(sorted(_KINDS)),
    ),
]


class Bin(Strict):
    """From `from` (inclusive) to `below` (exclusive) the value earns these points."""

    from_: Factor | None = Field(default=None, alias="from")
    below: Factor | None = None
    points: Points


class StepsCurve(Strict):
    """Bins, in rising order, without gaps or overlaps."""

    steps: tuple[Bin, ...] = Field(min_length=1)


class Linear(Strict):
    """`points` for every `per` of the value beyond `from`."""

    from_: Value = Field(default=Decimal(0), alias="from")
    per: Value
    points: Points
    units: Literal["exact", "whole", "started"] = "exact"

    @model_validator(mode="after")
    def _positive(self) -> Linear:
        if self.per <= 0:
            raise ValueError("'per' must be above 0")
        return self


class LinearCurve(Strict):
    """A straight line; the indicator's `points` and `floor` bound it."""

    linear: Linear


class LevelsCurve(Strict):
    """Points per level of `latest_level`."""

    levels: dict[str, Points] = Field(min_length=1)


def _curve_kind(value: Any) -> str:
    if value in ("identity", "model"):
        return str(value)
    for name in ("steps", "linear"):
        if (isinstance(value, dict) and name in value) or hasattr(value, name):
            return name
    return "levels"


Curve: TypeAlias = Annotated[
    Annotated[Literal["identity"], Tag("identity")]
    | Annotated[StepsCurve, Tag("steps")]
    | Annotated[LinearCurve, Tag("linear")]
    | Annotated[LevelsCurve, Tag("levels")]
    | Annotated[Literal["model"], Tag("model")],
    Discriminator(_curve_kind),
]

InstrumentRef = Annotated[str, AfterValidator(lambda text: text.strip())]
"""A citation: the instrument's key, then the article, such as `ndrc-order-36 art. 9`."""
