"""Weighted indicators: from own scales and weights to points of the scorecard.

An indicator that states a `weight` w is scored on its own scale of `points` p (such as 0 to 100) and contributes
w · T of the scorecard's points, T being the total less the highest start. Every number of points in its rule is
multiplied by w · T ÷ p and rounded once to the thousandth, half up away from zero; the slope of a straight line is
kept exact by stating it for a longer stretch. What the engine, the checks and
the explanations see is the result: a scorecard like any other, without weights.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from pydantic import BaseModel

from credit_scoring.policy.language import Dimension, Group, Indicator, Scorecard
from credit_scoring.policy.measures import (
    Curve,
    EventPoints,
    ItemPoints,
    LevelsCurve,
    Linear,
    LinearCurve,
    PerUnit,
    StepsCurve,
)

M = TypeVar("M", bound=BaseModel)
_THOUSANDTH = Decimal("0.001")
_LONGEST = 6
_LARGEST = Decimal(10) ** 12
"""Numbers of a policy lie below it."""


def is_weighted(card: Scorecard) -> bool:
    """Whether the indicators state weights."""
    return any(place.rule.weight is not None for place in card.places())


def points_of_weights(card: Scorecard) -> Decimal:
    """The points that the weights share out: the total less the highest start."""
    return card.total - max(start.points for start in card.starts)


def resolved(card: Scorecard) -> Scorecard:
    """The scorecard with its weights multiplied out; itself where there are none.

    Indicators without a weight, or with 0 points of their own, stay as they are: the checks report them.
    """
    if not is_weighted(card):
        return card
    share = points_of_weights(card)
    dimensions = {name: _dimension(dimension, share) for name, dimension in card.dimensions.items()}
    return card.model_copy(update={"dimensions": dimensions})


def _dimension(dimension: Dimension, share: Decimal) -> Dimension:
    groups = {name: _group(group, share) for name, group in dimension.groups.items()}
    indicators = {name: _indicator(rule, share) for name, rule in dimension.indicators.items()}
    return _with(dimension, groups=groups, indicators=indicators)


def _group(group: Group, share: Decimal) -> Group:
    return _with(group, indicators={name: _indicator(rule, share) for name, rule in group.indicators.items()})


def _indicator(rule: Indicator, share: Decimal) -> Indicator:
    if rule.weight is None or rule.points <= 0:
        return rule
    factor = rule.weight * share / rule.points

    def scaled(value: Any) -> Any:
        return _times(value, factor) if isinstance(value, Decimal) else value

    update: dict[str, Any] = {"points": _times(rule.points, factor)}
    for name in ("floor", "start", "no_record", "not_collected"):
        if name in rule.model_fields_set:
            update[name] = scaled(getattr(rule, name))
    if rule.applies is not None:
        update["applies"] = _with(rule.applies, otherwise=scaled(rule.applies.otherwise))
    update["curve"] = _curve(rule, factor)
    if isinstance(rule.measure, EventPoints):
        measure: dict[str, Any] = {
            "items": {code: _item(points, factor) for code, points in rule.measure.items.items()}
        }
        if rule.measure.cap is not None:
            measure["cap"] = _times(rule.measure.cap, factor)
        update["measure"] = _with(rule.measure, **measure)
    # What is left states no weight: it is points of the scorecard now.
    fields_set = (rule.model_fields_set | update.keys()) - {"weight"}
    copy = rule.model_copy(update={**update, "weight": None})
    copy.__pydantic_fields_set__.clear()
    copy.__pydantic_fields_set__.update(fields_set)
    return copy


def _curve(rule: Indicator, factor: Decimal) -> Curve:
    curve = rule.curve
    if isinstance(curve, StepsCurve):
        return _with(curve, steps=tuple(_with(b, points=_times(b.points, factor)) for b in curve.steps))
    if isinstance(curve, LevelsCurve):
        return _with(curve, levels={level: _times(p, factor) for level, p in curve.levels.items()})
    if isinstance(curve, LinearCurve):
        return _with(curve, linear=_sloped(curve.linear, factor))
    if curve == "identity" and not isinstance(rule.measure, EventPoints):
        # The value itself is the points of the own scale: a straight line through the origin.
        return LinearCurve(linear=_sloped(Linear(per=Decimal(1), points=Decimal(1)), factor))
    return curve


def _sloped(line: Linear, factor: Decimal) -> Linear:
    """The line times the factor. Its slope is kept exact by stating it for a longer stretch, where that can be.

    Whole or started units are numbers of the rule: their points are rounded once like any other.
    """
    points = line.points * factor
    if line.units == "exact":
        per, points = _stretched(line.per, points)
        return _with(line, per=per, points=_times(points, Decimal(1)))
    return _with(line, points=_times(points, Decimal(1)))


def _stretched(per: Decimal, points: Decimal) -> tuple[Decimal, Decimal]:
    """The shortest stretch, at most a million times as long, whose points are exact to the thousandth."""
    for power in range(_LONGEST + 1):
        longer = (per.scaleb(power), points.scaleb(power))
        exact = longer[1] == longer[1].quantize(_THOUSANDTH)
        if exact or power == _LONGEST or max(longer[0], abs(longer[1])).scaleb(1) >= _LARGEST:
            return longer
    raise AssertionError("the loop returns at its last power")


def _item(points: ItemPoints, factor: Decimal) -> ItemPoints:
    if isinstance(points, PerUnit):
        if points.units == "exact":
            per, exact = _stretched(points.per, points.points * factor)
            return _with(points, per=per, points=_times(exact, Decimal(1)))
        return _with(points, points=_times(points.points, factor))
    if isinstance(points, dict):
        return {level: _times(p, factor) for level, p in points.items()}
    return _times(points, factor)


def _times(points: Decimal, factor: Decimal) -> Decimal:
    return (points * factor).quantize(_THOUSANDTH, rounding=ROUND_HALF_UP)


def _with(model: M, **update: Any) -> M:
    return model.model_copy(update=update)
