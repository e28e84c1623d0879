"""From a policy and the table of rates to the tables that the SQL draws entries from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from credit_scoring.policy.catalogue import Item, month_count
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.walking import item_uses
from credit_scoring.synthetic.rates import ECHOES, RATES, SOCIETY, TWICE_REPORTED, Rate

Row: TypeAlias = dict[str, Any]

# From one place of the merit order to the next, in places of the order of trouble. A prime visits every place once
# and ties merit to nothing; one step back makes the two orders each other's reverse.
_UNRELATED = 1_000_000_007
_REVERSED = -1
_MERIT_STEPS = {SOCIETY: _REVERSED}  # dormant organisations are not the ones that get honours


@dataclass(frozen=True, slots=True)
class Plan:
    """Rows to register: `plan` one per subject type, item and rate, `plan_levels` and `echoes` below it."""

    plan: tuple[Row, ...]
    levels: tuple[Row, ...]
    echoes: tuple[Row, ...]


def plan_register(policy: Policy, *, on: date, populations: Mapping[str, int]) -> Plan:
    """What to draw for the scorecards in force on a date.

    Args:
        populations: subjects per subject type; a type without subjects or without scorecard has no entries.
    """
    plan: list[Row] = []
    levels: list[Row] = []
    echoes: list[Row] = []
    for card in policy.in_force(on):
        size = populations.get(card.subject_type, 0)
        codes = items_read(card)
        for code in codes:
            item = policy.catalogue[code]
            for rate in rates_of(code, card.subject_type):
                row = _plan_row(len(plan), card.subject_type, code, item, rate, size)
                plan.append(row)
                levels += _shares(row["plan_no"], _level_shares(item, rate))
                echoes += _echo_rows(row["plan_no"], code, codes, policy.catalogue)
    return Plan(tuple(plan), tuple(levels), tuple(echoes))


def items_read(card: Scorecard) -> tuple[str, ...]:
    """Codes of the items that a scorecard reads, sorted."""
    return tuple(sorted({code for _, code in item_uses(card)}))


def rates_of(code: str, subject_type: str) -> tuple[Rate, ...]:
    """The lines of the table that are closest to an item.

    >>> [rate.items for rate in rates_of("penalty.fire", "enterprise")]
    ['penalty.']
    """
    fitting = [rate for rate in RATES if subject_type in rate.types and code.startswith(rate.items)]
    closest = max((len(rate.items) for rate in fitting), default=0)
    return tuple(rate for rate in fitting if len(rate.items) == closest)


def _plan_row(plan_no: int, subject_type: str, code: str, item: Item, rate: Rate, size: int) -> Row:
    low, high = rate.value if item.unit is not None else (None, None)
    return {
        "plan_no": plan_no,
        # Draws hang on what a line says, not on its number: a new item leaves the other entries as they are.
        "key": f"{subject_type}:{code}:{rate.why}",
        "subject_type": subject_type,
        "size": size,
        "merit_step": _MERIT_STEPS.get(subject_type, _UNRELATED) % size if size else 0,
        "item": code,
        "entries": int(rate.per_subject * size + 0.5),
        "bad": item.entry == "bad",
        "merit": item.entry == "good" or code == "assessment.social_organisation",
        "has_event": item.entry in ("good", "bad") and not code.startswith(("volunteer.", "donation.")),
        "twice": TWICE_REPORTED if item.entry == "bad" else 0.0,
        "among": rate.among,
        "even": rate.even,
        "days": rate.months * 365.25 / 12,
        "low": low,
        "high": high,
        "expires_months": month_count(item.validity) if item.validity.endswith(("month", "months")) else None,
        "source": item.source.zh,
    }


def _level_shares(item: Item, rate: Rate) -> Iterator[tuple[str, float]]:
    """Levels and weights. Bad levels stand from mild to grave, merits from high to low: the grave and the high
    are the rare ones."""
    if not item.levels:
        return
    stated = [(level, share) for level, share in rate.levels.items() if level in item.levels]
    if stated:
        yield from stated
        return
    ranked = [level for level in item.levels if level not in item.unranked]
    for place, level in enumerate(reversed(ranked) if item.entry == "good" else ranked):
        yield level, 3.0**-place


def _shares(plan_no: int, weights: Iterable[tuple[str, float]]) -> Iterator[Row]:
    weights = tuple(weights)
    total = sum(weight for _, weight in weights)
    low = 0.0
    for place, (level, weight) in enumerate(weights):
        high = 1.0 if place == len(weights) - 1 else low + weight / total
        yield {"plan_no": plan_no, "level": level, "low": low, "high": high}
        low = high


def _echo_rows(
    plan_no: int, code: str, codes: tuple[str, ...], catalogue: Mapping[str, Item]
) -> Iterator[Row]:
    for place, echo in enumerate(ECHOES):
        if code.startswith(echo.items) and echo.other in codes and echo.other != code:
            other = catalogue[echo.other]
            yield {
                "plan_no": plan_no,
                "sign": "abcdefghijklmnopq"[place],
                "item": echo.other,
                "share": echo.share,
                # A level the other item lacks becomes its first, or none where it has no levels.
                "levels": list(other.levels),
                "source": other.source.zh,
            }
