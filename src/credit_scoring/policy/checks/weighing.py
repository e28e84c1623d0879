"""Checks of the `weighing` block: what experts said is complete and about this scorecard, and the limits can be met."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal
from itertools import combinations

from credit_scoring.errors import did_you_mean
from credit_scoring.policy.checks.context import Context, Found
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.walking import Keys
from credit_scoring.policy.weighing import (
    Expert,
    Pair,
    Ratio,
    Source,
    Weighing,
    pair_members,
    ratio_value,
)
from credit_scoring.policy.weights import points_of_weights

_FROM_EXPERTS = ("expert", "ahp", "group-ahp")


def judgments_are_complete(ctx: Context) -> Found:
    """P711, P712, P713: judgments are about what is in the scorecard, every pair is stated, and stated once."""
    weighing = ctx.card.weighing
    members = _indicators_of(ctx.card)
    for role, expert in (weighing.experts if weighing is not None else {}).items():
        judgments = expert.judgments
        if judgments is None:
            continue
        at: Keys = ("weighing", "experts", role, "judgments")
        yield from _pairs(ctx, (*at, "dimensions"), judgments.dimensions, members, "dimension")
        for dimension in judgments.indicators:
            if dimension not in members:
                hint = did_you_mean(dimension, members)
                keys = (*at, "indicators", dimension)
                yield ctx.fault(keys, "P711", f"dimension '{dimension}' is not defined here.{hint}")
        for dimension, names in members.items():
            stated = judgments.indicators.get(dimension, {})
            yield from _pairs(
                ctx, (*at, "indicators", dimension), stated, names, f"indicator of '{dimension}'"
            )


def _pairs(ctx: Context, at: Keys, stated: dict[Pair, Ratio], names: Iterable[str], kind: str) -> Found:
    names = tuple(names)
    seen: dict[frozenset[str], Pair] = {}
    for pair, ratio in stated.items():
        members = pair_members(pair)
        for name in members:
            if name not in names:
                yield ctx.fault((*at, pair), "P711", f"'{name}' is no {kind}.{did_you_mean(name, names)}")
        both = frozenset(members)
        if both in seen:
            other = seen[both]
            agrees = ratio_value(ratio) * ratio_value(stated[other]) == 1
            said = "says the same" if agrees else f"contradicts it ({stated[other]} against {ratio})"
            line = ctx.edition.document.line((*at, other))
            yield ctx.fault(
                (*at, pair), "P713", f"the pair stands on line {line} already and {said}: keep one."
            )
        seen.setdefault(both, pair)
    missing = [f"'{a} over {b}'" for a, b in combinations(names, 2) if frozenset((a, b)) not in seen]
    # A name that is not there is most likely one of the missing ones, misspelt.
    if missing and all(name in names for both in seen for name in both):
        yield ctx.fault(at, "P712", f"no judgment on {', '.join(missing)}: state each as 1/9 to 9.")


def expert_weights_add_up(ctx: Context) -> Found:
    """P714: an expert who assesses weights directly assesses all indicators, and they add up to 1."""
    weighing = ctx.card.weighing
    names = [place.indicator for place in ctx.card.places()]
    for role, expert in (weighing.experts if weighing is not None else {}).items():
        at: Keys = ("weighing", "experts", role, "weights")
        if not expert.weights:
            continue
        yield from _known(ctx, at, expert.weights, names, "P714")
        missing = [name for name in names if name not in expert.weights]
        if missing:
            yield ctx.fault(at, "P714", f"no weight for {', '.join(missing)}: assess every indicator.")
        total = sum(expert.weights.values(), Decimal(0))
        if total != 1:
            yield ctx.fault(at, "P714", f"the weights add up to {total}, not to 1.")


def weight_limits_can_be_met(ctx: Context) -> Found:
    """P715: limits are of indicators that exist, on the grid, and leave room for exactly 1."""
    weighing = ctx.card.weighing
    if weighing is None:
        return
    at: Keys = ("weighing", "bounds")
    names = [place.indicator for place in ctx.card.places()]
    yield from _known(ctx, (*at, "indicators"), weighing.bounds.indicators, names, "P715")
    for keys, limits in (
        (at, weighing.bounds),
        *(((*at, "indicators", name), limits) for name, limits in weighing.bounds.indicators.items()),
    ):
        for what in ("at_least", "at_most"):
            limit = getattr(limits, what)
            if limit % weighing.rounding != 0:
                message = f"{what} {limit} is no whole multiple of the rounding {weighing.rounding}."
                yield ctx.fault((*keys, what), "P715", message)
    least = sum((weighing.bounds.of(name).at_least for name in names), Decimal(0))
    most = sum((weighing.bounds.of(name).at_most for name in names), Decimal(0))
    if least > 1 or most < 1:
        message = f"the limits allow weights of {least} to {most} in all, and they must add up to 1."
        yield ctx.fault(at, "P715", message)
    step = weighing.rounding * points_of_weights(ctx.card)
    if step % Decimal("0.001") != 0:
        message = f"the rounding {weighing.rounding} makes steps of {step} points, finer than a thousandth."
        yield ctx.fault(("weighing", "rounding"), "P715", message)


def combined_methods_have_material(ctx: Context) -> Found:
    """P716: the methods that are combined have the judgments they need, and pairwise ones a consistency limit."""
    weighing = ctx.card.weighing
    if weighing is None:
        return
    judged = [role for role, expert in weighing.experts.items() if expert.judgments is not None]
    if judged and weighing.consistency_at_most is None:
        message = "state `consistency_at_most`, the largest consistency ratio that may give weights; Saaty holds 0.1."
        yield ctx.fault(("weighing",), "P716", message)
    if weighing.combine is None:
        return
    keys: Keys = ("weighing", "combine")
    for method in weighing.combine.parts:
        if lack := _lack(method, weighing):
            yield ctx.fault(keys, "P716", f"`{method}` is combined and {lack}.")


def _lack(method: Source, weighing: Weighing) -> str | None:
    if method not in _FROM_EXPERTS:
        return None
    wanted = "weights" if method == "expert" else "judgments"

    def said(expert: Expert) -> bool:
        return bool(expert.weights) if method == "expert" else expert.judgments is not None

    count = sum(said(expert) for expert in weighing.experts.values())
    if count == 0:
        return f"no expert states {wanted}"
    if method == "ahp" and count > 1:
        return f"{count} experts state judgments: combine `group-ahp`"
    return None


def _known(ctx: Context, at: Keys, stated: Iterable[str], names: Collection[str], code: str) -> Found:
    for name in stated:
        if name not in names:
            hint = did_you_mean(name, names)
            yield ctx.fault((*at, name), code, f"indicator '{name}' is not defined here.{hint}")


def _indicators_of(card: Scorecard) -> dict[str, list[str]]:
    members: dict[str, list[str]] = {name: [] for name in card.dimensions}
    for place in card.places():
        members[place.dimension].append(place.indicator)
    return members
