"""A setting moved over every date that decides whether and how a record counts: windows, ages, repairs, one event or two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from credit_scoring.policy.numbers import months_before
from credit_scoring.releases.golden_measures import DAY, Reading, Rule
from credit_scoring.releases.golden_records import TEN_THOUSANDTHS, Entry, Setting

_LONG_AGO = date(1990, 1, 1)


def variants(reading: Reading, lead: Setting, on: date) -> Iterator[Setting]:
    """A setting that tells, with its last entry moved over every date that decides whether and how it counts."""
    *others, last = lead.entries
    rule = next(r for r in reading.rules if r.item == last.item and r.level == last.level)

    def changed(what: str, *entries: Entry) -> Setting:
        return replace(lead, what=f"{what}-{rule.item}", entries=(*others, *entries))

    for day in _window_days(rule, on):
        yield changed("window", last.moved(day))
    if rule.own_term:
        before = (rule.after or rule.upto) - 90 * DAY
        yield changed("own-term", replace(last.moved(before), expires_on=on + DAY))
        yield changed("own-term", replace(last, expires_on=on))
    if reading.decays:
        days = {day for after, upto, _ in reading.decays for day in (after, after + DAY, upto)}
        for day in sorted(days):
            yield changed("age", last.moved(day))
    yield changed("repaired", replace(last, repaired_on=on))
    yield changed("repaired-later", replace(last, repaired_on=on + DAY))
    for days_at_most, value_at_most, _ in reading.repairs:
        yield from (
            changed("repair", entry) for entry in _repairs(last, rule, days_at_most, value_at_most, on)
        )
    yield from (changed(what, *entries) for what, entries in _events(reading, rule, last))
    if reading.repeat_months is not None:
        edge = months_before(last.occurred_on, reading.repeat_months)
        for day in (edge, edge - DAY, last.occurred_on - DAY):
            yield changed("repeat", last.moved(day), last)


def _window_days(rule: Rule, on: date) -> Iterator[date]:
    if rule.after is not None:
        yield from (rule.after, rule.after + DAY)
    elif rule.kept_from is not None:
        yield from (rule.kept_from - DAY, rule.kept_from)
    else:
        yield _LONG_AGO
    yield rule.upto
    if rule.upto < on:
        yield rule.upto + DAY


def _repairs(
    last: Entry, rule: Rule, days_at_most: int | None, value_at_most: int | None, on: date
) -> Iterator[Entry]:
    values = (last.value,) if value_at_most is None else (value_at_most, value_at_most + 1)
    for delay in (0, 400) if days_at_most is None else (days_at_most, days_at_most + 1):
        occurred = min(last.occurred_on, on - delay * DAY)
        if rule.after is not None and occurred <= rule.after:
            continue
        for value in values:
            yield replace(last.moved(occurred), value=value, repaired_on=occurred + delay * DAY)


def _events(reading: Reading, rule: Rule, last: Entry) -> Iterator[tuple[str, tuple[Entry, ...]]]:
    """Two reports that are, or are not, one event; the heavier was recorded later."""
    lighter = min(
        (r for r in reading.rules if r.repaired == rule.repaired),
        key=lambda r: (abs(r.worth()) if r.worth() * rule.worth() >= 0 else 10**12, r.item, r.level or ""),
    )
    first = lighter.entry(max(last.occurred_on - DAY, (rule.after or _LONG_AGO) + DAY))
    if first.value is not None and lighter.takes(first.value + TEN_THOUSANDTHS) and lighter is rule:
        first = replace(first, value=first.value + TEN_THOUSANDTHS)
    later = replace(last, recorded_on=last.occurred_on + DAY)
    yield "same-event", (replace(first, event_id="a"), replace(later, event_id="a"))
    yield "two-events", (replace(first, event_id="a"), replace(later, event_id="b"))
    month_ago = last.occurred_on - 40 * DAY
    if rule.after is None or month_ago > rule.after:
        yield "same-event-months", (replace(last.moved(month_ago), event_id="a"), replace(last, event_id="a"))
