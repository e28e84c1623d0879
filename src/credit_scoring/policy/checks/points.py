"""Checks of the arithmetic: sums level by level, bins, ranges, curves, caps."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise

from credit_scoring.policy.checks.context import Context, Found, headings, items_of
from credit_scoring.policy.language import Dimension, Group, Indicator
from credit_scoring.policy.measures import EventPoints, LevelsCurve, SelectedMeasure, StepsCurve
from credit_scoring.policy.ranges import (
    best_with_record,
    bounded,
    event_point_signs,
    indicator_range,
    rises,
    stated_points,
)
from credit_scoring.policy.walking import Keys


def levels_add_up(ctx: Context) -> Found:
    """P301: the points of every heading are the sum of what stands under it."""
    card = ctx.card
    for keys, node in headings(card):
        children: Mapping[str, Group | Indicator] = node.indicators
        if isinstance(node, Dimension) and node.groups:
            children = node.groups
        yield from _adds_up(
            ctx,
            (*keys, "points"),
            keys[-1],
            node.points,
            sum((c.points for c in children.values()), Decimal(0)),
            capped=node.capped,
        )
    if card.model is not None:  # its points are bounded by nothing but the score
        return
    highest = max(start.points for start in card.starts)
    total = highest + sum((d.points for d in card.dimensions.values()), Decimal(0))
    yield from _adds_up(ctx, ("total",), "the scorecard", card.total, total, capped=card.capped)


def _adds_up(ctx: Context, keys: Keys, name: str, stated: Decimal, summed: Decimal, *, capped: bool) -> Found:
    if summed < stated or (summed > stated and not capped):
        hint = "" if summed < stated else " Mend the points, or state `capped: true`."
        yield ctx.fault(
            keys, "P301", f"{name} states {stated} points and its parts add up to {summed}.{hint}"
        )


def bins_meet(ctx: Context) -> Found:
    """P302: bins cover the whole line once, in rising order."""
    for place in ctx.card.places():
        if not isinstance(place.rule.curve, StepsCurve):
            continue
        keys = (*place.keys, "curve", "steps")
        bins = place.rule.curve.steps
        if bins[0].from_ is not None:
            yield ctx.fault(
                (*keys, 0),
                "P302",
                f"values below {bins[0].from_} fall into no bin: leave `from` out of the first.",
            )
        if bins[-1].below is not None:
            yield ctx.fault(
                (*keys, len(bins) - 1),
                "P302",
                f"values from {bins[-1].below} fall into no bin: leave `below` out of the last.",
            )
        for i, (left, right) in enumerate(pairwise(bins), start=1):
            if left.below is None or right.from_ is None:
                yield ctx.fault(
                    (*keys, i), "P302", "only the first bin has no `from` and only the last no `below`."
                )
            elif left.below != right.from_:
                what = "a gap" if left.below < right.from_ else "an overlap"
                yield ctx.fault(
                    (*keys, i),
                    "P302",
                    f"{what} between {left.below} and {right.from_}: a bin begins where the one before ends.",
                )
            elif i > 1 and left.from_ is not None and left.below <= left.from_:
                yield ctx.fault(
                    (*keys, i - 1), "P302", f"the bin from {left.from_} below {left.below} is empty."
                )


def points_stay_in_range(ctx: Context) -> Found:
    """P305: start, no-record and other stated points lie between floor and points."""
    for place in ctx.card.places():
        rule = place.rule
        low = None if rule.floor == "none" else rule.floor
        if low is not None and low > rule.points:
            yield ctx.fault(
                (*place.keys, "floor"), "P305", f"floor {low} is above the indicator's {rule.points} points."
            )
        stated = {"start": rule.start, "no_record": rule.no_record, "not_collected": rule.not_collected}
        if rule.applies is not None:
            stated["applies"] = rule.applies.otherwise
        for name, value in stated.items():
            if isinstance(value, Decimal) and (value > rule.points or (low is not None and value < low)):
                yield ctx.fault(
                    (*place.keys, name),
                    "P305",
                    f"{name} {value} lies outside {'-∞' if low is None else low} to {rule.points}.",
                )
    floor = None if ctx.card.floor == "none" else ctx.card.floor
    for name, override in ctx.card.overrides.items():
        effect = override.effect
        stated_score = next(
            (s for s in (effect.score, effect.score_at_most, effect.score_at_least) if s is not None), None
        )
        if stated_score is not None and (
            stated_score > ctx.card.total or (floor is not None and stated_score < floor)
        ):
            where = f"{'-∞' if floor is None else floor} to {ctx.card.total}"
            yield ctx.fault(
                ("overrides", name, "effect"),
                "P305",
                f"score {stated_score} lies outside the scale, {where}.",
            )


def curve_fits_measure(ctx: Context) -> Found:
    """P306: levels curves go with `latest_level`, the other curves with numbers; a model reads both."""
    for place in ctx.card.places():
        if place.rule.curve == "model":
            continue
        levels = isinstance(place.rule.curve, LevelsCurve)
        if levels != (place.rule.measure.kind == "latest_level"):
            message = (
                "`latest_level` needs a `levels` curve."
                if not levels
                else f"a `levels` curve goes with `latest_level`, not '{place.rule.measure.kind}'."
            )
            yield ctx.fault((*place.keys, "curve" if levels else "measure"), "P306", message)


def cap_has_a_side(ctx: Context) -> Found:
    """P307: a cap bounds a sum that has one sign, and is not 0."""
    for place in ctx.card.places():
        measure = place.rule.measure
        if isinstance(measure, EventPoints) and measure.cap is not None:
            signs = event_point_signs(measure)
            if measure.cap == 0 or signs - {1 if measure.cap > 0 else -1}:
                yield ctx.fault(
                    (*place.keys, "measure", "cap"),
                    "P307",
                    f"cap {measure.cap} does not bound points of this sign.",
                )


def unrated_is_no_better(ctx: Context) -> Found:
    """P501: someone with a record should not be worse off than someone without any."""
    for place in ctx.card.places():
        rule = place.rule
        merit = any(
            i.polarity == "better" for c in items_of(rule.measure) if (i := ctx.reading.catalogue.get(c))
        )
        if not merit or not isinstance(rule.no_record, Decimal) or rule.no_record <= 0:
            continue
        low, _ = indicator_range(rule)
        if low is None or low < rule.no_record:
            yield ctx.warn(
                (*place.keys, "no_record"),
                "P501",
                f"'{place.indicator}' gives {rule.no_record} points without a record and as little as {'-∞' if low is None else low} with one: who is evaluated may be worse off than who is not.",
            )


def first_bad_record_never_pays(ctx: Context) -> Found:
    """P308, P503: an indicator of bad records gives no fewer points without a record than with one."""
    sign = 1 if ctx.card.direction == "higher_is_better" else -1
    for place in ctx.card.places():
        rule = place.rule
        polarities = {i.polarity for c in items_of(rule.measure) if (i := ctx.reading.catalogue.get(c))}
        if polarities != {"worse"} or set(rises(rule).values()) - {0} != {-sign}:
            continue
        keys = (*place.keys, "no_record")
        if rule.no_record == "renormalise":
            message = (
                f"'{place.indicator}' drops out without a record: the first bad record may raise the score."
            )
            yield ctx.warn(keys, "P503", message)
        elif rule.no_record != "unrated":
            none = bounded(rule, stated_points(rule, rule.no_record))
            best = best_with_record(rule, sign)
            if best is not None and sign * none < sign * best:
                yield ctx.fault(
                    keys,
                    "P308",
                    f"'{place.indicator}' gives {none} points without a record and {best} with the mildest one: "
                    "the first bad record would pay.",
                )


def further_record_may_pay(ctx: Context) -> Found:
    """P504: rules under which one more or a heavier bad record can, in rare cases, raise the standing."""
    card = ctx.card
    capped = {name for name, node in ((str(keys[-1]), node) for keys, node in headings(card)) if node.capped}
    grouped = {member: name for name, group in card.event_groups.items() for member in group.indicators}
    for place in card.places():
        measure = place.rule.measure
        if not isinstance(measure, EventPoints | SelectedMeasure):
            continue
        worse = any(i.polarity == "worse" for c in measure.items if (i := ctx.reading.catalogue.get(c)))
        why: list[str] = []
        if place.indicator in grouped and capped & {place.dimension, place.group or ""}:
            why.append("it shares events and stands under a capped heading")
        if place.indicator in grouped and measure.one_event == "month":
            why.append("it shares events and takes a month for one event")
        if worse and measure.same_event == "first":
            why.append("a milder report recorded earlier replaces the heavier one (`same_event: first`)")
        if worse and measure.kind == "sum" and measure.value_at_least is None:
            why.append("a negative value lowers the sum: state `value_at_least: 0`")
        for reason in why:
            yield ctx.warn(
                (*place.keys, "measure"),
                "P504",
                f"'{place.indicator}': {reason}, so a bad record may raise the score.",
            )
