"""What an indicator can do: the range of its points and the direction it moves in for each item."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias

from credit_scoring.policy.language import Indicator
from credit_scoring.policy.measures import (
    Curve,
    EventPoints,
    LevelsCurve,
    LinearCurve,
    MonthsSince,
    PerUnit,
    Ratio,
    SelectedMeasure,
    StepsCurve,
)

Direction: TypeAlias = Literal[-1, 0, 1]


def stated_points(rule: Indicator, stated: Literal["full", "zero"] | Decimal) -> Decimal:
    """`full` and `zero` as numbers of this indicator."""
    if stated == "full":
        return rule.points
    return Decimal(0) if stated == "zero" else stated


def bounded(rule: Indicator, points: Decimal) -> Decimal:
    """Points within the indicator's floor and maximum."""
    points = min(points, rule.points)
    return points if rule.floor == "none" else max(points, rule.floor)


def indicator_range(rule: Indicator) -> tuple[Decimal | None, Decimal]:
    """Fewest and most points a subject *with* records can get; None for no lower bound."""
    floor = None if rule.floor == "none" else rule.floor
    start = stated_points(rule, rule.start)
    reach: list[Decimal]
    if isinstance(rule.curve, StepsCurve):
        reach = [b.points for b in rule.curve.steps]
    elif isinstance(rule.curve, LevelsCurve):
        reach = list(rule.curve.levels.values())
    else:
        return floor, rule.points
    return bounded(rule, start + min(reach)), bounded(rule, start + max(reach))


def event_point_signs(measure: EventPoints) -> set[int]:
    """Signs of the points events can have; 0 points have none."""
    numbers: list[Decimal] = []
    for points in measure.items.values():
        if isinstance(points, dict):
            numbers += points.values()
        else:
            numbers.append(points.points if isinstance(points, PerUnit) else points)
    return {1 if n > 0 else -1 for n in numbers if n != 0}


def curve_direction(curve: Curve) -> Direction | None:
    """1 where more gives more points, -1 where it gives fewer, 0 flat, None for both."""
    if isinstance(curve, LinearCurve):
        return _sign(curve.linear.points)
    if isinstance(curve, StepsCurve):
        jumps = {_sign(b.points - a.points) for a, b in zip(curve.steps, curve.steps[1:], strict=False)} - {0}
        if not jumps:
            return 0
        return jumps.pop() if len(jumps) == 1 else None
    return 1 if curve == "identity" else None


def rises(rule: Indicator) -> dict[str, Direction]:
    """For each item, whether more of it raises (1) or lowers (-1) the points; items that cannot be told are absent."""
    measure = rule.measure
    if isinstance(measure, EventPoints):
        result: dict[str, Direction] = {}
        for code, points in measure.items.items():
            numbers = (
                list(points.values())
                if isinstance(points, dict)
                else [points.points if isinstance(points, PerUnit) else points]
            )
            signs = {_sign(n) for n in numbers} - {0}
            if len(signs) == 1:
                result[code] = signs.pop()
            elif signs:
                result[code] = 1  # some of its levels earn points
        return result
    direction = curve_direction(rule.curve)
    if direction is None or isinstance(rule.curve, LevelsCurve):
        return {}
    if isinstance(measure, Ratio):
        return dict.fromkeys(measure.numerator.items, direction)
    if isinstance(measure, MonthsSince):
        return {code: _flip(direction) for code in measure.items}
    if isinstance(measure, SelectedMeasure) and not measure.levels:
        return dict.fromkeys(measure.items, direction)
    return {}


def _sign(number: Decimal) -> Direction:
    if number == 0:
        return 0
    return 1 if number > 0 else -1


def _flip(direction: Direction) -> Direction:
    return {1: -1, 0: 0, -1: 1}[direction]  # type: ignore[return-value]


def best_with_record(rule: Indicator, sign: int) -> Decimal | None:
    """Points of the mildest record where more is worse; None where the curve does not tell.

    Args:
        sign: 1 where more points are better, -1 where they mean more risk.
    """
    start = stated_points(rule, rule.start)
    if isinstance(rule.curve, StepsCurve):
        reach = [start + b.points for b in rule.curve.steps]
        return bounded(rule, max(reach) if sign > 0 else min(reach))
    if isinstance(rule.measure, EventPoints) and rule.curve == "identity":
        return bounded(rule, start)
    return None
