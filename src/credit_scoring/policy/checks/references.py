"""Checks of names: unique, referred to rightly, in an order that can be computed, editions side by side."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

from credit_scoring.errors import did_you_mean
from credit_scoring.policy.checks.context import Context, Found, headings
from credit_scoring.policy.conditions import DimensionCondition, IndicatorCondition, ScoreCondition
from credit_scoring.policy.gathering import Edition, Reading
from credit_scoring.policy.language import Place
from credit_scoring.policy.measures import EventPoints
from credit_scoring.policy.ranges import event_point_signs
from credit_scoring.policy.walking import Keys, conditions


def names_are_unique(ctx: Context) -> Found:
    """P401: an identifier names one thing in the whole scorecard."""
    seen: dict[str, Keys] = {}
    for keys, _ in [*headings(ctx.card), *((p.keys, p.rule) for p in ctx.card.places())]:
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
        names = list(card.grades)
        if open_ended and names.index(name) > names.index(open_ended[0]) and not grade.by_override_only:
            message = f"grade '{name}' can never be given: '{open_ended[0]}' before it takes everyone."
            yield ctx.fault(keys, "P404", message)
        if limit is None:
            continue
        if not conditional and True in last and (limit >= last[True] if better else limit <= last[True]):
            yield ctx.fault(
                keys,
                "P404",
                f"grade '{name}' begins at {limit}, not {'below' if better else 'above'} the better grade's {last[True]}.",
            )
        if not conditional:
            last[True] = limit


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
