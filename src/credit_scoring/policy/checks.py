"""What a policy must satisfy beyond its grammar: one function per rule, a stable code per rule.

A check yields problems and never raises, so that a file is reported whole.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

from credit_scoring.errors import Problem
from credit_scoring.policy.language import (
    Dimension,
    DimensionCondition,
    Group,
    Indicator,
    IndicatorCondition,
    Place,
    Scorecard,
    ScoreCondition,
)
from credit_scoring.policy.loading import Edition, Reading
from credit_scoring.policy.measures import (
    EventPoints,
    LatestLevel,
    LevelsCurve,
    Measure,
    PerUnit,
    SelectedMeasure,
    StepsCurve,
)
from credit_scoring.policy.ranges import event_point_signs, indicator_range, rises
from credit_scoring.policy.walking import (
    Keys,
    codes,
    conditions,
    item_uses,
    record_measures,
)

Found: TypeAlias = Iterator[Problem]


@dataclass(frozen=True, slots=True)
class Context:
    """One edition under check, with the file it stands in."""

    edition: Edition
    reading: Reading

    @property
    def card(self) -> Scorecard:
        """The scorecard."""
        return self.edition.card

    def fault(self, keys: Keys, code: str, message: str) -> Problem:
        """An error at a place of the file."""
        return self.edition.document.problem(keys, code, message)

    def warn(self, keys: Keys, code: str, message: str) -> Problem:
        """A warning at a place of the file."""
        return self.edition.document.problem(keys, code, message, warning=True)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A suggestion to end a message with, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean '{close[0]}'?" if close else ""


def numbers_have_authority(ctx: Context) -> Found:
    """P101: a published number cites the text it was published in."""
    card = ctx.card
    for place in card.places():
        if "published" in (place.rule.basis, place.rule.rule_basis) and not card.authority_of(place):
            yield ctx.fault(
                place.keys,
                "P101",
                f"indicator '{place.indicator}' states published numbers and cites nothing: add `authority`.",
            )
    for keys, node in _headings(card):
        if node.basis == "published" and not (node.authority or card.authority):
            yield ctx.fault(
                keys, "P101", f"'{keys[-1]}' states published points and cites nothing: add `authority`."
            )
    for name, override in card.overrides.items():
        if not (override.authority or card.authority):
            yield ctx.fault(
                ("overrides", name),
                "P101",
                f"override '{name}' cites nothing: a direct determination needs its legal basis.",
            )
    if card.basis == "published" and not card.authority:
        yield ctx.fault(
            ("basis",), "P101", "the scorecard is marked published and cites nothing: add `authority`."
        )


def citations_exist(ctx: Context) -> Found:
    """P102: every citation begins with the key of a legal text."""
    for keys, text in codes(ctx.card, "authority"):
        key = text.split(" ", 1)[0]
        if key not in ctx.reading.instruments:
            hint = did_you_mean(key, ctx.reading.instruments)
            yield ctx.fault(keys, "P102", f"'{key}' is not among the legal texts of instruments.yaml.{hint}")


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


def levels_add_up(ctx: Context) -> Found:
    """P301: the points of every heading are the sum of what stands under it."""
    card = ctx.card
    for keys, node in _headings(card):
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
        ranked = [level for level in item.levels if level in points and level not in item.unranked]
        for better, worse in pairwise(ranked):
            if sign * points[worse] > sign * points[better]:
                yield ctx.fault(
                    (*keys, worse),
                    "P303",
                    f"level '{worse}' is worse than '{better}' and is treated better ({points[worse]} against {points[better]}).",
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


def curve_fits_measure(ctx: Context) -> Found:
    """P306: levels curves go with `latest_level`, the other curves with numbers."""
    for place in ctx.card.places():
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


def names_are_unique(ctx: Context) -> Found:
    """P401: an identifier names one thing in the whole scorecard."""
    seen: dict[str, Keys] = {}
    for keys, _ in [*_headings(ctx.card), *((p.keys, p.rule) for p in ctx.card.places())]:
        name = str(keys[-1])
        if name in seen and not (len(keys) == 4 and keys[1] == name):
            first = ctx.edition.document.line(seen[name])
            yield ctx.fault(keys, "P401", f"'{name}' names two things (first on line {first}): rename one.")
        seen.setdefault(name, keys)
        if not name.isidentifier() or name != name.lower():
            yield ctx.fault(
                keys, "P401", f"'{name}' is no identifier: use lower-case letters, digits and underscores."
            )


def references_exist(ctx: Context) -> Found:
    """P402: indicators, dimensions and grades that are referred to exist."""
    card = ctx.card
    indicators = {place.indicator: place for place in card.places()}
    for keys, condition in conditions(card):
        if isinstance(condition, IndicatorCondition) and condition.indicator not in indicators:
            yield ctx.fault(
                keys,
                "P402",
                f"indicator '{condition.indicator}' is not defined here.{did_you_mean(condition.indicator, indicators)}",
            )
        if isinstance(condition, DimensionCondition) and condition.dimension not in card.dimensions:
            yield ctx.fault(
                keys,
                "P402",
                f"dimension '{condition.dimension}' is not defined here.{did_you_mean(condition.dimension, card.dimensions)}",
            )
    for name, override in card.overrides.items():
        for kind in ("grade", "grade_at_most", "grade_at_least"):
            wanted = getattr(override.effect, kind)
            if wanted is not None and wanted not in card.grades:
                yield ctx.fault(
                    ("overrides", name, "effect"),
                    "P402",
                    f"grade '{wanted}' is not defined here.{did_you_mean(wanted, card.grades)}",
                )
    yield from _event_groups(ctx, indicators)


def _event_groups(ctx: Context, indicators: dict[str, Place]) -> Found:
    taken: dict[str, str] = {}
    for name, group in ctx.card.event_groups.items():
        keys = ("event_groups", name)
        signs: set[int] = set()
        for member in group.indicators:
            place = indicators.get(member)
            if place is None:
                yield ctx.fault(
                    keys,
                    "P402",
                    f"indicator '{member}' is not defined here.{did_you_mean(member, indicators)}",
                )
            elif not isinstance(place.rule.measure, EventPoints) or place.rule.curve != "identity":
                yield ctx.fault(
                    keys,
                    "P406",
                    f"indicator '{member}' is not `event_points` with the identity curve: only those share events.",
                )
            else:
                signs |= event_point_signs(place.rule.measure)
            if member in taken:
                yield ctx.fault(
                    keys, "P406", f"indicator '{member}' is already in event group '{taken[member]}'."
                )
            taken[member] = name
        if len(signs) > 1:
            yield ctx.fault(
                keys,
                "P406",
                "some points of the group are deducted and some are earned: share events of one sign only.",
            )


def points_come_first(ctx: Context) -> Found:
    """P403: what decides points cannot depend on points."""
    for keys, condition in conditions(ctx.card):
        late = isinstance(condition, IndicatorCondition | DimensionCondition | ScoreCondition)
        if late and keys[0] in ("start", "dimensions"):
            yield ctx.fault(
                keys, "P403", "a start score or an indicator's `applies` cannot depend on points."
            )


def grades_cover_everyone(ctx: Context) -> Found:
    """P404, P405: grades fall in order to one that takes everyone else; persons get bands."""
    card = ctx.card
    if card.subject_type == "natural_person" and card.grades:
        yield ctx.fault(
            ("grades",), "P405", "natural persons get a score and its band, no grade: use `bands`."
        )
    if bool(card.grades) == (card.bands is not None):
        yield ctx.fault((), "P404", "needs either `grades` or `bands`.")
    if not card.grades:
        return
    better = card.direction == "higher_is_better"
    open_ended = [
        name
        for name, grade in card.grades.items()
        if grade.otherwise and grade.requires is None and grade.top_share is None
    ]
    if len(open_ended) != 1:
        yield ctx.fault(
            ("grades",),
            "P404",
            f"exactly one grade takes everyone else (`otherwise: true`), found {len(open_ended)}.",
        )
    last: dict[bool, Decimal] = {}
    for name, grade in card.grades.items():
        keys = ("grades", name)
        if (grade.below if better else grade.from_) is not None:
            yield ctx.fault(
                keys,
                "P404",
                f"grades of a scale where {card.direction.replace('_', ' ')} are bounded by `{'from' if better else 'below'}`.",
            )
        limit = grade.from_ if better else grade.below
        conditional = grade.requires is not None or grade.top_share is not None
        if limit is None:
            if (
                open_ended
                and list(card.grades).index(name) > list(card.grades).index(open_ended[0])
                and not grade.by_override_only
            ):
                yield ctx.fault(
                    keys,
                    "P404",
                    f"grade '{name}' can never be given: '{open_ended[0]}' before it takes everyone.",
                )
            continue
        if not conditional and True in last and (limit >= last[True] if better else limit <= last[True]):
            yield ctx.fault(
                keys,
                "P404",
                f"grade '{name}' begins at {limit}, not {'below' if better else 'above'} the better grade's {last[True]}.",
            )
        if not conditional:
            last[True] = limit


def unrated_is_no_better(ctx: Context) -> Found:
    """P501: someone with a record should not be worse off than someone without any."""
    for place in ctx.card.places():
        rule = place.rule
        merit = any(
            i.polarity == "better" for c in _items(rule.measure) if (i := ctx.reading.catalogue.get(c))
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


CHECKS: tuple[Callable[[Context], Found], ...] = (
    numbers_have_authority,
    citations_exist,
    items_exist,
    levels_exist,
    values_exist,
    levels_add_up,
    bins_meet,
    severity_is_monotone,
    worse_never_pays,
    points_stay_in_range,
    curve_fits_measure,
    cap_has_a_side,
    names_are_unique,
    references_exist,
    points_come_first,
    grades_cover_everyone,
    unrated_is_no_better,
    one_event_counts_once,
)


def editions_do_not_overlap(reading: Reading) -> Found:
    """P407: on any day at most one edition of a scorecard is in force."""
    by_name: dict[str, list[Edition]] = defaultdict(list)
    for edition in reading.editions:
        by_name[edition.card.scorecard].append(edition)
    for editions in by_name.values():
        editions.sort(key=lambda e: e.card.in_force.from_)
        for earlier, later in pairwise(editions):
            until = earlier.card.in_force.until
            if until is None or later.card.in_force.from_ < until:
                where = f"edition {earlier.card.edition} ({earlier.document.file})"
                yield later.document.problem(
                    ("in_force",),
                    "P407",
                    f"overlaps {where}: state its `until` as {later.card.in_force.from_} or earlier.",
                )


def catalogue_cites(reading: Reading) -> Found:
    """P102: legal bases of the catalogue exist."""
    for code, item in reading.catalogue.items():
        document, keys = reading.where_items[code]
        for text in item.legal_basis:
            key = text.split(" ", 1)[0]
            if key not in reading.instruments:
                yield document.problem(
                    (*keys, "legal_basis"),
                    "P102",
                    f"'{key}' is not among the legal texts of instruments.yaml.{did_you_mean(key, reading.instruments)}",
                )


def check(reading: Reading) -> Found:
    """Run every check over everything that could be read."""
    for edition in reading.editions:
        context = Context(edition, reading)
        for rule in CHECKS:
            yield from rule(context)
    yield from editions_do_not_overlap(reading)
    yield from catalogue_cites(reading)


def _headings(card: Scorecard) -> Iterator[tuple[tuple[str, ...], Dimension | Group]]:
    for name, dimension in card.dimensions.items():
        yield ("dimensions", name), dimension
        for group_name, group in dimension.groups.items():
            yield ("dimensions", name, "groups", group_name), group


def _items(measure: Measure) -> tuple[str, ...]:
    if isinstance(measure, EventPoints | SelectedMeasure):
        return tuple(measure.items)
    return ()
