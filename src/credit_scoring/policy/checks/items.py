"""Checks against the catalogue: items, levels, values, severity, polarity, one event in one place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

from credit_scoring.errors import did_you_mean
from credit_scoring.policy.checks.context import Context, Found
from credit_scoring.policy.language import Place
from credit_scoring.policy.measures import EventPoints, LatestLevel, LevelsCurve, PerUnit
from credit_scoring.policy.ranges import rises
from credit_scoring.policy.walking import Keys, item_uses, record_measures


def items_exist(ctx: Context) -> Found:
    """P201, P203, P205: items are in the catalogue, for this subject type, and lawful to use."""
    catalogue = ctx.reading.catalogue
    for keys, code in item_uses(ctx.card):
        item = catalogue.get(code)
        if item is None:
            yield ctx.fault(
                keys, "P201", f"item '{code}' is not in the catalogue.{did_you_mean(code, catalogue)}"
            )
            continue
        if ctx.card.subject_type not in item.subject_types:
            yield ctx.fault(
                keys, "P203", f"item '{code}' is not collected for subject type {ctx.card.subject_type}."
            )
        if item.personal_data == "prohibited":
            yield ctx.fault(
                keys, "P205", f"item '{code}' is personal data that must not be collected: remove it."
            )
        elif item.personal_data == "consent_required" and ctx.card.subject_type == "natural_person":
            yield ctx.fault(
                keys,
                "P205",
                f"item '{code}' may only be used with the person's written consent: a public scorecard cannot rest on it.",
            )


def levels_exist(ctx: Context) -> Found:
    """P202: levels are those of the catalogue, and event points name all of them."""
    for keys, measure in record_measures(ctx.card):
        if isinstance(measure, EventPoints):
            yield from _event_levels(ctx, keys, measure)
        else:
            known = {
                level
                for code in measure.items
                if (i := ctx.reading.catalogue.get(code))
                for level in i.levels
            }
            for level in measure.levels:
                if level not in known:
                    yield ctx.fault(
                        (*keys, "levels"),
                        "P202",
                        f"level '{level}' is not a level of {', '.join(measure.items)}.{did_you_mean(level, known)}",
                    )
        own_term = getattr(measure.window, "own_term", None)
        for level in own_term.until_repaired if own_term else ():
            if not any(
                level in item.levels for code in measure.items if (item := ctx.reading.catalogue.get(code))
            ):
                yield ctx.fault(
                    (*keys, "window"), "P202", f"level '{level}' is not a level of any item of the measure."
                )
    for place in ctx.card.places():
        curve, measure = place.rule.curve, place.rule.measure
        if isinstance(curve, LevelsCurve) and isinstance(measure, LatestLevel):
            known = {
                level
                for code in measure.items
                if (i := ctx.reading.catalogue.get(code))
                for level in i.levels
            }
            wanted = set(measure.levels) or known
            keys = (*place.keys, "curve")
            for level in sorted(set(curve.levels) - known - {"other"}):
                yield ctx.fault(
                    keys,
                    "P202",
                    f"level '{level}' is not a level of {', '.join(measure.items)}.{did_you_mean(level, known)}",
                )
            if "other" not in curve.levels and (missing := sorted(wanted - set(curve.levels))):
                yield ctx.fault(
                    keys, "P202", f"no points for level {', '.join(missing)}: name them, or add `other`."
                )


def _event_levels(ctx: Context, keys: Keys, measure: EventPoints) -> Found:
    for code, points in measure.items.items():
        item = ctx.reading.catalogue.get(code)
        if item is None or not isinstance(points, dict):
            continue
        here = (*keys, "items", code)
        for level in points:
            if level != "other" and level not in item.levels:
                yield ctx.fault(
                    (*here, level),
                    "P202",
                    f"'{level}' is not a level of item '{code}'.{did_you_mean(level, item.levels)}",
                )
        missing = [level for level in item.levels if level not in points]
        if missing and "other" not in points:
            yield ctx.fault(
                here,
                "P202",
                f"no points for level {', '.join(missing)} of '{code}': name them, or add `other`.",
            )


def values_exist(ctx: Context) -> Found:
    """P204: a measure over values uses items that carry one."""
    for keys, measure in record_measures(ctx.card):
        needs = measure.kind in ("sum", "mean", "weighted_mean", "minimum", "maximum", "latest")
        limited = measure.value_at_least is not None or measure.value_below is not None
        for i, code in enumerate(measure.items):
            item = ctx.reading.catalogue.get(code)
            events = isinstance(measure, EventPoints)
            per_unit = events and isinstance(measure.items[code], PerUnit)
            if item is not None and item.unit is None and (needs or limited or per_unit):
                yield ctx.fault(
                    (*keys, "items", code if events else i),
                    "P204",
                    f"item '{code}' carries no value in the catalogue, and '{measure.kind}' needs one.",
                )


def severity_is_monotone(ctx: Context) -> Found:
    """P303: along the catalogue's levels, best to worst, points never rise."""
    for place in ctx.card.places():
        measure, curve = place.rule.measure, place.rule.curve
        if isinstance(measure, EventPoints):
            for code, points in measure.items.items():
                if isinstance(points, dict):
                    yield from _falling(ctx, (*place.keys, "measure", "items", code), [code], points)
        elif isinstance(measure, LatestLevel) and isinstance(curve, LevelsCurve):
            yield from _falling(ctx, (*place.keys, "curve", "levels"), measure.items, curve.levels)


