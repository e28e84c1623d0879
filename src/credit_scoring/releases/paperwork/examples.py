"""Worked examples: a few invented subjects, scored by the engine, so that no number of them is written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from credit_scoring.policy.catalogue import Item, Publicity, Title, month_count
from credit_scoring.policy.clauses import clauses_of
from credit_scoring.policy.conditions import RecordCondition
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.measures import EventPoints, PerUnit
from credit_scoring.policy.numbers import months_before
from credit_scoring.policy.ranges import event_point_signs
from credit_scoring.scoring.contents import Explanation
from credit_scoring.scoring.explanation import explain
from credit_scoring.scoring.run import score

_AGO = 1
_ESTABLISHED = 480
"""Months before the date: old enough for a grown person, and no young firm."""
_REPAIRED = timedelta(days=7)
_TEXT, _DATE = pa.string(), pa.date32()
_SUBJECTS = pa.schema([("subject_id", _TEXT), ("subject_type", _TEXT), ("established_on", _DATE)])
_RECORDS = pa.schema(
    [("record_id", _TEXT), ("subject_id", _TEXT), ("item", _TEXT), ("level", _TEXT), ("occurred_on", _DATE),
     ("recorded_on", _DATE), ("repaired_on", _DATE)]
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The one record of an example."""

    item: str
    title: Title
    level: str | None
    level_title: Title | None
    occurred_on: date
    repaired_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An invented subject and what the engine makes of it."""

    entry: Entry | None
    """None: nothing on record."""
    established_on: date
    explanation: Explanation


def worked_examples(policy: Policy, card: Scorecard, *, on: date) -> tuple[Example, ...]:
    """A subject with nothing on record; one with a breach a month ago; one with the same, older and repaired; one an override meets.

    Examples that the scorecard has no rule for are left out.

    Args:
        policy: with the scorecard, and the one it extends.
        on: the evaluation date; the scorecard is taken as if in force on it.

    Raises:
        NotInForceError: the public scorecard it extends is not in force on the date.
    """
    # What is extended stays in force on its own days; only the scorecard itself may be moved.
    own = (e for e in policy.editions if e.card == card)
    bases = (replace(e, as_base=True) for e in policy.editions if e.card.scorecard == card.extends)
    alone = replace(policy, editions=(*own, *bases)).as_if_in_force(on)
    entries = (None, *_entries(policy, card, on))
    established = months_before(on, _ESTABLISHED)
    names = [f"example-{number}" for number in range(len(entries))]
    subjects = [
        {"subject_id": name, "subject_type": card.subject_type, "established_on": established}
        for name in names
    ]
    records = [_record(name, entry) for name, entry in zip(names, entries, strict=True) if entry is not None]
    run = score(
        alone,
        subjects=pa.Table.from_pylist(subjects, schema=_SUBJECTS),
        records=pa.Table.from_pylist(records, schema=_RECORDS),
        on=on,
        threads=1,
    )
    return tuple(
        Example(entry=entry, established_on=established, explanation=explain(run, name))
        for name, entry in zip(names, entries, strict=True)
    )


def _record(name: str, entry: Entry) -> dict[str, Any]:
    return {
        "record_id": f"record-of-{name}", "subject_id": name, "item": entry.item, "level": entry.level,
        "occurred_on": entry.occurred_on, "recorded_on": entry.occurred_on, "repaired_on": entry.repaired_on,
    }  # fmt: skip


def _entries(policy: Policy, card: Scorecard, on: date) -> Iterator[Entry]:
    day = months_before(on, _AGO)
    breach = next(iter(sorted(_breaches(policy, card), key=_rank)), None)
    if breach is not None:
        item = policy.catalogue[breach[0]]
        yield _entry(item, *breach, day)
        # Nobody can repair before the least publicity has passed.
        older = months_before(on, _AGO + _least_publicity(item, breach[1]))
        yield replace(_entry(item, *breach, older), repaired_on=on - _REPAIRED)
    listing = next(_listings(policy, card), None)
    if listing is not None and (breach is None or listing != breach):
        yield _entry(policy.catalogue[listing[0]], *listing, day)


def _entry(item: Item, code: str, level: str | None, day: date) -> Entry:
    return Entry(
        item=code,
        title=item.title,
        level=level,
        level_title=None if level is None else item.levels[level],
        occurred_on=day,
        repaired_on=None,
    )


def _least_publicity(item: Item, level: str | None) -> int:
    rule = item.publicity_of(level)
    return month_count(rule.at_least) if isinstance(rule, Publicity) and rule.at_least is not None else 0


def _rank(breach: tuple[str, str | None]) -> bool:
    # A penalty is what most readers know; `sorted` keeps the order of the scorecard otherwise.
    return not breach[0].startswith("penalty.")


def _breaches(policy: Policy, card: Scorecard) -> Iterator[tuple[str, str | None]]:
    """Bad entries that take points, of a middling level where there are levels."""
    for place in card.places():
        measure = place.rule.measure
        if not isinstance(measure, EventPoints) or event_point_signs(measure) != {-1}:
            continue
        for code, points in measure.items.items():
            item = policy.catalogue.get(code)
            if item is None or item.entry != "bad" or item.value_required or isinstance(points, PerUnit):
                continue
            ranked = [level for level in item.levels if level not in item.unranked]
            if not ranked:
                yield code, None
            elif middle := _middle(ranked):
                yield code, middle


def _middle(ranked: list[str]) -> str:
    return "general" if "general" in ranked else ranked[len(ranked) // 2]


def _listings(policy: Policy, card: Scorecard) -> Iterator[tuple[str, str | None]]:
    """Entries that meet an override by themselves."""
    for override in card.overrides.values():
        for clause in clauses_of(override.when):
            condition = clause[0].condition
            if len(clause) > 1 or clause[0].negated or not isinstance(condition, RecordCondition):
                continue
            code = condition.items[0]
            item = policy.catalogue.get(code)
            if item is None or condition.at_least > 1 or item.value_required or condition.repaired == "only":
                continue
            ranked = [level for level in condition.levels or item.levels if level not in item.unranked]
            yield code, ranked[-1] if ranked else None