def _falling(ctx: Context, keys: Keys, items: Iterable[str], points: dict[str, Decimal]) -> Found:
    sign = 1 if ctx.card.direction == "higher_is_better" else -1
    for code in items:
        item = ctx.reading.catalogue.get(code)
        if item is None or item.polarity == "neutral":
            continue
        stated = {
            level: points.get(level, points.get("other"))
            for level in item.levels
            if level not in item.unranked
        }
        points_of = {level: number for level, number in stated.items() if number is not None}
        ranked = list(points_of)
        for better, worse in pairwise(ranked):
            if sign * points_of[worse] > sign * points_of[better]:
                yield ctx.fault(
                    (*keys, worse),
                    "P303",
                    f"level '{worse}' is worse than '{better}' and is treated better ({points_of[worse]} against {points_of[better]}).",
                )


def worse_never_pays(ctx: Context) -> Found:
    """P304: by the catalogue's polarity, a worse record can never raise the score."""
    sign = 1 if ctx.card.direction == "higher_is_better" else -1
    for place in ctx.card.places():
        for code, direction in rises(place.rule).items():
            item = ctx.reading.catalogue.get(code)
            if item is None or item.polarity == "neutral" or direction == 0:
                continue
            good = 1 if item.polarity == "better" else -1
            if direction * sign != good:
                yield ctx.fault(
                    (*place.keys, "measure"),
                    "P304",
                    f"more of '{code}' is {item.polarity} by the catalogue, and indicator '{place.indicator}' "
                    f"{'lowers' if good > 0 else 'raises'} the standing for it.",
                )


def one_event_counts_once(ctx: Context) -> Found:
    """P502: an item that several indicators deduct for is in one event group."""
    grouped = {member: name for name, group in ctx.card.event_groups.items() for member in group.indicators}
    users: dict[str, list[Place]] = defaultdict(list)
    for place in ctx.card.places():
        if isinstance(place.rule.measure, EventPoints):
            for code in place.rule.measure.items:
                users[code].append(place)
    for code, places in users.items():
        groups = {grouped.get(place.indicator, place.indicator) for place in places}
        if len(groups) > 1:
            names = ", ".join(place.indicator for place in places)
            yield ctx.warn(
                places[-1].keys,
                "P502",
                f"one event of '{code}' counts in several indicators ({names}): put them into one event group.",
            )
